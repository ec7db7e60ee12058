package books

import (
	"context"
	"sort"
	"time"

	"galla/internal/day"
	"galla/state"
)

// pageSize is how many sales are read at a time.
const pageSize = 1000

// dayBounds is when a business day begins and ends.
func dayBounds(business string, cut time.Duration) (from, to time.Time, err error) {
	from, err = day.Start(business, cut)
	return from, from.Add(24 * time.Hour), err
}

// lastBefore is the number of the last event before a moment, 0 if there is none, by halving the events: some twenty
// reads.
func lastBefore(ctx context.Context, t Till, at time.Time) (uint64, error) {
	newest, bad := t.Seq()
	n := sort.Search(int(newest), func(i int) bool {
		events, err := t.Events(ctx, uint64(i), 1)
		if err != nil {
			bad = err
		}
		return len(events) == 0 || !events[0].At.Before(at)
	})
	return uint64(n), bad
}

// changedSince shows every sale that changed at or after a moment, in the order of its last change. It trusts the
// events' times to find the place, and for nothing else: give a moment earlier than the one you mean.
func changedSince(ctx context.Context, t Till, at time.Time, show func(state.Sale)) error {
	seq, err := lastBefore(ctx, t, at)
	if err != nil {
		return err
	}
	if seq == 0 { // "since nothing" would mean the newest
		for before := ""; ; {
			page, err := t.Sales(ctx, state.Query{Limit: pageSize, Before: before})
			if err != nil {
				return err
			}
			for _, s := range page {
				show(s)
			}
			if len(page) < pageSize {
				return nil
			}
			before = page[len(page)-1].ID
		}
	}
	for {
		page, err := t.Sales(ctx, state.Query{Since: seq, Limit: pageSize})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, s := range page {
			show(s)
			seq = max(seq, s.Seq)
		}
	}
}
