package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
)

// row names a row of a branch; a day's branch is 0.
type row struct {
	terminal string
	branch   int
	id       string
}

// held is a row as this transaction last read or wrote it. Rows of locked terminals have no other writer.
type held[T any] struct {
	v     T
	found bool
	dirty bool // flush has not written it
}

// stored is a segment that flush has not written.
type stored struct {
	from, last uint64
	received   time.Time
	raw        []byte
}

// place names a branch.
type place struct {
	terminal string
	n        int
}

// tx is one transaction: rows that were read or written, by key.
type tx struct {
	ctx    context.Context
	sql    pgx.Tx
	locked map[string]bool

	terminals  map[string]*held[office.Terminal]
	branches   map[place]bool // that flush has not written
	segments   map[place][]stored
	sales      map[row]*held[office.Sale]
	operations map[row]*held[state.Operation]
	payments   map[[2]string]*held[office.Payment]
	refunds    map[[2]string]*held[office.Refund]
	days       map[row]*held[office.Day]
	zs         map[row]*held[office.Z] // id is the operation
	findings   map[note]*found
	order      []note      // of findings, as they were found
	claims     map[int]int // how many rows a statement of flush has to touch, by its place
	waiting    int         // rows and segments for flush

	// The sales and operations that were written since a terminal was forgotten: what is not among them is not there,
	// and nobody has to ask.
	forgotten map[string]map[row]bool
	ahead     ahead
}

// ahead are stored segments of one branch that follow each other: who reads a chain reads on.
type ahead struct {
	of  place
	all []stored
}

// aheadMost is how many segments are read at once; of the size that boxes send, half a megabyte.
const aheadMost = 16

// most is how many rows wait for flush at most: to make a terminal's rows again takes no more memory than a batch.
const most = 20_000

func newTx(ctx context.Context, sql pgx.Tx) *tx {
	t := &tx{ctx: ctx, sql: sql, locked: map[string]bool{}, forgotten: map[string]map[row]bool{}}
	t.empty()
	return t
}

// empty forgets what is in memory.
func (t *tx) empty() {
	t.terminals = map[string]*held[office.Terminal]{}
	t.branches = map[place]bool{}
	t.segments = map[place][]stored{}
	t.sales = map[row]*held[office.Sale]{}
	t.operations = map[row]*held[state.Operation]{}
	t.payments = map[[2]string]*held[office.Payment]{}
	t.refunds = map[[2]string]*held[office.Refund]{}
	t.days = map[row]*held[office.Day]{}
	t.zs = map[row]*held[office.Z]{}
	t.findings, t.order = map[note]*found{}, nil
	t.claims = map[int]int{}
	t.waiting = 0
}

// lock locks terminals in the order of their ids, and reads them.
func (t *tx) lock(ids []string) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = text(id)
		t.locked[id] = true
	}
	// C: the order of bytes, whatever the database sorts by.
	_, err := t.sql.Exec(t.ctx, `SELECT FROM terminal WHERE id = ANY($1) ORDER BY id COLLATE "C" FOR UPDATE`, names)
	if err != nil {
		return fmt.Errorf("terminals can't be locked: %w", err)
	}
	// A statement of its own: one that waits for a lock reads other tables as they were before it waited.
	return t.readTerminals(ids, names)
}

