package pg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"galla/internal/office"
	"galla/internal/office/check"
	"galla/state"
)

// Look is check.Store's. Its statements may take as long as they need.
func (s *Store) Look(ctx context.Context, do func(check.View) error) error {
	return s.View(ctx, func(is office.Tx) error {
		t := is.(*tx)
		if _, err := t.sql.Exec(
			ctx,
			"SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
		); err != nil {
			return err
		}
		return do(&look{t})
	})
}

// look reads whole tables, row by row, past what makes the rows.
type look struct{ *tx }

func (l *look) Terminals() (all []office.Terminal, err error) {
	rows, err := l.sql.Query(l.ctx, `SELECT id FROM terminal ORDER BY id COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		ids[i] = plain(id)
	}
	if err := l.readTerminals(ids, texts(ids)); err != nil {
		return nil, err
	}
	for _, id := range ids {
		all = append(all, l.terminals[id].v)
	}
	return all, nil
}

func texts(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = text(id)
	}
	return out
}

// each runs a statement for a terminal.
func (l *look) each(terminal, sql string, columns []any, do func() error) error {
	rows, err := l.sql.Query(l.ctx, sql, text(terminal))
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, columns, do)
	return err
}

func (l *look) Segments(terminal string, each func(check.Segment) error) error {
	var s check.Segment
	return l.each(terminal, "SELECT branch, from_seq, last, raw FROM segment WHERE terminal = $1 ORDER BY branch, last",
		[]any{&s.Branch, &s.From, &s.Last, &s.Raw}, func() error {
			is := s
			s.Raw = nil
			return each(is)
		})
}

func (l *look) Sales(terminal string, each func(check.Sale) error) error {
	var s check.Sale
	var phase string
	var body []byte
	return l.each(terminal, "SELECT branch, seq, id, day, number, amount, phase, body FROM sale WHERE terminal = $1",
		[]any{&s.Branch, &s.Seq, &s.ID, &s.Day, &s.Number, &s.Amount, &phase, &body}, func() error {
			is := s
			is.ID, is.Day, is.Phase = plain(s.ID), plain(s.Day), state.Phase(plain(phase))
			if err := unpack(body, &is.Body); err != nil {
				return fmt.Errorf("sale %s: %w", is.ID, err)
			}
			return each(is)
		})
}

func (l *look) Operations(terminal string, each func(check.Operation) error) error {
	var o check.Operation
	var body []byte
	return l.each(terminal, "SELECT branch, id, body FROM operation WHERE terminal = $1",
		[]any{&o.Branch, &o.ID, &body}, func() error {
			is := check.Operation{Branch: o.Branch, ID: plain(o.ID)}
			if err := unpack(body, &is.Body); err != nil {
				return fmt.Errorf("operation %s: %w", is.ID, err)
			}
			return each(is)
		})
}

// Zs is check.View's.
func (l *look) Zs(terminal string, each func(z, proved office.Z) error) error {
	t, found, err := l.Terminal(terminal)
	if err != nil || !found {
		return err
	}
	all, err := l.tx.Zs(terminal)
	for _, z := range all {
		if err != nil {
			return err
		}
		if z, _, err = l.Z(terminal, z.Operation); err != nil {
			return err
		}
		proved := z
		if z.Bytes != nil {
			if proved, _, err = office.Proved(l.tx, &t, z); err != nil {
				return err
			}
		}
		err = each(z, proved)
	}
	return err
}

func unpack(body []byte, into any) error {
	raw, err := Unpack(body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

const lookPayment = `SELECT gateway, id, terminal, branch, sale, day, rrn, captured_at, late, received, kept, surplus,
	gone, refunded, reversed FROM payment WHERE `

func (l *look) Payments(terminal string, each func(office.Payment) error) error {
	var p office.Payment
	var captured pgtype.Timestamptz
	return l.each(terminal, lookPayment+"terminal = $1", paymentInto(&p, &captured), func() error {
		return each(plainPayment(p, captured))
	})
}

func (l *look) Payment(gateway, id string) (p office.Payment, found bool, err error) {
	var captured pgtype.Timestamptz
	err = l.sql.QueryRow(l.ctx, lookPayment+"gateway = $1 AND id = $2", text(gateway), text(id)).
		Scan(paymentInto(&p, &captured)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	return plainPayment(p, captured), err == nil, err
}

func paymentInto(p *office.Payment, captured *pgtype.Timestamptz) []any {
	return []any{
		&p.Gateway,
		&p.ID,
		&p.Terminal,
		&p.Branch,
		&p.Sale,
		&p.Day,
		&p.RRN,
		captured,
		&p.Late,
		&p.Received,
		&p.Kept,
		&p.Surplus,
		&p.Gone,
		&p.Refunded,
		&p.Reversed,
	}
}

func plainPayment(p office.Payment, captured pgtype.Timestamptz) office.Payment {
	p.Payments, p.CapturedAt = 1, when(captured)
	p.Gateway, p.ID, p.Terminal = plain(p.Gateway), plain(p.ID), plain(p.Terminal)
	p.Sale, p.Day, p.RRN = plain(p.Sale), plain(p.Day), plain(p.RRN)
	return p
}

func (l *look) Days(terminal string, each func(office.Day) error) error {
	var d office.Day
	into, done := dayInto(&d)
	return l.each(terminal, "SELECT day, "+dayColumns+" FROM day WHERE terminal = $1", append([]any{&d.Day}, into...),
		func() error {
			if err := done(); err != nil {
				return err
			}
			is := d
			is.Terminal, is.Day = terminal, plain(d.Day)
			return each(is)
		})
}

const lookRefund = `SELECT gateway, key, others, terminal, branch, sale, day, payment, amount, status
	FROM refund WHERE `

func refundInto(r *office.Refund, status *string) []any {
	return []any{&r.Gateway, &r.Key, &r.Others, &r.Terminal, &r.Branch, &r.Sale, &r.Day, &r.Payment, &r.Amount, status}
}

func plainRefund(r office.Refund, status string) office.Refund {
	for _, s := range []*string{&r.Gateway, &r.Key, &r.Terminal, &r.Sale, &r.Day, &r.Payment, &status} {
		*s = plain(*s)
	}
	r.Status = state.RefundStatus(status)
	return r
}

func (l *look) Refunds(terminal string, each func(office.Refund) error) error {
	var r office.Refund
	var status string
	return l.each(terminal, lookRefund+"terminal = $1", refundInto(&r, &status), func() error {
		return each(plainRefund(r, status))
	})
}

func (l *look) Refund(gateway, key string) (r office.Refund, found bool, err error) {
	var status string
	err = l.sql.QueryRow(l.ctx, lookRefund+"gateway = $1 AND key = $2", text(gateway), text(key)).
		Scan(refundInto(&r, &status)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, nil
	}
	return plainRefund(r, status), err == nil, err
}

func (l *look) Totals() (t check.Totals, err error) {
	err = l.sql.QueryRow(l.ctx, `SELECT (SELECT count(*) FROM branch), (SELECT count(*) FROM segment),
		(SELECT count(*) FROM sale), (SELECT count(*) FROM operation), count(*), (SELECT count(*) FROM refund),
		(SELECT count(*) FROM day),
		coalesce(sum(received), 0)::bigint, (SELECT coalesce(sum(received), 0)::bigint FROM day) FROM payment`).Scan(
		&t.Branches, &t.Segments, &t.Sales, &t.Operations, &t.Payments, &t.Refunds, &t.Days, &t.Received, &t.OfDays)
	return t, err
}
