package pg

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"galla/internal/office"
)

// A batch of a thousand segments reads some thousands of rows, each by its key. Asked for one by one, the way to the
// server and back takes longer than all else together.

// ReadAhead is office.Tx's. OFFSET 0 keeps a lookup by key one lookup for each name, whatever the planner takes the
// number of names for.
func (t *tx) ReadAhead(a office.Ahead) error {
	if err := bodies(t, t.sales, "sale", a.Sales); err != nil {
		return err
	}
	if err := bodies(t, t.operations, "operation", a.Operations); err != nil {
		return err
	}
	return t.paymentsAhead(a.Payments)
}

// bodies reads rows that are not in memory, and remembers which are not there.
func bodies[T any](t *tx, table map[row]*held[T], name string, names []office.Row) error {
	var terminals, ids []string
	var branches []int32
	for _, n := range names {
		k := row{n.Terminal, n.Branch, n.ID}
		if table[k] != nil {
			continue
		}
		table[k] = &held[T]{}
		terminals = append(terminals, text(k.terminal))
		branches = append(branches, int32(k.branch))
		ids = append(ids, text(k.id))
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := t.sql.Query(t.ctx, fmt.Sprintf(`
		SELECT w.terminal, w.branch, w.id, s.body
		FROM unnest($1::text[], $2::integer[], $3::text[]) w (terminal, branch, id), LATERAL (
			SELECT body FROM %s r WHERE r.terminal = w.terminal AND r.branch = w.branch AND r.id = w.id OFFSET 0
		) s`, name), terminals, branches, ids)
	if err != nil {
		return fmt.Errorf("the %ss of a batch can't be read: %w", name, err)
	}
	var k row
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&k.terminal, &k.branch, &k.id, &body}, func() error {
		h := table[row{plain(k.terminal), k.branch, plain(k.id)}]
		h.found = true
		return unpack(body, &h.v)
	})
	if err != nil {
		return fmt.Errorf("the %ss of a batch can't be read: %w", name, err)
	}
	return nil
}

func (t *tx) paymentsAhead(names [][2]string) error {
	var gateways, ids []string
	for _, k := range names {
		if t.payments[k] != nil {
			continue
		}
		t.payments[k] = &held[office.Payment]{}
		gateways, ids = append(gateways, text(k[0])), append(ids, text(k[1]))
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT p.*
		FROM unnest($1::text[], $2::text[]) w (gateway, id), LATERAL (
			`+lookPayment+`payment.gateway = w.gateway AND payment.id = w.id OFFSET 0
		) p`, gateways, ids)
	if err != nil {
		return fmt.Errorf("the payments of a batch can't be read: %w", err)
	}
	var p office.Payment
	var captured pgtype.Timestamptz
	_, err = pgx.ForEachRow(rows, paymentInto(&p, &captured), func() error {
		is := plainPayment(p, captured)
		t.payments[[2]string{is.Gateway, is.ID}] = &held[office.Payment]{is, true, false}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the payments of a batch can't be read: %w", err)
	}
	return nil
}
