package pg

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/office/owner"
	"galla/state"
)

// Owner is the store of what the owner's pages read. Only they read across terminals.
func (s *Store) Owner() owner.Store { return reader{s.pool} }

type reader struct{ pool *pgxpool.Pool }

// whose are the columns of owner.Where, of a row x that has been joined as standing says.
const (
	whose    = ` coalesce(s.id, ''), coalesce(s.name, ''), coalesce(c.id, ''), coalesce(c.label, ''), x.terminal `
	standing = ` LEFT JOIN terminal t ON t.id = x.terminal LEFT JOIN counter c ON c.id = t.counter
		LEFT JOIN shop s ON s.id = c.shop `
)

// stood says where a terminal stood from when on, by business day.
const stood = ` stood AS (
		SELECT terminal, counter, CASE WHEN n = 1 THEN '' ELSE day END AS since,
			lead(day) OVER (PARTITION BY terminal ORDER BY n) AS until
		FROM (
			SELECT terminal, counter, to_char(at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD') AS day,
				row_number() OVER (PARTITION BY terminal ORDER BY at, branch, from_seq) AS n
			FROM assignment
		) AS a
	) `

func (q *asked) where(w *owner.Where) *asked {
	q.into = append(q.into, &w.Shop, &w.ShopName, &w.Counter, &w.Label, &w.Terminal)
	q.plain(&w.ShopName, &w.Label, &w.Terminal)
	return q
}

// asked is where the columns of a row go, and the texts among them that text wrote.
type asked struct {
	into  []any
	texts []*string
}

func (q *asked) plain(texts ...*string) *asked {
	q.texts = append(q.texts, texts...)
	return q
}

// rows reads rows; each says where the columns of one go, and what is done when it is read.
func rows[T any](
	ctx context.Context,
	c reader,
	sql string,
	args []any,
	each func(q *asked, r *T) func() error,
) ([]T, error) {
	found, err := c.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (r T, err error) {
		var q asked
		then := each(&q, &r)
		if err := row.Scan(q.into...); err != nil {
			return r, err
		}
		for _, s := range q.texts {
			*s = plain(*s)
		}
		if then != nil {
			err = then()
		}
		return r, err
	})
}

func (q *asked) add(into ...any) *asked {
	q.into = append(q.into, into...)
	return q
}

// words are columns of text that came from a box.
func (q *asked) words(into ...*string) *asked {
	for _, s := range into {
		q.into = append(q.into, s)
	}
	return q.plain(into...)
}

// newest is where a list goes on: at and key are SQL of a row's moment and key.
func newest(m owner.Mark, at, key string, args *[]any) string {
	if m == (owner.Mark{}) {
		return " true "
	}
	*args = append(*args, m.At, text(m.Key))
	n := len(*args)
	return fmt.Sprintf(` (%s, %s COLLATE "C") < ($%d, $%d COLLATE "C") `, at, key, n-1, n)
}

