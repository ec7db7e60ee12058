package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/countertest"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
	"galla/state/boltstore"
)

// archive is a till that only reads: the real store of a month, and nothing that would ask a gateway.
type archive struct {
	counter.Till
	store *boltstore.Store
	read  atomic.Int64 // sales that were decoded for a list
}

func (a *archive) Sales(_ context.Context, q till.Query) ([]state.Sale, error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	list, err := a.store.Sales(q)
	a.read.Add(int64(len(list)))
	return list, err
}

func (a *archive) Find(_ context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error) {
	list, err := a.store.Find(f, value, before, limit)
	a.read.Add(int64(len(list)))
	return list, err
}

func (a *archive) Days(_ context.Context, from, to string) ([]string, error) {
	return a.store.Days(from, to)
}

func (a *archive) Sale(_ context.Context, id string) (state.Sale, error) {
	s, found, err := a.store.Sale(id)
	if err == nil && !found {
		err = till.ErrNoSale
	}
	return s, err
}

func (a *archive) Events(_ context.Context, since uint64, limit int) ([]state.Event, error) {
	return a.store.Events(since, limit)
}

func (a *archive) Seq() (uint64, error) { return a.store.Seq() }

// month fills a store with n paid sales, 1,000 a day, a hundred to a commit.
func month(t testing.TB, n int) *archive {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	begin := time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)
	var seq uint64
	for i := 0; i < n; {
		var b state.Batch
		for range min(100, n-i) {
			at := begin.Add(time.Duration(i/1000)*24*time.Hour + time.Duration(i%1000)*40*time.Second)
			id, ref := fmt.Sprintf("S%08X", i+1), fmt.Sprintf("T1%08d", i)
			amount := money.Paise(1000 + 7*i%500000)
			var s state.Sale
			for _, e := range []state.Event{
				{Kind: state.EventOpened, By: "cashier:Asha",
					Opened: &state.Opened{Number: i%1000 + 1, Day: at.In(day.IST).Format(time.DateOnly), Amount: amount,
						Reference: fmt.Sprintf("BILL-%d", i), Terminal: "T1", Rules: state.Rules,
						Route: []string{"razorpay"}, Life: 5 * time.Minute}},
				{Kind: state.EventAttemptAsked, By: "till", Attempt: ref, Gateway: "razorpay"},
				{Kind: state.EventAttemptQuoted, By: "gateway:razorpay", Attempt: ref,
					Quote: &state.Quote{OrderID: "qr_" + ref,
						Payload: "upi://pay?pa=sharmastore.rzp@icici&pn=Sharma%20General%20Store&" +
							"tr=EZY20261122000123ABCDEFGHIJ&am=" + amount.Decimal() + "&cu=INR",
						PayeeVPA: "sharmastore.rzp@icici"}},
				{Kind: state.EventReading, By: "gateway:razorpay", Attempt: ref,
					Reading: &state.Reading{Order: "paid",
						Payments: []state.Payment{{ID: "pay_" + ref, Amount: amount, Status: state.PaymentCaptured,
							VPA: "ra****@okaxis", RRN: fmt.Sprintf("6%011d", i)}}}},
			} {
				seq++
				e.Seq, e.SaleID, e.At = seq, id, at.Add(time.Duration(seq%4)*5*time.Second)
				var err error
				if s, _, err = state.Apply(s, e); err != nil {
					t.Fatal(err)
				}
				b.Events = append(b.Events, e)
			}
			b.Sales = append(b.Sales, s)
			i++
		}
		if err := store.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	return &archive{store: store}
}

// asks returns a function that asks a fresh counter over the archive.
func (a *archive) asks(t testing.TB) (get func(path string)) {
	t.Helper()
	c, err := counter.New(counter.Options{
		OpenSales:    1000,
		SalesAMinute: 6000,
		Till:         a,
		Operations:   countertest.New().Operations(),
		Settings:     countertest.NewSettings(),
		Log:          slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:          func() time.Time { return time.Date(2026, 11, 30, 14, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h := c.Handler(counter.Listener{Trust: counter.Owner})
	return func(path string) {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "127.0.0.1"
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatal(errors.New(path), w.Code, w.Body.String())
		}
	}
}

// TestHistoryOfADay counts what the real store hands out: a page and one for the list, what is shown for a search by a
// key, and the days of a picture.
func TestHistoryOfADay(t *testing.T) {
	a := month(t, 3000)
	get := a.asks(t)
	for _, step := range []struct {
		do   func()
		want int64
	}{{func() { get("/v1/sales?limit=50") }, 51}, {func() { get("/v1/sales?amount_paise=1539") }, 1},
		{func() { get("/v1/sales?q=nothing+at+all") }, 0}, // told by their JSON
		// the day and the day before
		{func() { get("/v1/sales?rrn=600000001234") }, 1}, {func() { get("/v1/sales?limit=1&reference=BILL-77") }, 1},
		{func() { get("/v1/reports/picture?day=2026-11-03") }, 2000}} {
		a.read.Store(0)
		if step.do(); a.read.Load() != step.want {
			t.Errorf("%d sales were decoded, want %d", a.read.Load(), step.want)
		}
	}
}

// BenchmarkHistory is a month of 30,000 sales on the real store.
func BenchmarkHistory(b *testing.B) {
	a := month(b, 30_000)
	b.Run("list", func(b *testing.B) {
		get := a.asks(b)
		for b.Loop() {
			get("/v1/sales?limit=50")
		}
	})
	get := a.asks(b)
	for name, path := range map[string]string{"amount": "q=1234.56", "rrn": "rrn=600000012345",
		"reference": "reference=BILL-2999", "nothing": "q=nothing+at+all",
		"minute": "from=2026-11-12T10:00&to=2026-11-12T11:00"} {
		b.Run("search-"+name, func(b *testing.B) {
			for b.Loop() {
				get("/v1/sales?limit=50&" + path)
			}
		})
	}
	b.Run("picture", func(b *testing.B) {
		for b.Loop() {
			get("/v1/reports/picture?day=2026-11-20")
		}
	})
}
