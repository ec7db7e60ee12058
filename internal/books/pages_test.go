package books

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
)

// broken is a till that fails from some page of sales on.
type broken struct {
	Till
	good int
}

func (b *broken) Sales(ctx context.Context, q state.Query) ([]state.Sale, error) {
	if b.good--; b.good < 0 {
		return nil, errors.New("the disk is gone")
	}
	return b.Till.Sales(ctx, q)
}

// TestExportPages: pages come newest first and whole; an error of the till, or of who takes the pages, ends it and is
// told.
func TestExportPages(t *testing.T) {
	b := newBench(t)
	for i := range 1200 {
		open(t, b.till, money.Paise(100+i))
	}
	gone := errors.New("the client went away")
	for what, c := range map[string]struct {
		good, stop int // pages the till gives; the page at which who takes them is gone
		err        string
		sales      int
	}{
		"all":                  {9, 9, "", 1200},
		"the till at once":     {0, 9, "the disk is gone", 0},
		"the till in between":  {2, 9, "the disk is gone", 1000},
		"the client":           {9, 1, "the client went away", 500},
		"the client's at once": {9, 0, "the client went away", 0},
	} {
		b.restart(t, &broken{b.till, c.good})
		var ids []string
		pages := 0
		err := b.Export(t.Context(), "2026-11-22", "", func(page []state.Sale) error {
			if pages == c.stop {
				return gone
			}
			pages++
			for _, s := range page {
				ids = append(ids, s.ID)
			}
			return nil
		})
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) || len(ids) != c.sales ||
			!slices.IsSortedFunc(ids, func(x, y string) int { return strings.Compare(y, x) }) {
			t.Errorf("%s: %d sales, %v", what, len(ids), err)
		}
	}
}

// TestBooks_3: the export of an old month reads that month's sales, and no others.
func TestBooks_3(t *testing.T) {
	b := newBench(t)
	at := time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC)
	b.till.Now = func() time.Time { return at }
	for d := range 90 {
		at = time.Date(2026, 9, 1+d, 5, 0, 0, 0, time.UTC)
		for range 40 {
			open(t, b.till, 100)
		}
	}
	at = time.Date(2026, 9, 30, 5, 0, 0, 0, time.UTC) // a clock that went back: it is of its day
	late := open(t, b.till, 200)

	c := &counted{Till: b.till}
	b.restart(t, c)
	n, found := 0, false
	if err := b.Export(t.Context(), "2026-09-01", "2026-09-30", func(page []state.Sale) error {
		for _, s := range page {
			n++
			found = found || s.ID == late
			if s.Day < "2026-09-01" || s.Day > "2026-09-30" {
				t.Errorf("sale %s is of %s", s.ID, s.Day)
			}
		}
		return nil
	}); err != nil || n != 30*40+1 || !found || c.sales.Load() != int64(n) {
		t.Errorf("%d sales, %d were read, %v", n, c.sales.Load(), err)
	}
}