// Stands is owner.Store's. The days' rows are added up here: PostgreSQL takes ten times as long with lists of hours.
func (c reader) Stands(ctx context.Context, days []string) ([]owner.Stand, error) {
	stands, err := rows(ctx, c, `WITH standing AS (
			SELECT t.counter, (array_agg(t.id ORDER BY t.joined_at DESC, t.id))[1] AS terminal,
				min(h.received_at) AS heard, bool_or(f.terminal IS NOT NULL) AS behind
			FROM terminal t LEFT JOIN heartbeat h ON h.terminal = t.id
				LEFT JOIN (SELECT DISTINCT terminal FROM finding WHERE kind = 'behind' AND ended IS NULL) f
					ON f.terminal = t.id
			WHERE t.state = 'joined' GROUP BY t.counter
		)
		SELECT s.id, s.name, coalesce(c.id, ''), coalesce(c.label, ''), coalesce(b.terminal, ''), s.gstin, s.opens,
			s.closes, b.heard, coalesce(b.behind, false)
		FROM shop s LEFT JOIN counter c ON c.shop = s.id LEFT JOIN standing b ON b.counter = c.id
		ORDER BY s.id COLLATE "C", c.n`,
		nil, func(q *asked, r *owner.Stand) func() error {
			heard := new(pgtype.Timestamptz)
			q.where(&r.Where).add(&r.GSTIN, &r.Opens, &r.Closes, heard, &r.Behind)
			return func() error { r.Heard, r.Days = when(*heard), map[string]owner.Day{}; return nil }
		})
	if err != nil {
		return nil, err
	}
	at := map[string]map[string]owner.Day{}
	for _, s := range stands {
		at[s.Counter] = s.Days
	}

	found, err := c.pool.Query(ctx, `WITH `+stood+`
		SELECT a.counter, d.day, d.received, d.kept, d.surplus, d.gone, d.payments, d.paid, array_send(d.hours)
		FROM day d JOIN stood a ON a.terminal = d.terminal AND d.day >= a.since AND (a.until IS NULL OR d.day < a.until)
		WHERE d.day = ANY($1)`, days)
	if err != nil {
		return nil, err
	}
	var counter, of string
	var d owner.Day
	var list hours
	_, err = pgx.ForEachRow(found, []any{
		&counter, &of, &d.Received, &d.Kept, &d.Surplus, &d.Gone, &d.Payments, &d.Sales, &list,
	}, func() error {
		if at[counter] == nil {
			return nil
		}
		sum := at[counter][of]
		sum.Received += d.Received
		sum.Kept += d.Kept
		sum.Surplus += d.Surplus
		sum.Gone += d.Gone
		sum.Payments += d.Payments
		sum.Sales += d.Sales
		for h, received := range list {
			sum.Hours[h] += received
		}
		at[counter][of] = sum
		return nil
	})
	return stands, err
}

// hours are a day's, read in one piece: pgx takes a list apart number by number, and a chain's page has 30,000 of them.
type hours [24]money.Paise

// ScanBytes is pgtype.BytesScanner's, of what PostgreSQL's array_send makes of a bigint[].
func (all *hours) ScanBytes(raw []byte) error {
	const head, each = 20, 12 // dimensions, flags, type, length, lower bound; a number's length and its 8 bytes
	if len(raw) != head+each*len(all) || binary.BigEndian.Uint32(raw) != 1 {
		return fmt.Errorf("a day's hours are %d bytes: want 24 numbers", len(raw))
	}
	for h := range all {
		at := raw[head+each*h:]
		if binary.BigEndian.Uint32(at) != 8 {
			return errors.New("an hour of a day has no number")
		}
		all[h] = money.Paise(binary.BigEndian.Uint64(at[4:]))
	}
	return nil
}

// Findings is owner.Store's.
func (c reader) Findings(ctx context.Context, terminal string, behind owner.Mark, limit int) ([]owner.Finding, error) {
	args := []any{text(terminal), limit}
	return rows(ctx, c, `SELECT`+whose+`, x.id, x.kind, x.seq, x.branch, x.values, x.first, x.last, x.times
		FROM finding x`+standing+`
		WHERE x.ended IS NULL AND ($1 = '' OR x.terminal = $1) AND`+
		newest(behind, "x.last", "lpad(x.id::text, 20, '0')", &args)+`
		ORDER BY x.last DESC, x.id DESC LIMIT $2`, args, func(q *asked, f *owner.Finding) func() error {
		var values []byte
		q.where(&f.Where).add(&f.ID, &f.Kind, &f.Seq, &f.Branch, &values, &f.First, &f.Last, &f.Times)
		return func() error {
			f.First, f.Last = f.First.UTC(), f.Last.UTC()
			return json.Unmarshal([]byte(plain(string(values))), &f.Values)
		}
	})
}

// Open is owner.Store's.
func (c reader) Open(ctx context.Context) (map[string]int, error) {
	found, err := c.pool.Query(ctx, `SELECT kind, count(*) FROM finding WHERE ended IS NULL GROUP BY kind`)
	if err != nil {
		return nil, err
	}
	all := map[string]int{}
	var kind string
	var n int
	_, err = pgx.ForEachRow(found, []any{&kind, &n}, func() error { all[kind] = n; return nil })
	return all, err
}

// youngest is true of a sale's row x in the newest branch that has it.
const youngest = ` NOT EXISTS (SELECT FROM sale y WHERE y.terminal = x.terminal AND y.id = x.id
	AND y.branch > x.branch) `

