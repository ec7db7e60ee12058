package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// shop is a till, its sales and the history of them.
type shop struct {
	t    *testing.T
	till *countertest.Till
	find *History
}

func newShop(t *testing.T) *shop {
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	clock := func() time.Time { at = at.Add(time.Second); return at }
	s := &shop{t: t, till: countertest.New()}
	s.till.Now = clock
	s.find = &History{Till: s.till, Now: clock}
	return s
}

func (s *shop) open(amount money.Paise) {
	s.t.Helper()
	seq, err := s.till.Seq()
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.till.Open(s.t.Context(), till.OpenRequest{Key: fmt.Sprint("k", seq), Amount: amount,
		By: "test"}); err != nil {
		s.t.Fatal(err)
	}
}

// day plays a business day: paid, cancelled with late money, paid twice, paid less and accepted, paid otherwise, open.
func (s *shop) day() {
	s.t.Helper()
	for _, amount := range []money.Paise{25000, 10000, 5000, 7000, 300, 999} {
		s.open(amount)
	}
	cancel := func(id string, why state.CloseReason) {
		s.t.Helper()
		c := till.CancelRequest{Key: "c" + id, SaleID: id, Reason: why, By: "test"}
		if _, err := s.till.Cancel(s.t.Context(), c); err != nil {
			s.t.Fatal(err)
		}
	}
	s.till.Pay("S000001", 0)
	cancel("S000002", state.CloseCancelled)
	s.till.Pay("S000002", 0)
	s.till.Pay("S000003", 0)
	s.till.Pay("S000003", 0)
	s.till.Pay("S000004", 6000)
	r := till.ResolveRequest{Key: "r4", SaleID: "S000004", Action: state.ActionAccept, By: "test"}
	if _, err := s.till.Resolve(s.t.Context(), r); err != nil {
		s.t.Fatal(err)
	}
	cancel("S000005", state.CloseOtherTender)
}

// TestFind: each part of a search alone and with others, of sales that were there and of those that came or changed
// since.
func TestFind(t *testing.T) {
	b := newShop(t)
	b.day()
	if _, err := b.till.Open(t.Context(), till.OpenRequest{Key: "new", Amount: 77_77,
		Reference: "BILL-7", Note: "Two Teas"}); err != nil {
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
		got, err := b.find.Find(t.Context(), c.q, "", 50)
		if err != nil || got.Next != "" || short(got.Sales) != c.want {
			t.Errorf("%s: %q, want %q, %v", what, short(got.Sales), c.want, err)
		}
		var one []state.Sale // page by page, each once
		for cursor := ""; ; {
			page, err := b.find.Find(t.Context(), c.q, cursor, 1)
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
	if got, err := b.find.Find(t.Context(), Search{Phase: state.PhasePaid}, "S000004", 1); err != nil ||
		short(got.Sales) != "3" {
		t.Errorf("the page after sale 4: %v, %v", short(got.Sales), err)
	}
	for _, cursor := range []string{"read.yesterday", "read.S 1", "S000099", "read.S000099", "nonsense!", "S1' OR 1",
		strings.Repeat("S", 41)} {
		var unread *CursorError
		if _, err := b.find.Find(t.Context(), Search{Text: "x"}, cursor, 1); !errors.As(err, &unread) {
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

// TestBooks_2 (books.md 2): what is older than any bound of reading is found by each of its keys at once; a search by
// part of a text says how far it looked, and goes on to the end.
func TestBooks_2(t *testing.T) {
	b := newShop(t)
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
		b.open(100)
	}
	for what, q := range map[string]Search{
		"amount":    {Exact: 77_77},
		"by text":   {Text: "77.77", Amount: 77_77},
		"RRN":       {RRN: old.Payments[0].RRN},
		"payment":   {Text: old.Payments[0].ID},
		"reference": {Reference: "Bill-7"},
		"name":      {Text: "1122-1"},
		"id":        {Text: old.ID},
	} {
		got, err := b.find.Find(t.Context(), q, "", 1)
		if err != nil || short(got.Sales) != "1" || got.Looked != 0 {
			t.Errorf("%s: %q after looking at %d: %v", what, short(got.Sales), got.Looked, err)
		}
	}

	pages, looked, cursor := 0, 0, ""
	for {
		got, err := b.find.Find(t.Context(), Search{Text: "wo tea"}, cursor, 50)
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
	if _, err := b.find.Find(ctx, Search{Text: "wo tea"}, "", 50); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for it: %v", err)
	}
}
