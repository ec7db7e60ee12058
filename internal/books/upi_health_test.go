package books

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/till"
	"galla/state"
)

// counted is a till that counts the sales that are read of it.
type counted struct {
	Till
	sales atomic.Int64
}

func (c *counted) Sales(ctx context.Context, q state.Query) ([]state.Sale, error) {
	list, err := c.Till.Sales(ctx, q)
	c.sales.Add(int64(len(list)))
	return list, err
}

func TestUPIHealth(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		paid, failed, walked int
		took, ago            time.Duration
		reachable            bool
		level                string
	}{
		"nothing":             {0, 0, 0, 0, 0, true, "quiet"},
		"only walked away":    {0, 0, 9, 0, time.Minute, true, "quiet"},
		"works":               {9, 1, 0, 8 * time.Second, time.Minute, true, "good"},
		"one paid":            {1, 0, 0, 8 * time.Second, time.Minute, true, "good"},
		"one of two failed":   {1, 1, 0, 8 * time.Second, time.Minute, true, "good"}, // too few to say
		"three of ten failed": {7, 3, 0, 8 * time.Second, time.Minute, true, "slow"},
		"takes minutes":       {9, 0, 0, 2 * time.Minute, 3 * time.Minute, true, "slow"},
		"most failed":         {2, 8, 0, 8 * time.Second, time.Minute, true, "bad"},
		"failed long ago":     {0, 9, 0, 0, 2 * time.Hour, true, "quiet"},
		"gateway away":        {9, 0, 0, time.Second, time.Minute, false, "bad"},
	} {
		tl := countertest.New()
		at := now.Add(-tc.ago)
		tl.Now = func() time.Time { return at }
		for i := range tc.paid + tc.failed + tc.walked {
			at = now.Add(-tc.ago)
			id := open(t, tl, 100)
			at = at.Add(tc.took)
			switch {
			case i < tc.paid:
				tl.Pay(id, 0)
			case i < tc.paid+tc.failed:
				tl.Fail(id, tl.Start(id))
				tl.Expire(id)
			case i%2 == 0:
				tl.Expire(id)
			default:
				_, err := tl.Cancel(t.Context(), till.CancelRequest{Key: id, SaleID: id, Reason: "cancelled"})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		sales, _ := tl.Sales(t.Context(), till.Query{Limit: 1000})
		if got := reckonUPIHealth(sales, now, tc.reachable); got.Level != tc.level {
			t.Errorf("%s: %+v, want %s", name, got, tc.level)
		}
	}
}

// TestMoney_22: UPI health counts what says something about UPI: never a customer who walked away, nor our own budget.
func TestMoney_22(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	sale := func(reason state.CloseReason, class string, payments ...state.PaymentStatus) state.Sale {
		s := state.Sale{
			OpenedAt: at,
			Phase:    state.PhaseClosed,
			Closing:  &state.Closing{Reason: reason},
			Attempts: []state.Attempt{{Ref: "A"}},
		}
		if class != "" {
			s.Attempts[0].Problem = &state.Problem{Class: class}
		}
		for _, p := range payments {
			s.Payments = append(s.Payments, state.Payment{Status: p})
		}
		return s
	}
	paid := state.Sale{OpenedAt: at, PaidAt: at.Add(8 * time.Second), Phase: state.PhasePaid}
	walked, held := sale(state.CloseExpired, ""), sale(state.CloseFailed, "busy")
	for name, tc := range map[string]struct {
		sale state.Sale
		says int8
	}{
		"paid": {paid, 1}, "walked away": {walked, 0}, "our own budget": {held, 0},
		"cancelled":                      {sale(state.CloseCancelled, ""), 0},
		"opened an app and went":         {sale(state.CloseExpired, "", state.PaymentStarted), 0},
		"the payment failed":             {sale(state.CloseExpired, "", state.PaymentFailed), -1},
		"it failed, and cash was taken":  {sale(state.CloseOtherTender, "", state.PaymentFailed), -1},
		"it hung at the bank":            {sale(state.CloseExpired, "", state.PaymentProcessing), -1},
		"it hung, and came late":         {sale(state.CloseExpired, "", state.PaymentFailed, state.PaymentCaptured), 0},
		"the gateway refused":            {sale(state.CloseFailed, "rejected"), -1},
		"the gateway did not answer":     {sale(state.CloseFailed, "unavailable"), -1},
		"nobody knows what became of it": {sale(state.CloseFailed, "unknown"), -1},
		"under way": {state.Sale{Phase: state.PhasePaying,
			Payments: []state.Payment{{Status: state.PaymentFailed}}}, 0},
	} {
		if got := saysOfUPI(&tc.sale); got != tc.says {
			t.Errorf("%s: %d, want %d", name, got, tc.says)
		}
	}

	sales := []state.Sale{paid, paid, walked, walked, walked, held} // it was red
	if w := reckonUPIHealth(sales, at.Add(time.Minute), true); w.Level != "good" || w.Ended != 2 || w.Paid != 2 {
		t.Errorf("2 paid, 3 walked away, 1 held back: %+v", w)
	}

	stood, debited := paid, walked // nobody waited for a customer's phone at either
	stood.Kind, debited.Kind = state.KindStanding, state.KindMandate
	if w := reckonUPIHealth([]state.Sale{stood, debited, stood}, at.Add(time.Minute), true); w.Level != "quiet" ||
		w.Ended != 0 {
		t.Errorf("of a standing QR and a debit UPI health is %+v", w)
	}
}

// TestUPIHealthOfAWholeHour: a busy counter's hour counts whole, and a look reads no more than it and a page; of a
// counter that no people work at, the newest sales count.
func TestUPIHealthOfAWholeHour(t *testing.T) {
	b := newBench(t)
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	b.clock = func() time.Time { return now }
	b.till.Now = b.clock
	for i := range 500 { // five a minute, for 100 minutes
		now = now.Add(12 * time.Second)
		b.till.Pay(open(t, b.till, 100), 0)
		if i > 200 && i < 350 { // the first half of the hour was bad
			id := open(t, b.till, 100)
			b.till.Fail(id, b.till.Start(id))
			b.till.Expire(id)
		}
	}
	c := &counted{Till: b.till}
	b.restart(t, c)
	hour, err := b.UPIHealth(t.Context(), true)
	if err != nil || hour.Paid != 301 || hour.Ended != 450 || hour.Level != "slow" ||
		c.sales.Load() > 449+2*upiHealthPage {
		t.Errorf("the hour: %+v, %v, after reading %d sales", hour, err, c.sales.Load())
	}
	c.sales.Store(0)
	if again, err := b.UPIHealth(t.Context(), true); err != nil || again != hour || c.sales.Load() != 0 {
		t.Errorf("a second look: %+v, %v, after reading %d sales", again, err, c.sales.Load())
	}
	for range 2 * upiHealthMost {
		b.till.Pay(open(t, b.till, 100), 0)
	}
	now = now.Add(upiHealthAge)
	if w, err := b.UPIHealth(t.Context(), true); err != nil || w.Ended != upiHealthMost || w.Level != "good" ||
		c.sales.Load() != upiHealthMost {
		t.Errorf("a machine's: %+v, %v, after reading %d sales", w, err, c.sales.Load())
	}
}
