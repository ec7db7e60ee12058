package rig

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/history"
	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// look is a search and a judge of its own, which knows nothing of indexes, JSON or pages.
type look struct {
	q    history.Search
	fits func(s state.Sale) bool
	// stays says that a sale that fits goes on to: commits beside the search make no difference
	stays bool
}

// looks draws searches for what traffic makes.
func looks(r *rand.Rand, newest state.Sale) []look {
	part := fmt.Sprint("ill-", 1+r.IntN(30))
	digits := fmt.Sprint(4000 + r.IntN(100))
	rrn := func(s state.Sale, part string) bool {
		return slices.ContainsFunc(s.Payments, func(p state.Payment) bool { return strings.Contains(p.RRN, part) }) ||
			slices.ContainsFunc(s.Refunds, func(r state.Refund) bool { return strings.Contains(r.RRN, part) })
	}
	// The days of the traffic run ahead of its clock: moments are looked for on the first one.
	from := time.Date(2026, 11, 22, 4, 0, r.IntN(600), 0, time.UTC).Unix()
	until := from + int64(r.IntN(600))
	return []look{
		{history.Search{Text: "nothing at all"}, func(state.Sale) bool { return false }, true},
		{history.Search{Text: part}, func(s state.Sale) bool {
			return strings.Contains(strings.ToLower(s.Reference), part)
		}, true},
		{history.Search{RRN: digits}, func(s state.Sale) bool { return rrn(s, digits) }, true},
		{history.Search{Text: digits}, func(s state.Sale) bool {
			return rrn(s, digits) || strings.Contains(s.Reference, digits)
		}, true},
		{history.Search{Since: from, Until: until}, func(s state.Sale) bool {
			return s.Day == "2026-11-22" && s.OpenedAt.Unix() >= from && s.OpenedAt.Unix() <= until
		}, true},
		{history.Search{From: newest.Day, Text: part}, func(s state.Sale) bool {
			return s.Day >= newest.Day && strings.Contains(strings.ToLower(s.Reference), part)
		}, true},
		{history.Search{Phase: state.PhasePaid}, func(s state.Sale) bool { return s.Phase == state.PhasePaid }, false},
		{history.Search{To: newest.Day, Reason: state.CloseExpired}, func(s state.Sale) bool {
			return s.Day <= newest.Day && s.Phase == state.PhaseClosed && s.Closing.Reason == state.CloseExpired
		}, false},
	}
}

// TestHistoryIsAPlainScan: searches of the real store find what a scan of all sales finds: exactly while nothing
// happens, and beside commits, refunds and pruning whatever was there before and after.
func TestHistoryIsAPlainScan(t *testing.T) {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	tr := statetest.NewTraffic(7, 12, 25)
	h := &history.History{Till: &archive{store: store}, Now: func() time.Time { return time.Unix(1_795_000_000, 0) }}
	all := func() (ids map[string]state.Sale, newest state.Sale) {
		list, err := store.Sales(state.Query{Limit: 1 << 20})
		if err != nil || len(list) == 0 {
			t.Fatal(len(list), err)
		}
		ids = map[string]state.Sale{}
		for _, s := range list {
			ids[s.ID] = s
		}
		return ids, list[0]
	}
	find := func(q history.Search, limit int) (ids []string, err error) {
		for cursor := ""; ; {
			found, err := h.Find(t.Context(), q, cursor, limit)
			if err != nil {
				return nil, err
			}
			for _, s := range found.Sales {
				if slices.Contains(ids, s.ID) {
					t.Errorf("%+v: sale %s comes twice", q, s.ID)
				}
				ids = append(ids, s.ID)
			}
			if cursor = found.Next; cursor == "" {
				return ids, nil
			}
		}
	}

	r := rand.New(rand.NewPCG(3, 3))
	found, pruned := 0, 0
	for round := range 8 {
		for range 200 {
			if err := store.Commit(tr.Next()); err != nil {
				t.Fatal(err)
			}
		}
		var writer sync.WaitGroup
		writer.Go(func() {
			for range 150 {
				if err := store.Commit(tr.Next()); err != nil {
					t.Error(err)
					return
				}
			}
			n, err := store.Prune(boltstore.Retention{Before: "2027-12-31", Keep: 60, Max: 3 + round})
			if err != nil {
				t.Error(err)
			}
			pruned += n
		})
		before, newest := all()
		for _, l := range looks(r, newest) {
			if !l.stays {
				continue
			}
			got, err := find(l.q, 1000) // one page: a cursor's sale may be pruned
			if err != nil {
				t.Fatalf("%+v: %v", l.q, err)
			}
			after, _ := all()
			for id, s := range before {
				if _, is := after[id]; is && l.fits(s) && !slices.Contains(got, id) {
					t.Errorf("%+v beside commits: sale %s is missing", l.q, id)
				}
			}
			for _, id := range got {
				if !l.fits(before[id]) && !l.fits(after[id]) {
					t.Errorf("%+v beside commits: sale %s is none of them", l.q, id)
				}
			}
			before = after
		}
		writer.Wait()

		now, newest := all()
		for _, l := range looks(r, newest) {
			got, err := find(l.q, 1+r.IntN(40))
			var want []string
			for id, s := range now {
				if l.fits(s) {
					want = append(want, id)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%+v: found %d sales, %v; a scan finds %d", l.q, len(got), err, len(want))
			}
			found += len(got)
		}
	}
	if found < 300 || pruned == 0 {
		t.Errorf("%d sales were found, %d pruned: the test shows little", found, pruned)
	}
}
