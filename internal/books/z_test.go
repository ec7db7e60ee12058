package books

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galla/state"
)

// TestReportsAddUp: over a day cut by Z reports anywhere, the reports together say what one report would have said.
func TestReportsAddUp(t *testing.T) {
	whole := newBench(t)
	whole.day(t)
	want, err := whole.X(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if want.UPI.Count != 5 || want.UPI.Paise != 51000 || want.NetPaise != 50000 || want.Late.Paise != 10000 ||
		want.OtherTender.Paise != 300 {
		t.Fatalf("the day is %+v", want)
	}
	total, _ := whole.till.Seq()
	for cut := uint64(0); cut <= total; cut++ {
		b := &bench{till: whole.till, settings: whole.settings, clock: whole.clock}
		b.restart(t, &cutTill{Till: whole.till, upto: cut})
		first, err := b.X(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		b.stream = newStream(b.stream.upto)
		b.o.Till = whole.till
		second, err := b.X(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		got := first
		for _, l := range []struct {
			a, b *Line
		}{{&got.UPI, &second.UPI}, {&got.Late, &second.Late}, {&got.Refunds, &second.Refunds},
			{&got.Sales, &second.Sales}, {&got.Paid, &second.Paid}, {&got.Cancelled, &second.Cancelled},
			{&got.OtherTender, &second.OtherTender}} {
			l.a.Count += l.b.Count
			l.a.Paise += l.b.Paise
		}
		if got.UPI != want.UPI || got.Late != want.Late || got.Refunds != want.Refunds || got.Sales != want.Sales ||
			got.Paid != want.Paid ||
			got.Cancelled != want.Cancelled ||
			got.OtherTender != want.OtherTender {
			t.Errorf("cut after event %d: %+v", cut, got)
		}
	}
}

// cutTill is a till whose newest events haven't happened yet.
type cutTill struct {
	Till
	upto uint64
}

func (c *cutTill) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	events, err := c.Till.Events(ctx, since, limit)
	return slices.DeleteFunc(events, func(e state.Event) bool { return e.Seq > c.upto }), err
}

// prunedTill has lost a sale to retention.
type prunedTill struct {
	Till
	gone string
}

func (p *prunedTill) Sale(ctx context.Context, id string) (state.Sale, error) {
	if id == p.gone {
		return state.Sale{}, state.ErrNoSale
	}
	return p.Till.Sale(ctx, id)
}

// TestReportWithoutAPrunedSale: a shop that never closed a day still gets its report when old sales are removed.
func TestReportWithoutAPrunedSale(t *testing.T) {
	b := newBench(t)
	open(t, b.till, 100)
	open(t, b.till, 200)
	b.restart(t, &prunedTill{b.till, "S000001"})
	for range 2 {
		x, err := b.X(t.Context(), "test")
		if err != nil || x.Sales.Count != 1 || x.Sales.Paise != 200 {
			t.Errorf("%+v, %v", x, err)
		}
	}
}

// TestZOfTheSettings: books with a Z report missing are not opened; one that can't be read is told by whoever needs the
// others, and no day is closed over it.
func TestZOfTheSettings(t *testing.T) {
	b := newBench(t)
	for i, at := range []string{"2026-11-26 18:00:00", "2026-11-27 18:00:00", "2026-11-28 18:00:00"} {
		b.at(at)
		b.till.Pay(open(t, b.till, 100), 0)
		b.z(t, fmt.Sprint(i), "")
	}
	whole := b.settings.Copy()
	if err := b.settings.Delete("z/000002"); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Till: b.till, Settings: b.settings}); err == nil ||
		err.Error() != "the Z reports go from number 1 to 3: one is missing from the sales file" {
		t.Error(err)
	}

	b.settings = whole
	b.restart(t, b.till)
	if n := len(b.List()); n != 3 {
		t.Errorf("%d Z reports", n)
	}
	for name, text := range map[string]string{"no JSON": "{", "another's": `{"report":{"number":9}}`} {
		b.settings = whole.Copy()
		if err := b.settings.Put("z/000002", []byte(text)); err != nil {
			t.Fatal(err)
		}
		b.restart(t, b.till)
		if _, err := b.X(t.Context(), "m"); err == nil || !strings.HasPrefix(err.Error(), "read Z report 2: ") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := b.Close(t.Context(), "", "again", "m", ""); err == nil {
			t.Errorf("%s: a day was closed", name)
		}
	}
}

// TestStandingCountsAll: what is under way and what waits for a decision is counted whole, however much it is; the
// sales named are 50.
func TestStandingCountsAll(t *testing.T) {
	b := newBench(t)
	for i := range 1203 {
		id := open(t, b.till, 100)
		if i < 1101 {
			b.till.Pay(id, 0)
			b.till.Pay(id, 0) // a second time: to be decided
		}
	}
	if r := b.x(t); r.Pending != (Line{102, 10200}) || r.Attention != (Line{1101, 110100}) || len(r.Open) != 50 ||
		len(r.Items) != 50 {
		t.Errorf("pending %v, attention %v, %d and %d named", r.Pending, r.Attention, len(r.Open), len(r.Items))
	}
}