// sales reads sales that condition fits, in the order of their days and numbers, behind a mark.
func (c reader) sales(
	ctx context.Context,
	condition string,
	args []any,
	behind owner.Mark,
	limit int,
) ([]owner.Sale, error) {
	if behind != (owner.Mark{}) {
		number, rest, ok1 := strings.Cut(behind.Key, "/")
		terminal, id, ok2 := strings.Cut(rest, "/")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok1 || !ok2 || err != nil {
			return nil, &owner.Asked{
				Code: "owner_cursor",
				Says: "the place in the list is none of ours",
				Next: "Begin with the newest.",
			}
		}
		args = append(args, behind.At.UTC().Format(time.DateOnly), n, terminal, text(id))
		k := len(args)
		condition += fmt.Sprintf(
			` AND (x.day, x.number, x.terminal, x.id COLLATE "C") < ($%d, $%d, $%d, $%d COLLATE "C")`,
			k-3,
			k-2,
			k-1,
			k,
		)
	}
	args = append(args, limit)
	const order = ` ORDER BY x.day DESC, x.number DESC, x.terminal DESC, x.id COLLATE "C" DESC `
	return rows(
		ctx,
		c,
		`SELECT`+whose+`, x.branch, x.id, x.day, x.number, x.amount, x.phase, x.tender, x.reason, x.opened_by,
			x.reference, x.gateway, p.rrns, x.opened_at, coalesce(p.received, 0)::bigint, coalesce(p.kept, 0)::bigint,
			coalesce(p.gone, 0)::bigint, x.attending, x.trouble, x.invoice
		FROM (SELECT * FROM sale x WHERE NOT demo AND`+youngest+` AND `+condition+order+fmt.Sprintf(` LIMIT $%d) x `,
			len(args))+standing+`
		LEFT JOIN LATERAL (
			SELECT array_agg(rrn ORDER BY captured_at, rrn) FILTER (WHERE rrn <> '') AS rrns,
				sum(received) AS received, sum(kept) AS kept,
				sum(gone) AS gone
			FROM payment p WHERE p.terminal = x.terminal AND p.day = x.day AND p.sale = x.id
		) p ON true`+order,
		args,
		func(q *asked, s *owner.Sale) func() error {
			var at pgtype.Timestamptz
			var items, invoice []byte
			q.where(&s.Where).
				add(&s.Branch).
				words(&s.ID, &s.Day).
				add(&s.Number, &s.Amount).
				words(&s.Phase, &s.Tender, &s.Reason, &s.By,
					&s.Reference, &s.Gateway).
				add(&s.RRNs, &at, &s.Received, &s.Kept, &s.Gone, &items, &s.Trouble, &invoice)
			return func() error {
				s.OpenedAt = when(at)
				for i := range s.RRNs {
					s.RRNs[i] = plain(s.RRNs[i])
				}
				if err := json.Unmarshal(items, &s.Items); err != nil {
					return err
				}
				if len(s.Items) == 0 {
					s.Items = nil
				}
				if invoice == nil {
					return nil
				}
				return json.Unmarshal(invoice, &s.Invoice)
			}
		},
	)
}

// Undecided is owner.Store's.
func (c reader) Undecided(
	ctx context.Context,
	terminal string,
	behind owner.Mark,
	limit int,
) (sales []owner.Sale, all int, err error) {
	const condition = ` (x.attention <> '' OR x.trouble <> '') AND x.items > 0 AND ($1 = '' OR x.terminal = $1) `
	err = c.pool.QueryRow(ctx, `SELECT count(*) FROM sale x WHERE NOT demo AND`+youngest+`AND`+condition,
		text(terminal)).
		Scan(&all)
	if err != nil {
		return nil, 0, err
	}
	sales, err = c.sales(ctx, condition, []any{text(terminal)}, behind, limit)
	return sales, all, err
}

// Sales is owner.Store's.
func (c reader) Sales(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Sale, error) {
	return c.sales(ctx, `x.day >= $1 AND x.day <= $2 AND ($3 = '' OR x.terminal = $3)`,
		[]any{s.From, s.To, text(s.Terminal)}, behind, limit)
}

