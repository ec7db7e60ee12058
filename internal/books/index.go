package books

import (
	"context"
	"slices"
	"strings"
	"sync"

	"galla/internal/money"
	"galla/state"
)

// index holds what a search looks at of the newest sales, so that a month of them is searched in memory. The first search
// reads them all once; each later one reads only what changed since.
type index struct {
	till Till

	mu   sync.Mutex
	rows []*row // oldest first
	byID map[string]*row
	seq  uint64 // everything up to here is in it
}

// row is what a search looks at of one sale: some 300 bytes.
type row struct {
	id      string
	number  int
	day     string
	at      int64 // opened, unix seconds
	took    int64 // from opening to paid, ms
	phase   state.Phase
	reason  state.CloseReason
	upi     int8          // what it says of UPI: 1 it worked, -1 it failed, 0 nothing
	amounts []money.Paise // the sale's, and those of its payments where they differ
	rrns    string
	text    string // bill number and note, folded
	note    int    // where in text the note begins
}

// indexMost bounds the index to some 18 MB: two months of a busy shop. Older sales are found by their day, through export.
const (
	indexMost = 60_000
	pageSize  = 1000 // sales read at a time
	// recentMost is more than an hour of a counter ever has: one sale a second.
	recentMost = 3600
)

func newRow(s state.Sale) *row {
	r := &row{id: s.ID, number: s.Number, day: s.Day, at: s.OpenedAt.Unix(), phase: s.Phase, amounts: []money.Paise{s.Amount}}
	if s.Phase == state.PhaseClosed && s.Closing != nil {
		r.reason = s.Closing.Reason
	}
	r.upi = saysOfUPI(&s)
	if s.Phase == state.PhasePaid {
		r.took = s.PaidAt.Sub(s.OpenedAt).Milliseconds()
	}
	for _, p := range s.Payments {
		if !slices.Contains(r.amounts, p.Amount) {
			r.amounts = append(r.amounts, p.Amount)
		}
		if p.RRN != "" {
			r.rrns += p.RRN + " "
		}
	}
	r.text = Fold(s.Reference) + "\n" + Fold(s.Note)
	r.note = len(Fold(s.Reference))
	return r
}

// warm reads the index in good time, so that nobody waits at the first search. An error shows again there.
func (x *index) warm(ctx context.Context) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.readOn(ctx); err != nil {
		x.byID = nil
	}
}

// readOn brings the index up to date. The caller holds mu.
func (x *index) readOn(ctx context.Context) error {
	if x.byID == nil {
		return x.readAll(ctx)
	}
	for {
		page, err := x.till.Sales(ctx, state.Query{Since: x.seq, Limit: pageSize})
		if err != nil || len(page) == 0 {
			return err
		}
		fresh := len(x.rows)
		for _, s := range page {
			r := newRow(s)
			if old := x.byID[s.ID]; old != nil {
				*old = *r
			} else {
				x.rows, x.byID[s.ID] = append(x.rows, r), r
			}
			x.seq = max(x.seq, s.Seq)
		}
		// By change is not by age: two new sales may come in either order.
		slices.SortFunc(x.rows[fresh:], func(a, b *row) int { return strings.Compare(a.id, b.id) })
		for len(x.rows) > indexMost+pageSize {
			for _, r := range x.rows[:pageSize] {
				delete(x.byID, r.id)
			}
			x.rows = slices.Clone(x.rows[pageSize:])
		}
	}
}

func (x *index) readAll(ctx context.Context) error {
	seq, err := x.till.Seq() // before the read: what changes meanwhile is read again
	if err != nil {
		return err
	}
	byID, rows := map[string]*row{}, []*row(nil)
	for before := ""; len(rows) < indexMost; {
		page, err := x.till.Sales(ctx, state.Query{Limit: pageSize, Before: before})
		if err != nil {
			return err
		}
		for _, s := range page {
			r := newRow(s)
			rows, byID[s.ID] = append(rows, r), r
		}
		if len(page) < pageSize {
			break
		}
		before = page[len(page)-1].ID
	}
	slices.Reverse(rows)
	if seq > 0 { // an empty till has no "since"
		x.rows, x.byID, x.seq = rows, byID, seq
	}
	return nil
}

// recent returns the sales opened at or after a moment, newest first. ok is false while the index is being read: nobody who
// asks how the counter is waits for that.
func (x *index) recent(ctx context.Context, since int64) (rows []*row, ok bool, err error) {
	if !x.mu.TryLock() {
		return nil, false, nil
	}
	defer x.mu.Unlock()
	if x.byID == nil {
		return nil, false, nil
	}
	if err := x.readOn(ctx); err != nil {
		return nil, false, err
	}
	for _, r := range slices.Backward(x.rows[max(0, len(x.rows)-recentMost):]) {
		if r.at >= since { // a clock that was set back doesn't end the search
			copied := *r // the index changes it
			rows = append(rows, &copied)
		}
	}
	return rows, true, nil
}

// find returns the ids of the newest sales that are looked for, older than before.
func (x *index) find(ctx context.Context, q Search, before string, limit int) ([]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.readOn(ctx); err != nil {
		return nil, err
	}
	var out []string
	for _, r := range slices.Backward(x.rows) {
		if (before == "" || r.id < before) && q.finds(r) { // ids rise with the order of opening
			if out = append(out, r.id); len(out) == limit {
				break
			}
		}
	}
	return out, nil
}
