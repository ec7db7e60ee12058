package pg

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
)

// may wants a terminal to be locked.
func (t *tx) may(terminal string) error {
	if !t.locked[terminal] {
		return fmt.Errorf("terminal %q is written to and not locked", terminal)
	}
	return nil
}

// put keeps a row for flush.
func put[K comparable, T any](t *tx, table map[K]*held[T], key K, v T) error {
	table[key] = &held[T]{v, true, true}
	return t.wait()
}

// wait counts a row that waits. If we die in a flush, nothing of the transaction is there.
func (t *tx) wait() error {
	if t.waiting++; t.waiting < most {
		return nil
	}
	return t.flush()
}

// PutBranch is office.Tx's.
func (t *tx) PutBranch(terminal string, b segment.Branch) error {
	if err := t.may(terminal); err != nil {
		return err
	}
	if _, _, err := t.Terminal(terminal); err != nil { // flush may have emptied the memory
		return err
	}
	h := t.terminals[terminal]
	switch n := len(h.v.Branches); {
	case !h.found || b.N > n || b.N < 0:
		return fmt.Errorf("branch %d of terminal %q, which has %d: there is none it could be", b.N, terminal, n)
	case b.N == n:
		h.v.Branches = append(h.v.Branches, b)
	default:
		h.v.Branches[b.N] = b
	}
	t.branches[place{terminal, b.N}] = true
	return t.wait()
}

// PutSegment is office.Tx's.
func (t *tx) PutSegment(branch int, from uint64, g *segment.Segment, received time.Time) error {
	if err := t.may(g.Terminal); err != nil {
		return err
	}
	at := place{g.Terminal, branch}
	t.segments[at] = append(t.segments[at], stored{from, g.Last, received, g.Bytes()})
	return t.wait()
}

// PutSale is office.Tx's.
func (t *tx) PutSale(terminal string, branch int, s office.Sale) error {
	if err := t.may(terminal); err != nil {
		return err
	}
	t.wrote(row{terminal, branch, s.ID})
	return put(t, t.sales, row{terminal, branch, s.ID}, s)
}

// PutOperation is office.Tx's.
func (t *tx) PutOperation(terminal string, branch int, o state.Operation) error {
	if err := t.may(terminal); err != nil {
		return err
	}
	t.wrote(row{terminal, branch, o.ID})
	return put(t, t.operations, row{terminal, branch, o.ID}, o)
}

// PutPayment is office.Tx's.
func (t *tx) PutPayment(p office.Payment) error {
	if err := t.may(p.Terminal); err != nil {
		return err
	}
	return put(t, t.payments, [2]string{p.Gateway, p.ID}, p)
}

// PutDay is office.Tx's.
func (t *tx) PutDay(d office.Day) error {
	if err := t.may(d.Terminal); err != nil {
		return err
	}
	return put(t, t.days, row{d.Terminal, 0, d.Day}, d)
}

// Forget is office.Tx's.
func (t *tx) Forget(terminal string) error {
	if err := t.may(terminal); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	t.empty()
	t.forgotten[terminal] = map[row]bool{}
	for _, table := range []string{"sale", "operation", "day", "payment", "refund"} {
		if _, err := t.sql.Exec(t.ctx, "DELETE FROM "+table+" WHERE terminal = $1", text(terminal)); err != nil {
			return fmt.Errorf("the %ss of terminal %s can't be removed: %w", table, terminal, err)
		}
	}
	return nil
}

// flush writes what waits, in a few statements, and empties the memory when it has grown. Rows are in the order of
// their keys: two offices that claim the same payments wait for each other in one order.
func (t *tx) flush() error {
	if t.waiting == 0 {
		return nil
	}
	if err := t.copySegments(); err != nil {
		return fmt.Errorf("segments can't be written: %w", err)
	}

	batch := &pgx.Batch{}
	for _, add := range []func(*pgx.Batch) error{
		t.putBranches,
		t.putSales,
		t.putOperations,
		t.putDays,
		t.putZs,
		t.putFindings,
		t.putRefunds,
		t.putPayments,
	} {
		if err := add(batch); err != nil {
			return err
		}
	}
	results := t.sql.SendBatch(t.ctx, batch)
	for n := range batch.Len() {
		tag, err := results.Exec()
		if claims, is := t.claims[n]; err == nil && is && tag.RowsAffected() != int64(claims) {
			err = errClaimed
		}
		if err != nil {
			_ = results.Close() // the transaction is over
			return fmt.Errorf("rows can't be written: %w", err)
		}
	}
	if err := results.Close(); err != nil {
		return fmt.Errorf("rows can't be written: %w", err)
	}

	t.empty()
	return nil
}