// Find is owner.Store's.
func (c reader) Find(ctx context.Context, q owner.Query, behind owner.Mark, limit int) ([]owner.Sale, error) {
	args := []any{text(q.Terminal)}
	condition := `($1 = '' OR x.terminal = $1)`
	add := func(sql string, v any) {
		args = append(args, v)
		condition += " AND " + fmt.Sprintf(sql, len(args))
	}
	if q.RRN != "" {
		add(`(x.terminal, x.id) IN (SELECT terminal, sale FROM payment WHERE rrn = $%d AND rrn <> '')`, text(q.RRN))
	}
	if q.Amount > 0 {
		add(`x.amount = $%d`, int64(q.Amount))
	}
	if q.Reference != "" {
		add(`x.reference = ANY($%d) AND x.reference <> ''`,
			[]string{text(q.Reference), text(strings.ToUpper(q.Reference)), text(strings.ToLower(q.Reference))})
	}
	if q.Day != "" {
		add(`x.day = $%d`, q.Day)
		add(`x.number = $%d`, q.Number)
	}
	return c.sales(ctx, condition, args, behind, limit)
}

// ist are the instants at which a span of dates begins and ends in India.
func ist(s owner.Span) (from, to time.Time, err error) {
	if from, err = day.Start(s.From, 0); err != nil {
		return from, to, err
	}
	to, err = day.Start(s.To, 0)
	return from, to.AddDate(0, 0, 1), err
}

// Refunds is owner.Store's.
func (c reader) Refunds(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Refund, error) {
	from, to, err := ist(s)
	if err != nil {
		return nil, err
	}
	args := []any{from, to, text(s.Terminal), limit}
	const order = ` ORDER BY x.asked_at DESC, (x.gateway || '/' || x.key) COLLATE "C" DESC `
	return rows(
		ctx,
		c,
		`SELECT`+whose+`, x.key, x.sale, x.day, x.number, x.gateway, x.payment, x.amount, x.status, x.reason, x.rrn,
			x.by, x.approver, x.others, x.asked_at, x.done_at
		FROM (SELECT * FROM refund x WHERE x.asked_at >= $1 AND x.asked_at < $2 AND ($3 = '' OR x.terminal = $3) AND`+
			newest(behind, "x.asked_at", "(x.gateway || '/' || x.key)", &args)+order+` LIMIT $4) x `+standing+order,
		args,
		func(q *asked, r *owner.Refund) func() error {
			var status string
			var at, done pgtype.Timestamptz
			q.where(&r.Where).
				words(&r.Key, &r.Sale, &r.Day).
				add(&r.Number).
				words(&r.Gateway, &r.Payment).
				add(&r.Amount).
				words(&status, &r.Reason, &r.RRN, &r.By, &r.Approver).
				add(&r.Others, &at, &done)
			return func() error {
				r.Status, r.AskedAt, r.DoneAt = state.RefundStatus(status), when(at), when(done)
				return nil
			}
		},
	)
}

// Cancels is owner.Store's.
func (c reader) Cancels(ctx context.Context, s owner.Span) ([]owner.Cancels, error) {
	return rows(ctx, c, `SELECT`+whose+`, x.cashier, x.sales, x.cancelled, x.amount
		FROM (
			SELECT terminal, cashier, sum(sales)::bigint AS sales, sum(cancelled)::bigint AS cancelled,
				sum(amount)::bigint AS amount
			FROM cashier_day d WHERE day >= $1 AND day <= $2 AND terminal NOT IN (SELECT terminal FROM branch
				WHERE n > 0)
			GROUP BY terminal, cashier
			UNION ALL
			SELECT x.terminal, x.opened_by, count(*), count(*) FILTER (WHERE reason = 'cancelled'),
				coalesce(sum(amount) FILTER (WHERE reason = 'cancelled'), 0)::bigint
			FROM sale x WHERE NOT demo AND terminal IN (SELECT terminal FROM branch WHERE n > 0) AND day >= $1
				AND day <= $2 AND`+youngest+`
			GROUP BY x.terminal, x.opened_by
		) x `+standing+` WHERE $3 = '' OR x.terminal = $3`,
		[]any{s.From, s.To, text(s.Terminal)}, func(q *asked, r *owner.Cancels) func() error {
			q.where(&r.Where).words(&r.By).add(&r.Sales, &r.Cancelled, &r.Amount)
			return nil
		})
}

