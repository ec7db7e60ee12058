//go:build gpu

package rig

import (
	"context"
	"slices"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// TestSaleToFrame takes 200 sales on the real programs, with the simulator answering at once, and reports how long it
// is from the cashier's request to the frame with the QR, and where that time goes. It fails only if a QR is never
// shown.
func TestSaleToFrame(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	b.screen()

	const sales = 200
	parts := map[string][]time.Duration{}
	for i := range sales {
		start := time.Now()
		sale := b.open(client.Key(), 10000+i)
		committed := time.Now()
		var asked, quoted, shown time.Time
		var told time.Time // when a client had the event that follows the QR's commit
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		err := b.till.Follow(ctx, sale.Seq-2, func(e wire.Event) error {
			if e.SaleID != sale.ID {
				return nil
			}
			switch e.Kind {
			case state.EventAttemptAsked:
				asked = e.At
			case state.EventAttemptQuoted:
				quoted, told = e.At, time.Now()
			case state.EventShown:
				s, err := b.till.Sale(ctx, sale.ID)
				if err != nil {
					return err
				}
				shown = s.ShownAt
				return client.ErrStop
			}
			return nil
		}, nil)
		cancel()
		if err != nil {
			t.Fatalf("sale %d was never shown: %v", i, err)
		}
		if i > 0 { // the first also pays for the first frame and the first connection
			parts["1 request and commit"] = append(parts["1 request and commit"], committed.Sub(start))
			parts["2 gateway"] = append(parts["2 gateway"], quoted.Sub(asked))
			parts["3 commit of the QR, event out"] = append(parts["3 commit of the QR, event out"], told.Sub(quoted))
			parts["4 view, draw, present"] = append(parts["4 view, draw, present"], shown.Sub(told))
			parts["sale to frame"] = append(parts["sale to frame"], shown.Sub(start))
		}
		if _, err := b.till.Cancel(t.Context(), client.Key(), sale.ID, wire.CancelSale{}); err != nil {
			t.Fatal(err)
		}
		b.until(
			10*time.Second,
			"the sale to be closed",
			func() bool { return b.sale(sale.ID).Phase == state.PhaseClosed },
		)
	}
	for _, name := range []string{"1 request and commit", "2 gateway", "3 commit of the QR, event out",
		"4 view, draw, present", "sale to frame"} {
		all := parts[name]
		slices.Sort(all)
		t.Logf(
			"%-32s p50 %8v   p99 %8v   max %8v",
			name,
			all[len(all)/2].Round(100*time.Microsecond),
			all[len(all)*99/100].Round(100*time.Microsecond),
			all[len(all)-1].Round(100*time.Microsecond),
		)
	}
}