// copySegments adds the segments.
func (t *tx) copySegments() error {
	var rows [][]any
	for at, all := range t.segments {
		for _, s := range all {
			rows = append(rows, []any{text(at.terminal), int32(at.n), int64(s.from), int64(s.last), s.received, s.raw})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.sql.CopyFrom(t.ctx, pgx.Identifier{"segment"},
		[]string{"terminal", "branch", "from_seq", "last", "received_at", "raw"}, pgx.CopyFromRows(rows))
	return err
}

// dirty are the rows of a table that wait, in the order of their keys.
func dirty[K comparable, T any](table map[K]*held[T], compare func(a, b K) int) (rows []T, keys []K) {
	for _, k := range slices.SortedFunc(maps.Keys(table), compare) {
		if h := table[k]; h.dirty {
			rows, keys = append(rows, h.v), append(keys, k)
		}
	}
	return rows, keys
}

func byRow(a, b row) int {
	return cmp.Or(cmp.Compare(a.terminal, b.terminal), cmp.Compare(a.branch, b.branch), cmp.Compare(a.id, b.id))
}

// columns are the values of many rows, one list a column.
type columns struct {
	names []string
	types []string
	lists []any
}

func column[T, V any](c *columns, rows []T, name, kind string, value func(int) V) {
	list := make([]V, len(rows))
	for i := range rows {
		list[i] = value(i)
	}
	c.names, c.types, c.lists = append(c.names, name), append(c.types, kind), append(c.lists, list)
}

// upsert queues an INSERT of many rows, which replaces rows of the same key. mine is a condition on the row that is
// there already; where it doesn't hold, the row is left.
func (c *columns) upsert(batch *pgx.Batch, table, key, mine string) {
	var set []string
	for _, name := range c.names {
		if !slices.Contains(strings.Split(key, ", "), name) {
			set = append(set, fmt.Sprintf("%q = excluded.%q", name, name))
		}
	}
	conflict := fmt.Sprintf("ON CONFLICT (%s) DO UPDATE SET %s", key, strings.Join(set, ", "))
	if mine != "" {
		conflict += " WHERE " + mine
	}
	c.insert(batch, table, conflict)
}

// insert queues an INSERT of many rows. A list of lists travels as text: PostgreSQL would take it for one list.
func (c *columns) insert(batch *pgx.Batch, table, conflict string) {
	var names, lists, values []string
	for i, name := range c.names {
		kind, value := c.types[i], fmt.Sprintf("%q", name)
		names = append(names, value)
		if strings.HasSuffix(kind, "[]") {
			kind, value = "text", value+"::"+kind
		}
		lists = append(lists, fmt.Sprintf("$%d::%s[]", i+1, kind))
		values = append(values, value)
	}
	batch.Queue(fmt.Sprintf("INSERT INTO %s AS was (%s) SELECT %s FROM unnest(%s) AS given (%s) %s",
		table, strings.Join(names, ", "), strings.Join(values, ", "), strings.Join(lists, ", "),
		strings.Join(names, ", "), conflict), c.lists...)
}

func (t *tx) putBranches(batch *pgx.Batch) error {
	rows := slices.SortedFunc(maps.Keys(t.branches), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.terminal, b.terminal), cmp.Compare(a.n, b.n))
	})
	if len(rows) == 0 {
		return nil
	}
	of := func(i int) *segment.Branch { return &t.terminals[rows[i].terminal].v.Branches[rows[i].n] }
	var c columns
	column(&c, rows, "terminal", "text", func(i int) string { return text(rows[i].terminal) })
	column(&c, rows, "n", "integer", func(i int) int32 { return int32(rows[i].n) })
	column(&c, rows, "parent", "integer", func(i int) int32 { return int32(of(i).Parent) })
	column(&c, rows, "from_seq", "bigint", func(i int) int64 { return int64(of(i).From) })
	column(&c, rows, "base", "bytea", func(i int) []byte { return of(i).Base[:] })
	column(&c, rows, "seq", "bigint", func(i int) int64 { return int64(of(i).Head) })
	column(&c, rows, "hash", "bytea", func(i int) []byte { return of(i).Hash[:] })
	c.upsert(batch, "branch", "terminal, n", "")
	return nil
}

