package books

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// bench is a shop's books over a till for tests.
type bench struct {
	*Books
	till     *countertest.Till
	settings *countertest.Settings
	acts     []state.Act
	clock    func() time.Time // ticks one second a look
	cut      time.Duration
}

func newBench(t testing.TB) *bench {
	t.Helper()
	var looks atomic.Int64
	b := &bench{till: countertest.New(), settings: countertest.NewSettings()}
	b.clock = func() time.Time {
		return time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC).Add(time.Duration(looks.Add(1)) * time.Second)
	}
	b.till.Now = b.clock
	b.restart(t, b.till)
	return b
}

// restart opens the books anew over a till, as a restart of gallad does.
func (b *bench) restart(t testing.TB, over Till) {
	t.Helper()
	lists := func() (out []Gateway) {
		for _, g := range b.till.Operations().Gateways() {
			out = append(out, Gateway{Name: g.Name, Lists: g.Statement})
		}
		return out
	}
	record := func(a state.Act, do func() error) error {
		b.acts = append(b.acts, a)
		return do()
	}
	var err error
	if b.Books, err = New(Options{
		Till:       over,
		Statements: b.till.Operations(),
		Settings:   b.settings,
		Record:     record,
		Gateways:   lists,
		Explain:    func(err error) string { return err.Error() },
		Now:        func() time.Time { return b.clock() },
		Cut:        b.cut,
	}); err != nil {
		t.Fatal(err)
	}
}

// later turns the clock on by so much.
func (b *bench) later(d time.Duration) {
	past := b.clock
	b.clock = func() time.Time { return past().Add(d) }
	b.till.Now = b.clock
}

func open(t testing.TB, tl *countertest.Till, amount money.Paise) string {
	t.Helper()
	seq, err := tl.Seq()
	if err != nil {
		t.Fatal(err)
	}
	s, err := tl.Open(t.Context(), till.OpenRequest{Key: fmt.Sprint("k", seq), Amount: amount, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// day plays a business day: exact, cancelled with late money, double, under and accepted, refund, other tender,
// pending.
func (b *bench) day(t *testing.T) {
	t.Helper()
	must := func(_ state.Sale, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, amount := range []money.Paise{25000, 10000, 5000, 7000, 300, 999} {
		open(t, b.till, amount)
	}
	b.till.Pay("S000001", 0)
	must(
		b.till.Cancel(
			t.Context(),
			till.CancelRequest{Key: "c2", SaleID: "S000002", Reason: state.CloseCancelled, By: "test"},
		),
	)
	b.till.Pay("S000002", 0)
	b.till.Pay("S000003", 0)
	b.till.Pay("S000003", 0)
	b.till.Pay("S000004", 6000)
	must(
		b.till.Resolve(
			t.Context(),
			till.ResolveRequest{Key: "r4", SaleID: "S000004", Action: state.ActionAccept, By: "test"},
		),
	)
	must(b.till.Refund(t.Context(), till.RefundRequest{Key: "f1", SaleID: "S000001", Amount: 1000, By: "test"}))
	must(
		b.till.Cancel(
			t.Context(),
			till.CancelRequest{Key: "c5", SaleID: "S000005", Reason: state.CloseOtherTender, By: "test"},
		),
	)
}
