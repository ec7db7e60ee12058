package books

import (
	"context"
	"slices"
	"sync"
	"time"

	"galla/state"
)

// The levels of UPIHealth, as the API names them.
const (
	UPIQuiet = "quiet" // nothing to go by
	UPIGood  = "good"
	UPISlow  = "slow"
	UPIBad   = "bad" // most sales fail, or no gateway answers
)

// UPIHealth is how UPI has worked at this counter in the last hour.
type UPIHealth struct {
	Level string `json:"level"` // UPIQuiet, UPIGood, UPISlow or UPIBad
	// sales that say how UPI works: paid, or failed at a gateway or bank
	Ended      int   `json:"ended"`
	Paid       int   `json:"paid"`                      // of these
	TimeToPaid int64 `json:"time_to_paid_ms,omitempty"` // of half of them, from opening
}

// upiHealthCache is the last UPIHealth: it is reckoned at most every ten seconds, however many consoles ask.
type upiHealthCache struct {
	mu   sync.Mutex
	at   time.Time
	last UPIHealth
}

const (
	upiHealthAge  = 10 * time.Second
	upiHealthSpan = time.Hour
	upiHealthPage = 100 // sales read at a time
	upiHealthMost = 600 // sales looked at: ten a minute
	fewSales      = 5   // below it nothing is said of shares
	slowPayment   = 60 * time.Second
	badShare      = 0.5
	slowShare     = 0.8
)

// UPIHealth reckons how UPI works; reachable says whether a gateway can be reached at all.
func (b *Books) UPIHealth(ctx context.Context, reachable bool) (UPIHealth, error) {
	w := &b.upiHealth
	w.mu.Lock()
	defer w.mu.Unlock()
	now := b.o.Now()
	if age := now.Sub(w.at); age >= 0 && age < upiHealthAge {
		return w.last, nil
	}
	sales, err := b.newest(ctx, now.Add(-upiHealthSpan))
	if err != nil {
		return UPIHealth{}, err
	}
	w.last, w.at = reckonUPIHealth(sales, now, reachable), now
	return w.last, nil
}

// newest reads the sales opened since a moment, newest first, upiHealthMost at most. A page without any is the end: a
// clock that was set back for a sale or two is not.
func (b *Books) newest(ctx context.Context, since time.Time) (list []state.Sale, err error) {
	q := state.Query{Limit: upiHealthPage}
	for len(list) < upiHealthMost {
		page, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
		if len(page) < q.Limit ||
			!slices.ContainsFunc(page, func(s state.Sale) bool { return !s.OpenedAt.Before(since) }) {
			break
		}
		q.Before = page[len(page)-1].ID
	}
	return list, nil
}

// saysOfUPI is 1 where UPI worked, -1 where it failed: a gateway opened no order, a payment failed, or hung at the bank
// until the sale was over. It is 0 where nobody tried: a customer who walked away, or a call that this box held back
// for its own budget; and while the sale is open.
func saysOfUPI(s *state.Sale) int8 {
	switch {
	case s.Phase == state.PhasePaid:
		return 1
	case s.Phase != state.PhaseClosed:
		return 0
	}
	var says int8
	for i := range s.Payments {
		switch p := &s.Payments[i]; {
		case p.Received(): // it came late
			return 0
		case p.Status == state.PaymentFailed, p.Status == state.PaymentProcessing, p.Status == state.PaymentUnknown:
			says = -1
		}
	}
	if s.CloseReason() != state.CloseFailed {
		return says
	}
	for _, a := range s.Attempts {
		if a.Problem != nil && a.Problem.Class != heldBack {
			says = -1
		}
	}
	return says
}

// heldBack is the class of a call that did not leave this box (gateway.ClassBusy).
const heldBack = "busy"

// reckonUPIHealth is pure.
func reckonUPIHealth(sales []state.Sale, now time.Time, reachable bool) UPIHealth {
	out := UPIHealth{Level: UPIQuiet}
	var took []int64
	for _, s := range sales {
		if s.Kind != state.KindCounter || s.OpenedAt.Before(now.Add(-upiHealthSpan)) {
			continue // a sale at a standing QR is born paid, and a debit waits for no customer's phone
		}
		switch saysOfUPI(&s) {
		case 1:
			out.Paid++
			took = append(took, s.PaidAt.Sub(s.OpenedAt).Milliseconds())
		case 0:
			continue
		}
		out.Ended++
	}
	if len(took) > 0 {
		slices.Sort(took)
		out.TimeToPaid = took[len(took)/2]
	}
	share := float64(out.Paid) / float64(max(1, out.Ended))
	switch {
	case !reachable, out.Ended >= fewSales && share < badShare:
		out.Level = UPIBad
	case out.Ended >= fewSales && share < slowShare, out.TimeToPaid > slowPayment.Milliseconds():
		out.Level = UPISlow
	case out.Ended > 0:
		out.Level = UPIGood
	}
	return out
}