func (t *tx) putSales(batch *pgx.Batch) error {
	rows, keys := dirty(t.sales, byRow)
	if len(rows) == 0 {
		return nil
	}
	bodies, err := encode(rows)
	if err != nil {
		return err
	}
	attending, invoices := make([][]byte, len(rows)), make([][]byte, len(rows))
	for i, s := range rows {
		attending[i] = []byte("[]")
		if len(s.Attention) > 0 {
			if attending[i], err = json.Marshal(s.Attention); err != nil {
				return err
			}
		}
		if s.Invoice != nil {
			if invoices[i], err = json.Marshal(s.Invoice); err != nil {
				return err
			}
		}
	}
	var c columns
	keyed(&c, keys)
	column(&c, rows, "seq", "bigint", func(i int) int64 { return int64(rows[i].Seq) })
	column(&c, rows, "day", "text", func(i int) string { return text(rows[i].Day) })
	column(&c, rows, "number", "bigint", func(i int) int64 { return int64(rows[i].Number) })
	column(&c, rows, "amount", "bigint", func(i int) int64 { return int64(rows[i].Amount) })
	column(&c, rows, "phase", "text", func(i int) string { return text(string(rows[i].Phase)) })
	column(&c, rows, "tender", "text", func(i int) string { return text(string(rows[i].Tender)) })
	column(&c, rows, "reason", "text", func(i int) string {
		if rows[i].Closing == nil {
			return ""
		}
		return text(string(rows[i].Closing.Reason))
	})
	column(&c, rows, "opened_by", "text", func(i int) string { return text(rows[i].By) })
	column(&c, rows, "gateway", "text", func(i int) string {
		if len(rows[i].Attempts) == 0 {
			return ""
		}
		return text(rows[i].Attempts[len(rows[i].Attempts)-1].Gateway)
	})
	column(&c, rows, "opened_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].OpenedAt) })
	column(&c, rows, "paid_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].PaidAt) })
	column(&c, rows, "closed_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].ClosedAt) })
	column(&c, rows, "attention", "text", func(i int) string { return text(attention(rows[i])) })
	column(&c, rows, "trouble", "text", func(i int) string { return text(string(rows[i].Trouble)) })
	column(&c, rows, "demo", "boolean", func(i int) bool { return rows[i].Demo })
	column(&c, rows, "reference", "text", func(i int) string { return text(rows[i].Reference) })
	column(&c, rows, "kind", "text", func(i int) string { return text(string(rows[i].Kind)) })
	column(&c, rows, "closed_by", "text", func(i int) string {
		if rows[i].Closing == nil {
			return ""
		}
		return text(rows[i].Closing.By)
	})
	column(&c, rows, "other_tender", "bigint", func(i int) int64 { return int64(rows[i].OtherTender()) })
	column(&c, rows, "items", "integer", func(i int) int32 { return int32(len(rows[i].Attention)) })
	column(&c, rows, "attending", "json", func(i int) []byte { return attending[i] })
	column(&c, rows, "invoice", "json", func(i int) []byte { return invoices[i] })
	column(&c, rows, "body", "bytea", func(i int) []byte { return bodies[i] })
	c.upsert(batch, "sale", "terminal, branch, id", "")
	return nil
}

func (t *tx) putOperations(batch *pgx.Batch) error {
	rows, keys := dirty(t.operations, byRow)
	if len(rows) == 0 {
		return nil
	}
	bodies, err := encode(rows)
	if err != nil {
		return err
	}
	var c columns
	keyed(&c, keys)
	column(&c, rows, "seq", "bigint", func(i int) int64 { return int64(rows[i].Seq) })
	column(&c, rows, "kind", "text", func(i int) string { return text(rows[i].Kind) })
	column(&c, rows, "status", "text", func(i int) string { return text(string(rows[i].Status)) })
	column(&c, rows, "gateway", "text", func(i int) string { return text(rows[i].Gateway) })
	column(&c, rows, "target", "text", func(i int) string { return text(rows[i].Target) })
	column(&c, rows, "asked_by", "text", func(i int) string { return text(rows[i].By) })
	column(&c, rows, "approver", "text", func(i int) string { return text(rows[i].Approver) })
	column(&c, rows, "asked_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].AskedAt) })
	column(&c, rows, "done_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].DoneAt) })
	column(&c, rows, "body", "bytea", func(i int) []byte { return bodies[i] })
	c.upsert(batch, "operation", "terminal, branch, id", "")
	return nil
}

// claim queues rows whose key all terminals share. Each has to be touched: one that isn't is another terminal's since
// this transaction looked.
func (t *tx) claim(batch *pgx.Batch, c *columns, table, key string, rows int) {
	t.claims[batch.Len()] = rows
	c.upsert(batch, table, key, "was.terminal = excluded.terminal")
}

func (t *tx) putPayments(batch *pgx.Batch) error {
	rows, _ := dirty(t.payments, byPair)
	if len(rows) == 0 {
		return nil
	}
	var c columns
	column(&c, rows, "gateway", "text", func(i int) string { return text(rows[i].Gateway) })
	column(&c, rows, "id", "text", func(i int) string { return text(rows[i].ID) })
	column(&c, rows, "terminal", "text", func(i int) string { return text(rows[i].Terminal) })
	column(&c, rows, "branch", "integer", func(i int) int32 { return int32(rows[i].Branch) })
	column(&c, rows, "sale", "text", func(i int) string { return text(rows[i].Sale) })
	column(&c, rows, "day", "text", func(i int) string { return text(rows[i].Day) })
	column(&c, rows, "rrn", "text", func(i int) string { return text(rows[i].RRN) })
	column(&c, rows, "captured_at", "timestamptz", func(i int) pgtype.Timestamptz { return moment(rows[i].CapturedAt) })
	column(&c, rows, "late", "boolean", func(i int) bool { return rows[i].Late })
	column(&c, rows, "received", "bigint", func(i int) int64 { return int64(rows[i].Received) })
	column(&c, rows, "kept", "bigint", func(i int) int64 { return int64(rows[i].Kept) })
	column(&c, rows, "surplus", "bigint", func(i int) int64 { return int64(rows[i].Surplus) })
	column(&c, rows, "gone", "bigint", func(i int) int64 { return int64(rows[i].Gone) })
	column(&c, rows, "refunded", "bigint", func(i int) int64 { return int64(rows[i].Refunded) })
	column(&c, rows, "reversed", "bigint", func(i int) int64 { return int64(rows[i].Reversed) })
	t.claim(batch, &c, "payment", "gateway, id", len(rows))
	return nil
}

// keyed are the columns of a key.
func keyed(c *columns, keys []row) {
	column(c, keys, "terminal", "text", func(i int) string { return text(keys[i].terminal) })
	column(c, keys, "branch", "integer", func(i int) int32 { return int32(keys[i].branch) })
	column(c, keys, "id", "text", func(i int) string { return text(keys[i].id) })
}

func encode[T any](rows []T) (bodies [][]byte, err error) {
	for _, r := range rows {
		raw, err := json.Marshal(r)
		if err == nil {
			raw, err = pack(raw)
		}
		if err != nil {
			return nil, fmt.Errorf("a row can't be written: %w", err)
		}
		bodies = append(bodies, raw)
	}
	return bodies, nil
}

// attention are the kinds of a sale's open items.
func attention(s office.Sale) string {
	var kinds []string
	for _, a := range s.Attention {
		kinds = append(kinds, string(a.Kind))
	}
	slices.Sort(kinds)
	return strings.Join(slices.Compact(kinds), " ")
}
