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

// TestFind: each part of a search alone and with others, of sales that were there and of those that came or changed
// since.
func TestFind(t *testing.T) {
	b := newBench(t)
	b.day(t)
	if _, err := b.till.Open(t.Context(), till.OpenRequest{Key: "new", Amount: 77_77, Reference: "BILL-7", Note: "Two Teas"}); err != nil {
		t.Fatal(err)
	}
	first, err := b.till.Sale(t.Context(), "S000001")
	if err != nil {
		t.Fatal(err)
	}
	rrn, at := first.Payments[0].RRN, first.OpenedAt.Unix()
	b.till.Pay("S000006", 12_34) // another amount than the sale's
	for what, c := range map[string]struct {
		q    Search
		want string
	}{
		"a note":              {Search{Text: "two TEAS"}, "7"},
		"a bill":              {Search{Reference: "BILL-7"}, "7"},
		"a bill is exact":     {Search{Reference: "bill-7"}, ""},
		"part of it is none":  {Search{Reference: "BILL"}, ""},
		"a bill with more":    {Search{Reference: "bill-7", Exact: 77_77}, "7"},
		"a note is no bill":   {Search{Reference: "two"}, ""},
		"an amount":           {Search{Exact: 250_00}, "1"},
		"that of a payment":   {Search{Exact: 12_34}, "6"},
		"a number by text":    {Search{Text: "3", Number: 3}, "3"},
		"an amount by text":   {Search{Text: "50.00", Amount: 50_00}, "3"},
		"an RRN":              {Search{RRN: rrn}, "1"},
		"part of it, by text": {Search{Text: rrn[6:]}, "1"},
		"an id":               {Search{Text: "s000002"}, "2"},
		"begin of an id":      {Search{Text: "s00000"}, "7 6 5 4 3 2 1"},
		"a whole RRN by text": {Search{Text: rrn}, "1"},
		"a payment's id":      {Search{Text: first.Payments[0].ID}, "1"},
		"an order's":          {Search{Text: first.Attempts[0].Ref}, "1"},
		"a name":              {Search{Text: "1122-3"}, "3"},
		"a name and year":     {Search{Text: "2026-11-22/3"}, "3"},
		"a name of no day":    {Search{Text: "1322-3"}, ""},
		"a bill by text":      {Search{Text: "bill-7"}, "7"},
		"part of a bill":      {Search{Text: "ill-"}, "7"},
		"a reason":            {Search{Reason: state.CloseOtherTender}, "5"},
		"a phase":             {Search{Phase: state.PhasePaid}, "6 4 3 1"},
		"both must fit":       {Search{Phase: state.PhasePaid, Exact: 50_00}, "3"},
		"until a moment":      {Search{Until: at}, "1"},
		"another day":         {Search{From: "2026-11-23"}, ""},
		"the day":             {Search{From: "2026-11-22", To: "2026-11-22"}, "7 6 5 4 3 2 1"},
	} {
		got, err := b.Find(t.Context(), c.q, "", 50)
		if err != nil || got.Next != "" || short(got.Sales) != c.want {
			t.Errorf("%s: %q, want %q, %v", what, short(got.Sales), c.want, err)
		}
		var one []state.Sale // page by page, each once
		for cursor := ""; ; {
			page, err := b.Find(t.Context(), c.q, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			one = append(one, page.Sales...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if short(one) != c.want {
			t.Errorf("%s, page by page: %q, want %q", what, short(one), c.want)
		}
		if c.q.Empty() {
			t.Errorf("%s: nothing is looked for", what)
		}
	}
	if got, err := b.Find(t.Context(), Search{Phase: state.PhasePaid}, "S000004", 1); err != nil || short(got.Sales) != "3" {
		t.Errorf("the page after sale 4: %v, %v", short(got.Sales), err)
	}
	for _, cursor := range []string{"read.yesterday", "read.S 1", "S000099", "read.S000099", "nonsense!", "S1' OR 1", strings.Repeat("S", 41)} {
		var unread *CursorError
		if _, err := b.Find(t.Context(), Search{Text: "x"}, cursor, 1); !errors.As(err, &unread) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

// short is the numbers of countertest's ids.
func short(sales []state.Sale) string {
	var ids []string
	for _, s := range sales {
		ids = append(ids, strings.TrimLeft(s.ID, "S0"))
	}
	return strings.Join(ids, " ")
}

// TestBooks_2: what is older than any bound of reading is found by each of its keys at once; a search by part of a text
// says how far it looked, and goes on to the end.
func TestBooks_2(t *testing.T) {
	b := newBench(t)
	old, err := b.till.Open(
		t.Context(),
		till.OpenRequest{Key: "old", Amount: 77_77, Reference: "Bill-7", Note: "Two Teas"},
	)
	if err != nil {
		t.Fatal(err)
	}
	b.till.Pay(old.ID, 0)
	old, _ = b.till.Sale(t.Context(), old.ID)
	for range 2*lookMost + 10 {
		open(t, b.till, 100)
	}
	c := &counted{Till: b.till}
	b.restart(t, c)
	for what, q := range map[string]Search{
		"amount":    {Exact: 77_77},
		"by text":   {Text: "77.77", Amount: 77_77},
		"RRN":       {RRN: old.Payments[0].RRN},
		"payment":   {Text: old.Payments[0].ID},
		"reference": {Reference: "Bill-7"},
		"name":      {Text: "1122-1"},
		"id":        {Text: old.ID},
	} {
		got, err := b.Find(t.Context(), q, "", 1)
		if err != nil || short(got.Sales) != "1" || got.Looked != 0 {
			t.Errorf("%s: %q after looking at %d: %v", what, short(got.Sales), got.Looked, err)
		}
	}

	pages, looked, cursor := 0, 0, ""
	for {
		got, err := b.Find(t.Context(), Search{Text: "wo tea"}, cursor, 50)
		if err != nil || got.Looked == 0 || got.Back != "2026-11-22" {
			t.Fatalf("page %d: %+v, %v", pages, got, err)
		}
		pages, looked, cursor = pages+1, looked+got.Looked, got.Next
		if cursor == "" {
			if short(got.Sales) != "1" || looked != 2*lookMost+11 || pages != 3 {
				t.Errorf("found %q after %d pages, %d sales", short(got.Sales), pages, looked)
			}
			break
		}
		if len(got.Sales) > 0 || got.Looked > lookMost {
			t.Errorf("page %d: %d sales after looking at %d", pages, len(got.Sales), got.Looked)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Find(ctx, Search{Text: "wo tea"}, "", 50); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for it: %v", err)
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
