package pg

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"galla/internal/money"
	"galla/internal/office"
	"galla/state"
)

// Refund is office.Tx's.
func (t *tx) Refund(gateway, key string) (office.Refund, bool, error) {
	return read(t, t.refunds, [2]string{gateway, key}, func(r *office.Refund) error {
		var asked, done pgtype.Timestamptz
		var status string
		err := t.sql.QueryRow(t.ctx, `
			SELECT others, terminal, branch, sale, number, day, payment, amount, status, reason, rrn, by, approver,
				asked_at, done_at
			FROM refund WHERE gateway = $1 AND key = $2`, text(gateway), text(key)).Scan(
			&r.Others, &r.Terminal, &r.Branch, &r.Sale, &r.Number, &r.Day, &r.Payment, &r.Amount, &status, &r.Reason,
			&r.RRN, &r.By, &r.Approver, &asked, &done)
		r.Gateway, r.Key = gateway, key
		for _, s := range []*string{&r.Terminal, &r.Sale, &r.Day, &r.Payment, &status, &r.Reason, &r.RRN, &r.By,
			&r.Approver} {
			*s = plain(*s)
		}
		r.Status, r.AskedAt, r.DoneAt = state.RefundStatus(status), when(asked), when(done)
		return err
	})
}

// PutRefund is office.Tx's.
func (t *tx) PutRefund(r office.Refund) error {
	if err := t.may(r.Terminal); err != nil {
		return err
	}
	return put(t, t.refunds, [2]string{r.Gateway, r.Key}, r)
}