func (t *tx) readTerminals(ids, names []string) error {
	for _, id := range ids {
		t.terminals[id] = &held[office.Terminal]{}
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT id, key, left_at, replaces, n, parent, from_seq, base, seq, hash
		FROM terminal LEFT JOIN branch ON terminal = id WHERE id = ANY($1) ORDER BY id, n`, names)
	if err != nil {
		return err
	}
	var (
		id, replaces     string
		key, base, hash  []byte
		left             pgtype.Timestamptz
		n, parent        *int
		fromSeq, headSeq *uint64
		columns          = []any{&id, &key, &left, &replaces, &n, &parent, &fromSeq, &base, &headSeq, &hash}
	)
	_, err = pgx.ForEachRow(rows, columns, func() error {
		h := t.terminals[plain(id)]
		if h == nil {
			return fmt.Errorf("terminal %q was not asked for", id)
		}
		if !h.found {
			h.v, h.found = office.Terminal{
				ID:       plain(id),
				Key:      key,
				LeftAt:   when(left),
				Replaces: plain(replaces),
			}, true
		}
		if n == nil {
			return nil
		}
		if *n != len(h.v.Branches) || len(base) != len(chain.Hash{}) || len(hash) != len(chain.Hash{}) {
			return fmt.Errorf("branch %d of terminal %s is damaged: restore the database", *n, id)
		}
		h.v.Branches = append(h.v.Branches, segment.Branch{
			N:      *n,
			Parent: *parent,
			From:   *fromSeq,
			Base:   chain.Hash(base),
			Head:   *headSeq,
			Hash:   chain.Hash(hash),
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("terminals can't be read: %w", err)
	}
	return nil
}

// Terminal is office.Tx's.
func (t *tx) Terminal(id string) (office.Terminal, bool, error) {
	if t.terminals[id] == nil {
		if err := t.readTerminals([]string{id}, []string{text(id)}); err != nil {
			return office.Terminal{}, false, err
		}
	}
	h := t.terminals[id]
	is := h.v
	is.Branches = slices.Clone(is.Branches)
	return is, h.found, nil
}

// Segment is office.Tx's.
func (t *tx) Segment(terminal string, branch int, seq uint64) (g segment.Segment, found bool, err error) {
	for _, s := range t.segments[place{terminal, branch}] {
		if s.from < seq && seq <= s.last {
			g, err = segment.Parse(s.raw)
			return g, err == nil, err
		}
	}
	s, found, err := t.stored(place{terminal, branch}, seq)
	if err == nil && found {
		g, err = segment.Parse(s.raw)
	}
	if err != nil {
		return g, false, fmt.Errorf("the segment of place %d, branch %d, terminal %s: %w", seq, branch, terminal, err)
	}
	return g, found, nil
}

// stored reads a segment, and those behind it where the one before was read last.
func (t *tx) stored(of place, seq uint64) (stored, bool, error) {
	limit := 1
	if n := len(t.ahead.all); n > 0 && t.ahead.of == of {
		for _, s := range t.ahead.all {
			if s.from < seq && seq <= s.last {
				return s, true, nil
			}
		}
		if seq == t.ahead.all[n-1].last+1 {
			limit = aheadMost
		}
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT from_seq, last, raw FROM segment
		WHERE terminal = $1 AND branch = $2 AND last >= $3 ORDER BY last LIMIT $4`,
		text(of.terminal), of.n, int64(min(seq, office.MaxSeq)), limit)
	if err != nil {
		return stored{}, false, err
	}
	t.ahead = ahead{of: of}
	var s stored
	_, err = pgx.ForEachRow(rows, []any{&s.from, &s.last, &s.raw}, func() error {
		t.ahead.all = append(t.ahead.all, stored{from: s.from, last: s.last, raw: s.raw})
		return nil
	})
	if err != nil || len(t.ahead.all) == 0 || seq <= t.ahead.all[0].from {
		return stored{}, false, err
	}
	return t.ahead.all[0], true, nil
}

// absent says that a sale or operation is certainly not there.
func (t *tx) absent(key row) bool {
	written, forgotten := t.forgotten[key.terminal]
	return forgotten && !written[key]
}

// wrote notes that a sale or operation is there.
func (t *tx) wrote(key row) {
	if written := t.forgotten[key.terminal]; written != nil {
		written[key] = true
	}
}

// read is a row of a table, from memory or by ask, which gets what the statement finds.
func read[K comparable, T any](
	t *tx,
	table map[K]*held[T],
	key K,
	ask func(v *T) error,
) (v T, found bool, err error) {
	if h := table[key]; h != nil {
		return h.v, h.found, nil
	}
	h := &held[T]{}
	switch err := ask(&h.v); {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return v, false, fmt.Errorf("row %.200q can't be read: %w", fmt.Sprint(key), err)
	default:
		h.found = true
	}
	table[key] = h
	return h.v, h.found, nil
}

// Sale is office.Tx's.
func (t *tx) Sale(terminal string, branch int, id string) (office.Sale, bool, error) {
	return read(t, t.sales, row{terminal, branch, id}, func(s *office.Sale) error {
		return t.body(s, "SELECT body FROM sale WHERE terminal = $1 AND branch = $2 AND id = $3", terminal, branch, id)
	})
}

// Operation is office.Tx's.
func (t *tx) Operation(terminal string, branch int, id string) (state.Operation, bool, error) {
	return read(t, t.operations, row{terminal, branch, id}, func(o *state.Operation) error {
		return t.body(o, "SELECT body FROM operation WHERE terminal = $1 AND branch = $2 AND id = $3",
			terminal, branch, id)
	})
}

func (t *tx) body(into any, sql, terminal string, branch int, id string) error {
	if t.absent(row{terminal, branch, id}) {
		return pgx.ErrNoRows
	}
	var raw []byte
	err := t.sql.QueryRow(t.ctx, sql, text(terminal), branch, text(id)).Scan(&raw)
	if err != nil {
		return err
	}
	return unpack(raw, into)
}

// Payment is office.Tx's.
func (t *tx) Payment(gateway, id string) (office.Payment, bool, error) {
	return read(t, t.payments, [2]string{gateway, id}, func(p *office.Payment) error {
		var captured pgtype.Timestamptz
		err := t.sql.QueryRow(t.ctx, lookPayment+"gateway = $1 AND id = $2", text(gateway), text(id)).
			Scan(paymentInto(p, &captured)...)
		*p = plainPayment(*p, captured)
		return err
	})
}

// Day is office.Tx's.
func (t *tx) Day(terminal, day string) (office.Day, bool, error) {
	return read(t, t.days, row{terminal, 0, day}, func(d *office.Day) error {
		d.Terminal, d.Day = terminal, day
		into, done := dayInto(d)
		err := t.sql.QueryRow(t.ctx, "SELECT "+dayColumns+" FROM day WHERE terminal = $1 AND day = $2",
			text(terminal), text(day)).Scan(into...)
		if err != nil {
			return err
		}
		return done()
	})
}