// Invoices is owner.Store's.
func (c reader) Invoices(ctx context.Context, s owner.Span) ([]owner.Invoices, error) {
	return rows(
		ctx,
		c,
		`SELECT gstin, month, interstate, sum(n)::bigint, sum(amount)::bigint, sum(gst)::bigint, sum(cess)::bigint
		FROM (
			SELECT gstin, left(day, 7) AS month, interstate, invoices AS n, amount, gst, cess FROM invoice_day
			WHERE day >= $1 AND day <= $2 AND ($3 = '' OR terminal = $3) AND terminal NOT IN (SELECT terminal
				FROM branch WHERE n > 0)
			UNION ALL
			SELECT invoice->>'gstin', left(day, 7), coalesce((invoice->>'interstate')::boolean, false), 1, amount,
				coalesce((invoice->>'gst_paise')::bigint, 0), coalesce((invoice->>'cess_paise')::bigint, 0)
			FROM sale x WHERE NOT demo AND phase = 'paid' AND invoice->>'gstin' <> '' AND day >= $1 AND day <= $2
				AND ($3 = '' OR terminal = $3) AND terminal IN (SELECT terminal FROM branch WHERE n > 0) AND`+youngest+`
		) AS x GROUP BY gstin, month, interstate ORDER BY gstin COLLATE "C", month, interstate`,
		[]any{s.From, s.To, text(s.Terminal)},
		func(q *asked, r *owner.Invoices) func() error {
			q.words(&r.GSTIN).add(&r.Month, &r.Interstate, &r.Count, &r.Amount, &r.GST, &r.Cess)
			return nil
		},
	)
}

// Acts is owner.Store's.
func (c reader) Acts(ctx context.Context, kinds []string, behind owner.Mark, limit int) ([]owner.Act, error) {
	args := []any{kinds, limit}
	const order = ` ORDER BY x.asked_at DESC, (x.terminal || '/' || x.id) COLLATE "C" DESC `
	return rows(ctx, c, `SELECT`+whose+`, x.id, x.kind, x.target, x.asked_by, x.approver, x.status, x.asked_at
		FROM (SELECT * FROM operation x WHERE x.gateway = 'box' AND x.kind = ANY($1) AND x.asked_at IS NOT NULL
			AND NOT EXISTS (
				SELECT FROM operation y WHERE y.terminal = x.terminal AND y.id = x.id AND y.branch > x.branch) AND`+
		newest(behind, "x.asked_at", "(x.terminal || '/' || x.id)", &args)+order+` LIMIT $2) x `+standing+order,
		args, func(q *asked, a *owner.Act) func() error {
			q.where(&a.Where).words(&a.ID, &a.Kind, &a.Target, &a.By, &a.Approver, &a.Status).add(&a.At)
			return func() error { a.At = a.At.UTC(); return nil }
		})
}

// Zs is owner.Store's. It looks day by day: a page is of few.
func (c reader) Zs(
	ctx context.Context,
	s owner.Span,
	due string,
	behind owner.Mark,
	limit int,
) (all []owner.Z, err error) {
	first, err := time.Parse(time.DateOnly, s.From)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.DateOnly, s.To)
	if err != nil {
		return nil, err
	}
	key := ""
	if behind != (owner.Mark{}) && !behind.At.After(at) {
		at, key = behind.At, behind.Key
	}
	for ; !at.Before(first) && len(all) < limit; at = at.AddDate(0, 0, -1) {
		found, err := rows(
			ctx,
			c,
			`SELECT`+whose+`, x.operation, x.number, x.day, x.at, x.state, x.net, x.known
			FROM (
				SELECT * FROM (
					SELECT terminal, operation, number, day, at, state, net, bytes IS NOT NULL AS known FROM z
						WHERE day = $1
					UNION ALL
					SELECT terminal, 'missing', 0, day, NULL, 'missing', 0, false FROM day d
					WHERE day = $1 AND (sales > 0 OR payments > 0)
						AND day <= $5
						AND NOT EXISTS (SELECT FROM z WHERE z.day = $1 AND z.terminal = d.terminal)
				) x WHERE ($2 = '' OR terminal = $2) AND ($3 = ''
					OR (terminal || '/' || operation) COLLATE "C" < $3 COLLATE "C")
				ORDER BY (terminal || '/' || operation) COLLATE "C" DESC LIMIT $4
			) x `+standing+` ORDER BY (x.terminal || '/' || x.operation) COLLATE "C" DESC`,
			[]any{
				at.Format(time.DateOnly),
				text(s.Terminal),
				text(key),
				limit - len(all),
				due,
			},
			func(q *asked, z *owner.Z) func() error {
				var closed pgtype.Timestamptz
				q.where(&z.Where).
					words(&z.Operation).
					add(&z.Number).
					words(&z.Day).
					add(&closed, &z.State, &z.Net, &z.Known)
				return func() error { z.At = when(closed); return nil }
			},
		)
		if err != nil {
			return nil, err
		}
		all, key = append(all, found...), ""
	}
	return all, nil
}

