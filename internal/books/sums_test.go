package books

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
)

// rows are Totals in memory: a write is whole or nothing.
type rows struct {
	all    map[string][]byte
	fail   error
	writes int
}

func (r *rows) Read(show func(string, []byte) error) error {
	for _, name := range slices.Sorted(maps.Keys(r.all)) {
		if err := show(name, r.all[name]); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) Write(rows map[string][]byte) error {
	if r.writes++; r.fail != nil {
		return r.fail
	}
	next := maps.Clone(r.all)
	if next == nil {
		next = map[string][]byte{}
	}
	for name, value := range rows {
		if value == nil {
			delete(next, name)
		} else {
			next[name] = slices.Clone(value)
		}
	}
	r.all = next
	return nil
}

// TestBooks_1: the first X after a start reads the events behind the sums that were kept, and no others; where the sums
// are of other terms, can't be read or could not be written, it reads them all and says the same.
func TestBooks_1(t *testing.T) {
	b := newBench(t)
	for i := range 40 {
		b.till.Pay(open(t, b.till, money.Paise(100+i)), 0)
	}
	kept := &rows{}
	start := func(change func()) (since uint64, r Report) {
		t.Helper()
		first := &firstTill{Till: b.till}
		b.restart(t, first)
		b.o.Totals, b.rest = kept, 1
		if change != nil {
			change()
		}
		r = b.x(t)
		return first.since, r
	}

	if since, _ := start(nil); since != 0 {
		t.Fatalf("the first X read from %d", since)
	}
	seq, err := b.till.Seq()
	if err != nil {
		t.Fatal(err)
	}
	b.till.Pay(open(t, b.till, 5), 0)
	since, want := start(nil)
	if since != seq || want.Paid.Count != 41 {
		t.Errorf("read from %d, want %d: %+v", since, seq, want.Paid)
	}

	for name, change := range map[string]func(){
		"another cut of the day": func() { b.o.Cut = 1 },
		"a row is gone":          func() { kept.all = maps.Clone(kept.all); delete(kept.all, "day/2026-11-22") },
		"a row can't be read":    func() { kept.all = maps.Clone(kept.all); kept.all["day/2026-11-22"] = []byte("{") },
		"of another form":        func() { kept.all = maps.Clone(kept.all); kept.all["head"] = []byte(`{"form":0}`) },
	} {
		before := kept.all
		since, r := start(change)
		if since != 0 || r.Paid != want.Paid || r.NetPaise != want.NetPaise {
			t.Errorf("%s: read from %d: %+v", name, since, r)
		}
		kept.all = before
	}

	kept.fail = errors.New("no room")
	b.till.Pay(open(t, b.till, 6), 0)
	if _, r := start(nil); r.Paid.Count != 42 {
		t.Errorf("%+v", r.Paid)
	}
	kept.fail = nil
	if _, r := start(nil); r.Paid.Count != 42 {
		t.Errorf("%+v", r.Paid)
	}

	if _, err := b.Close(t.Context(), "", "z", "m", ""); err != nil {
		t.Fatal(err)
	}
	b.till.Pay(open(t, b.till, 7), 0)
	if _, r := start(nil); r.UPI != (Line{1, 7}) || r.ClosedBy != 1 { // what a Z holds is in no sum
		t.Errorf("%+v", r)
	}
	if got := fmt.Sprint(slices.Sorted(maps.Keys(kept.all))); got != "[day/2026-11-22 head]" {
		t.Error(got)
	}
}

// firstTill notes from where events were first asked for.
type firstTill struct {
	Till
	asked bool
	since uint64
}

func (f *firstTill) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	if !f.asked {
		f.asked, f.since = true, since
	}
	return f.Till.Events(ctx, since, limit)
}

// TestQuotedMayEnd: an order that has no QR to show ends its sale as failed, by attempt.quoted and no other event of
// that moment. The stream must read the sale for it.
func TestQuotedMayEnd(t *testing.T) {
	s, err := state.Sale{}, error(nil)
	at := time.Date(2026, 11, 29, 5, 0, 0, 0, time.UTC)
	for i, e := range []state.Event{
		{Kind: state.EventOpened, By: "cashier:asha", Opened: &state.Opened{Number: 1, Day: "2026-11-29", Amount: 1999,
			Route: []string{"enkash"}, Life: time.Minute, Rules: state.Rules}},
		{Kind: state.EventAttemptAsked, Attempt: "A1", Gateway: "enkash"},
		{Kind: state.EventAttemptQuoted, Attempt: "A1",
			Problem: &state.Problem{Text: "no QR"}, Quote: &state.Quote{OrderID: "O1"}},
	} {
		e.SaleID, e.Seq, e.At = "S1", uint64(i+1), at.Add(time.Duration(i)*time.Second)
		before := s.Phase
		if s, _, err = state.Apply(s, e); err != nil {
			t.Fatal(err)
		}
		if before != s.Phase && s.Phase.Final() && !tells(&e) {
			t.Errorf("%s brought the sale from %q to %q, and the books don't read it", e.Kind, before, s.Phase)
		}
	}
	if s.Phase != state.PhaseClosed {
		t.Errorf("the sale is %q", s.Phase)
	}
}
