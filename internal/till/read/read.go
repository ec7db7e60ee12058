package read

import (
	"context"
	"fmt"

	"galla/internal/till/request"
	"galla/state"
)

// Store keeps the sales. Its methods may run beside a commit.
type Store interface {
	Seq() (uint64, error)
	Sale(id string) (sale state.Sale, found bool, err error)
	Sales(state.Query) ([]state.Sale, error)
	Events(since uint64, limit int) ([]state.Event, error)
	Find(f state.Field, value, before string, limit int) ([]state.Sale, error) // newest first, over the whole history
	// business days that have sales, newest first
	Days(from, to string) ([]string, error)
}

// Reader reads what is on disk. Its methods are safe for concurrent use.
type Reader struct{ store Store }

// From reads from a store.
func From(s Store) Reader { return Reader{s} }

// AtOnce is how many events are read between two looks at the caller's context.
const AtOnce = 500

// Sale reads one sale as it is on disk; state.ErrNoSale if there is none.
func (r Reader) Sale(ctx context.Context, id string) (state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return state.Sale{}, err
	}
	s, found, err := r.store.Sale(id)
	if err == nil && !found {
		err = fmt.Errorf("%w: %.40q", state.ErrNoSale, id)
	}
	return s, err
}

// Find lists the sales that have a value exactly, newest first, over the whole history: those opened before the sale
// before ("": from the newest on), at most limit.
func (r Reader) Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.store.Find(f, value, before, limit)
}

// Sales lists sales by a query, at most 1,000 at a time.
func (r Reader) Sales(ctx context.Context, q state.Query) ([]state.Sale, error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 0 || q.Limit > 1000 {
		return nil, &request.Error{Field: "limit", Why: fmt.Sprintf("limit is %d: give 1 to 1000", q.Limit)}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.store.Sales(q)
}

// Days lists the business days that have sales, newest first, from from to to; an empty end is open.
func (r Reader) Days(ctx context.Context, from, to string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.store.Days(from, to)
}

// Events reads up to limit events after since, in order. It stops, with ctx's error and no events, when ctx ends.
func (r Reader) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	var events []state.Event
	for len(events) < limit {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		wanted := min(limit-len(events), AtOnce)
		page, err := r.store.Events(since, wanted)
		if err != nil {
			return nil, err
		}
		events = append(events, page...)
		if len(page) < wanted {
			break
		}
		since = page[len(page)-1].Seq
	}
	return events, nil
}

// Seq is the newest event's number, as the store has it: right from the moment the store is open, before Run too.
func (r Reader) Seq() (uint64, error) { return r.store.Seq() }