// Days is owner.Store's.
func (c reader) Days(ctx context.Context, s owner.Span, behind owner.Mark, limit int) ([]owner.Day, error) {
	args := []any{s.From, s.To, limit}
	condition := ""
	if s.Terminal != "" {
		args = append(args, text(s.Terminal))
		condition = ` AND d.terminal = $4`
	}
	if behind != (owner.Mark{}) {
		args = append(args, behind.At.UTC().Format(time.DateOnly), text(behind.Key))
		condition += fmt.Sprintf(` AND (d.day, d.terminal) < ($%d, $%d)`, len(args)-1, len(args))
	}
	return rows(ctx, c, `WITH `+stood+`
		SELECT`+whose+`, coalesce(s.gstin, ''), x.day, x.received, x.kept, x.surplus, x.gone, x.payments, x.paid,
			array_send(x.hours), x.sales, x.paid,
			x.cancelled, x.expired, x.failed, x.elsewise, x.other_tender
		FROM (SELECT * FROM day d WHERE d.day >= $1 AND d.day <= $2 `+condition+`
			ORDER BY d.day DESC, d.terminal DESC LIMIT $3) x
			LEFT JOIN stood a ON a.terminal = x.terminal AND x.day >= a.since AND (a.until IS NULL OR x.day < a.until)
			LEFT JOIN counter c ON c.id = a.counter LEFT JOIN shop s ON s.id = c.shop
		ORDER BY x.day DESC, x.terminal DESC`, args, func(q *asked, d *owner.Day) func() error {
		q.where(&d.Where).
			add(&d.GSTIN).
			words(&d.Day).
			add(&d.Received, &d.Kept, &d.Surplus, &d.Gone, &d.Payments, &d.Sales, (*hours)(&d.Hours),
				&d.Asked.Opened, &d.Asked.Paid, &d.Asked.Cancelled, &d.Asked.Expired, &d.Asked.Failed,
				&d.Asked.Elsewise, &d.Asked.Other)
		return nil
	})
}

// Branches is owner.Store's.
func (c reader) Branches(ctx context.Context, terminal string) ([]owner.Branch, error) {
	return rows(ctx, c, `SELECT n, parent, from_seq, seq,
			(SELECT received_at FROM segment s WHERE s.terminal = b.terminal
				AND s.branch = b.n ORDER BY last DESC LIMIT 1),
			(SELECT received_at FROM segment s WHERE s.terminal = b.terminal AND s.branch = b.n ORDER BY last LIMIT 1)
		FROM branch b WHERE terminal = $1 ORDER BY n`, []any{text(terminal)}, func(q *asked,
		b *owner.Branch) func() error {
		var last, first pgtype.Timestamptz
		q.add(&b.N, &b.Parent, &b.From, &b.Head, &last, &first)
		return func() error { b.Received, b.Beginning = when(last), when(first); return nil }
	})
}

// Beat is owner.Store's.
func (c reader) Beat(ctx context.Context, terminal string) (b owner.Beat, found bool, err error) {
	var skew int64
	var health []byte
	found, err = one(
		c.pool.QueryRow(
			ctx,
			`SELECT signed_at, received_at, head_seq, skew_ms, health FROM heartbeat WHERE terminal = $1`,
			text(terminal),
		),
		&b.At,
		&b.Received,
		&b.Head,
		&skew,
		&health,
	)
	b.At, b.Received, b.Skew, b.Health = b.At.UTC(), b.Received.UTC(), time.Duration(skew)*time.Millisecond, health
	return b, found, err
}
