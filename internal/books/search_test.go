package books

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// TestFind: each part of a search alone and with others, of sales that were there and of those that came or changed since.
func TestFind(t *testing.T) {
	b := newBench(t)
	b.day(t)
	b.Warm(t.Context())
	if _, err := b.till.Open(t.Context(), till.OpenRequest{Key: "new", Amount: 77_77, Reference: "BILL-7", Note: "Two Teas"}); err != nil {
		t.Fatal(err)
	}
	first, err := b.till.Sale(t.Context(), "S000001")
	if err != nil {
		t.Fatal(err)
	}
	rrn, at := first.Payments[0].RRN, first.OpenedAt.Unix()
	b.till.Pay("S000006", 12_34) // after the index was read, another amount than the sale's
	for what, c := range map[string]struct {
		q    Search
		want string
	}{
		"a note":              {Search{Text: Fold(" two TEAS ")}, "7"},
		"a bill":              {Search{Reference: "bill-7"}, "7"},
		"a note is no bill":   {Search{Reference: "two"}, ""},
		"an amount":           {Search{Exact: 250_00}, "1"},
		"that of a payment":   {Search{Exact: 12_34}, "6"},
		"a number by text":    {Search{Text: "3", Number: 3}, "3"},
		"an amount by text":   {Search{Text: "50.00", Amount: 50_00}, "3"},
		"an RRN":              {Search{RRN: rrn}, "1"},
		"part of it, by text": {Search{Text: rrn[6:]}, "1"},
		"an id":               {Search{Text: "s000002"}, "2"},
		"a reason":            {Search{Reason: state.CloseOtherTender}, "5"},
		"a phase":             {Search{Phase: state.PhasePaid}, "6 4 3 1"},
		"both must fit":       {Search{Phase: state.PhasePaid, Exact: 50_00}, "3"},
		"until a moment":      {Search{Until: at}, "1"},
		"another day":         {Search{From: "2026-11-23"}, ""},
		"the day":             {Search{From: "2026-11-22", To: "2026-11-22"}, "7 6 5 4 3 2 1"},
	} {
		ids, err := b.Find(t.Context(), c.q, "", 50)
		for i, id := range ids {
			ids[i] = strings.TrimLeft(id, "S0")
		}
		if got := strings.Join(ids, " "); err != nil || got != c.want {
			t.Errorf("%s: %q, want %q, %v", what, got, c.want, err)
		}
		if c.q.Empty() {
			t.Errorf("%s: nothing is looked for", what)
		}
	}
	if ids, err := b.Find(t.Context(), Search{Phase: state.PhasePaid}, "S000004", 1); err != nil || !slices.Equal(ids, []string{"S000003"}) {
		t.Errorf("the page after sale 4: %v, %v", ids, err)
	}
}

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

// TestExportPages: pages come newest first and whole; an error of the till, or of who takes the pages, ends it and is told.
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

// TestExportEndsAtOlderDays: many sales in a row of earlier days are the end, a few are not.
func TestExportEndsAtOlderDays(t *testing.T) {
	b := newBench(t)
	at := time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC)
	b.till.Now = func() time.Time { return at }
	for range exportPast {
		open(t, b.till, 100)
	}
	at = at.AddDate(0, 0, 1)
	want := open(t, b.till, 200)
	at = at.AddDate(0, 0, -1)
	for range exportPast - 1 {
		open(t, b.till, 100)
	}
	for _, older := range []bool{false, true} {
		var ids []string
		if older {
			open(t, b.till, 100) // now there are enough of them
		}
		if err := b.Export(t.Context(), "2026-11-02", "", func(page []state.Sale) error {
			for _, s := range page {
				ids = append(ids, s.ID)
			}
			return nil
		}); err != nil || older && len(ids) != 0 || !older && !slices.Equal(ids, []string{want}) {
			t.Errorf("enough older ones %v: %v, %v", older, ids, err)
		}
	}
}