func (t *tx) putRefunds(batch *pgx.Batch) error {
	rows, _ := dirty(t.refunds, byPair)
	if len(rows) == 0 {
		return nil
	}
	var c columns
	words := func(name string, of func(*office.Refund) string) {
		column(&c, rows, name, "text", func(i int) string { return text(of(&rows[i])) })
	}
	words("gateway", func(r *office.Refund) string { return r.Gateway })
	words("key", func(r *office.Refund) string { return r.Key })
	words("terminal", func(r *office.Refund) string { return r.Terminal })
	words("sale", func(r *office.Refund) string { return r.Sale })
	words("day", func(r *office.Refund) string { return r.Day })
	words("payment", func(r *office.Refund) string { return r.Payment })
	words("status", func(r *office.Refund) string { return string(r.Status) })
	words("reason", func(r *office.Refund) string { return r.Reason })
	words("rrn", func(r *office.Refund) string { return r.RRN })
	words("by", func(r *office.Refund) string { return r.By })
	words("approver", func(r *office.Refund) string { return r.Approver })
	column(&c, rows, "others", "boolean", func(i int) bool { return rows[i].Others })
	column(&c, rows, "branch", "integer", func(i int) int32 { return int32(rows[i].Branch) })
	column(&c, rows, "number", "bigint", func(i int) int64 { return int64(rows[i].Number) })
	column(&c, rows, "amount", "bigint", func(i int) int64 { return int64(rows[i].Amount) })
	column(&c, rows, "asked_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].AskedAt) })
	column(&c, rows, "done_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].DoneAt) })
	t.claim(batch, &c, "refund", "gateway, key", len(rows))
	return nil
}

func byPair(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

const (
	zColumns = `operation, branch, event, number, day, by, at, sha256, net, seq, left_from, left_to, state, why,
		differs`
	noBytes = `NULL::bytea`
)

// zInto are the places for zColumns and the bytes, and what is done when they are filled.
func zInto(z *office.Z) (into []any, done func() error) {
	var at, from, to pgtype.Timestamptz
	var stands, differs string
	into = []any{
		&z.Operation,
		&z.Branch,
		&z.Event,
		&z.Number,
		&z.Day,
		&z.By,
		&at,
		&z.SHA256,
		&z.Net,
		&z.Seq,
		&from,
		&to,
		&stands,
		&z.Why,
		&differs,
		&z.Bytes,
	}
	return into, func() error {
		z.Operation, z.Day, z.By, z.Why = plain(z.Operation), plain(z.Day), plain(z.By), plain(z.Why)
		z.At, z.State, z.Left = when(at), office.ZState(stands), nil
		if from.Valid && to.Valid {
			z.Left = &office.Span{From: when(from), To: when(to)}
		}
		z.Differs = nil
		return json.Unmarshal([]byte(differs), &z.Differs)
	}
}

// Z is office.Tx's.
func (t *tx) Z(terminal, operation string) (office.Z, bool, error) {
	return read(t, t.zs, row{terminal, 0, operation}, func(z *office.Z) error {
		into, done := zInto(z)
		z.Terminal = terminal
		err := t.sql.QueryRow(t.ctx, "SELECT "+zColumns+", bytes FROM z WHERE terminal = $1 AND operation = $2",
			text(terminal), text(operation)).Scan(into...)
		if err != nil {
			return err
		}
		return done()
	})
}

// Zs is office.Tx's.
func (t *tx) Zs(terminal string) (all []office.Z, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	rows, err := t.sql.Query(t.ctx, "SELECT "+zColumns+", "+noBytes+
		` FROM z WHERE terminal = $1 ORDER BY number, operation COLLATE "C"`, text(terminal))
	if err != nil {
		return nil, err
	}
	z := office.Z{Terminal: terminal}
	into, done := zInto(&z)
	_, err = pgx.ForEachRow(rows, into, func() error {
		err := done()
		all = append(all, z)
		return err
	})
	return all, err
}

// Wanted is office.Tx's.
func (t *tx) Wanted(terminal string, most int) (ids []string, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT operation FROM z WHERE terminal = $1 AND state = 'wanted'
		ORDER BY number DESC, operation COLLATE "C" DESC LIMIT $2`, text(terminal), most)
	if err != nil {
		return nil, err
	}
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		ids = append(ids, plain(id))
		return nil
	})
	return ids, err
}

// PutZ is office.Tx's.
func (t *tx) PutZ(z office.Z) error {
	if err := t.may(z.Terminal); err != nil {
		return err
	}
	return put(t, t.zs, row{z.Terminal, 0, z.Operation}, z)
}

func (t *tx) putZs(batch *pgx.Batch) error {
	rows, _ := dirty(t.zs, byRow)
	if len(rows) == 0 {
		return nil
	}
	differs := make([]string, len(rows))
	for i, z := range rows {
		raw, err := json.Marshal(z.Differs)
		if err != nil {
			return err
		}
		differs[i] = string(raw)
	}
	left := func(i int) office.Span {
		if rows[i].Left == nil {
			return office.Span{}
		}
		return *rows[i].Left
	}
	var c columns
	words := func(name string, of func(*office.Z) string) {
		column(&c, rows, name, "text", func(i int) string { return text(of(&rows[i])) })
	}
	whole := func(name string, of func(*office.Z) int64) {
		column(&c, rows, name, "bigint", func(i int) int64 { return of(&rows[i]) })
	}
	words("terminal", func(z *office.Z) string { return z.Terminal })
	words("operation", func(z *office.Z) string { return z.Operation })
	words("day", func(z *office.Z) string { return z.Day })
	words("by", func(z *office.Z) string { return z.By })
	words("sha256", func(z *office.Z) string { return z.SHA256 })
	words("state", func(z *office.Z) string { return string(z.State) })
	words("why", func(z *office.Z) string { return z.Why })
	whole("event", func(z *office.Z) int64 { return int64(z.Event) })
	whole("number", func(z *office.Z) int64 { return int64(z.Number) })
	whole("net", func(z *office.Z) int64 { return int64(z.Net) })
	whole("seq", func(z *office.Z) int64 { return int64(z.Seq) })
	column(&c, rows, "branch", "integer", func(i int) int32 { return int32(rows[i].Branch) })
	column(&c, rows, "at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].At) })
	column(&c, rows, "left_from", "timestamptz", func(i int) pgtype.Timestamptz { return moment(left(i).From) })
	column(&c, rows, "left_to", "timestamptz", func(i int) pgtype.Timestamptz { return moment(left(i).To) })
	column(&c, rows, "differs", "json", func(i int) string { return differs[i] })
	column(&c, rows, "bytes", "bytea", func(i int) []byte { return rows[i].Bytes })
	c.upsert(batch, "z", "terminal, operation", "")
	return nil
}

// Days is office.Tx's.
func (t *tx) Days(terminal, behind string) (all []office.Day, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	rows, err := t.sql.Query(t.ctx, "SELECT day, "+dayColumns+
		` FROM day WHERE terminal = $1 AND day COLLATE "C" > $2 ORDER BY day COLLATE "C"`, text(terminal), text(behind))
	if err != nil {
		return nil, err
	}
	d := office.Day{Terminal: terminal}
	into, done := dayInto(&d)
	_, err = pgx.ForEachRow(rows, append([]any{&d.Day}, into...), func() error {
		d.Day = plain(d.Day)
		err := done()
		all = append(all, d)
		return err
	})
	return all, err
}

const dayColumns = `payments, received, kept, surplus, gone, refunded, reversed,
	sales, asked, paid, cancelled, expired, failed, elsewise, other_tender, hours`

// dayInto are the places for dayColumns, and what is done when they are filled.
func dayInto(d *office.Day) (into []any, done func() error) {
	var hours []int64
	into = []any{&d.Payments, &d.Received, &d.Kept, &d.Surplus, &d.Gone, &d.Refunded, &d.Reversed,
		&d.Sales, &d.Asked, &d.Paid, &d.Cancelled, &d.Expired, &d.Failed, &d.Elsewise, &d.Other, &hours}
	return into, func() error {
		if len(hours) != len(d.Hours) {
			return fmt.Errorf("a day has %d hours", len(hours))
		}
		for h := range hours {
			d.Hours[h] = money.Paise(hours[h])
		}
		return nil
	}
}

func (t *tx) putDays(batch *pgx.Batch) error {
	rows, _ := dirty(t.days, byRow)
	if len(rows) == 0 {
		return nil
	}
	var c columns
	whole := func(name string, of func(*office.Day) int64) {
		column(&c, rows, name, "bigint", func(i int) int64 { return of(&rows[i]) })
	}
	column(&c, rows, "terminal", "text", func(i int) string { return text(rows[i].Terminal) })
	column(&c, rows, "day", "text", func(i int) string { return text(rows[i].Day) })
	whole("payments", func(d *office.Day) int64 { return int64(d.Payments) })
	whole("received", func(d *office.Day) int64 { return int64(d.Received) })
	whole("kept", func(d *office.Day) int64 { return int64(d.Kept) })
	whole("surplus", func(d *office.Day) int64 { return int64(d.Surplus) })
	whole("gone", func(d *office.Day) int64 { return int64(d.Gone) })
	whole("refunded", func(d *office.Day) int64 { return int64(d.Refunded) })
	whole("reversed", func(d *office.Day) int64 { return int64(d.Reversed) })
	whole("sales", func(d *office.Day) int64 { return int64(d.Sales) })
	whole("asked", func(d *office.Day) int64 { return int64(d.Asked) })
	whole("paid", func(d *office.Day) int64 { return int64(d.Paid) })
	whole("cancelled", func(d *office.Day) int64 { return int64(d.Cancelled) })
	whole("expired", func(d *office.Day) int64 { return int64(d.Expired) })
	whole("failed", func(d *office.Day) int64 { return int64(d.Failed) })
	whole("elsewise", func(d *office.Day) int64 { return int64(d.Elsewise) })
	whole("other_tender", func(d *office.Day) int64 { return int64(d.Other) })
	column(&c, rows, "hours", "bigint[]", func(i int) string {
		var hours []string
		for _, h := range rows[i].Hours {
			hours = append(hours, strconv.FormatInt(int64(h), 10))
		}
		return "{" + strings.Join(hours, ",") + "}"
	})
	c.upsert(batch, "day", "terminal, day", "")
	return nil
}

// Terminals is office.Tx's.
func (t *tx) Terminals() (ids []string, err error) {
	rows, err := t.sql.Query(t.ctx, `SELECT id FROM terminal ORDER BY id COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		ids = append(ids, plain(id))
		return nil
	})
	return ids, err
}

// note names a finding.
type note struct {
	terminal, kind string
	branch         int
	seq            uint64
}

func noteOf(f office.Finding) note { return note{f.Terminal, f.Kind, f.Branch, f.Seq} }

// found is a finding that waits for flush, and how often it was found.
type found struct {
	office.Finding
	first time.Time
	times int
}

// AddFinding is office.Tx's.
func (t *tx) AddFinding(f office.Finding) error {
	if !f.Fits() {
		return fmt.Errorf("a finding that office.Kinds does not list: %+v", f)
	}
	if is := t.findings[noteOf(f)]; is != nil {
		is.Finding = f
		is.times++
		return nil
	}
	t.findings[noteOf(f)] = &found{f, f.At, 1}
	t.order = append(t.order, noteOf(f))
	return t.wait()
}

// Standing is office.Tx's.
func (t *tx) Standing(terminal string, kinds []string) (all []office.Finding, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT kind, branch, seq, "values", last FROM finding
		WHERE terminal = $1 AND kind = ANY($2) AND ended IS NULL ORDER BY id`, text(terminal), kinds)
	if err != nil {
		return nil, err
	}
	var kind string
	var branch int
	var seq uint64
	var values []byte
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&kind, &branch, &seq, &values, &at}, func() error {
		f := office.Finding{Kind: kind, Terminal: terminal, Branch: branch, Seq: seq, At: at.UTC()}
		err := json.Unmarshal(values, &f.Values)
		for name, v := range f.Values {
			f.Values[name] = plain(v)
		}
		all = append(all, f)
		return err
	})
	return all, err
}

// EndFinding is office.Tx's.
func (t *tx) EndFinding(f office.Finding) error {
	if err := t.flush(); err != nil { // what was found in this transaction ends too
		return err
	}
	_, err := t.sql.Exec(t.ctx, `
		UPDATE finding SET ended = $5
		WHERE terminal = $1 AND kind = $2 AND branch = $3 AND seq = $4 AND ended IS NULL`,
		text(f.Terminal), text(f.Kind), f.Branch, int64(f.Seq), f.At)
	return err
}

func (t *tx) putFindings(batch *pgx.Batch) error {
	if len(t.order) == 0 {
		return nil
	}
	rows := make([]*found, len(t.order))
	values := make([]string, len(t.order))
	for i, n := range t.order {
		rows[i] = t.findings[n]
		said := office.Values{}
		for name, v := range rows[i].Values {
			said[name] = text(v)
		}
		raw, err := json.Marshal(said)
		if err != nil {
			return err
		}
		values[i] = string(raw)
	}
	// Two offices that find the same of one stranger wait for each other in one order.
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := rows[a], rows[b]
		return cmp.Or(cmp.Compare(x.Terminal, y.Terminal), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Branch, y.Branch),
			cmp.Compare(x.Seq, y.Seq))
	})
	var c columns
	column(&c, order, "terminal", "text", func(i int) string { return text(rows[order[i]].Terminal) })
	column(&c, order, "kind", "text", func(i int) string { return text(rows[order[i]].Kind) })
	column(&c, order, "branch", "integer", func(i int) int32 { return int32(rows[order[i]].Branch) })
	column(&c, order, "seq", "bigint", func(i int) int64 { return int64(rows[order[i]].Seq) })
	column(&c, order, "values", "json", func(i int) string { return values[order[i]] })
	column(&c, order, "first", "timestamptz", func(i int) time.Time { return rows[order[i]].first })
	column(&c, order, "last", "timestamptz", func(i int) time.Time { return rows[order[i]].At })
	column(&c, order, "times", "bigint", func(i int) int64 { return int64(rows[order[i]].times) })
	c.insert(batch, "finding", `ON CONFLICT (terminal, kind, branch, seq) WHERE ended IS NULL DO UPDATE SET
		"values" = excluded."values", last = excluded.last, times = was.times + excluded.times`)
	return nil
}
