//go:build rig

package rig

import (
	"cmp"
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/uplink/uplinktest"
)

var (
	officePairs  = flag.Int("office.pairs", 10, "how many pairs TestBesideTheOffice runs of each sort of office")
	officeSales  = flag.Int("office.sales", 500, "how many sales each half of a pair has")
	officeAssert = flag.Bool("office.assert", true, "hold the median ratio of p99 against 1.05")
)

// TestBesideTheOffice: what a sale takes until its answer, at the 99th of 100, beside a head office that is absent,
// slow or hostile, divided by the same without one: two real gallads, the halves of each pair one after the other, in
// drawn order. It prints every ratio, and the median of each sort is at most 1.05.
func TestBesideTheOffice(t *testing.T) {
	for _, mode := range []uplinktest.Mode{uplinktest.Absent, uplinktest.Slow, uplinktest.Hostile} {
		t.Run(string(mode), func(t *testing.T) {
			o := uplinktest.New()
			defer o.Close()
			o.Confirm()
			alone, joined := newBox(t, gatewaytest.EnKash), newBox(t, gatewaytest.EnKash)
			alone.start()
			joined.start()
			joined.done("office", "join", o.URL(), "1234-5678", "--yes", "--fingerprint", o.Fingerprint())
			joined.until(30*time.Second, "the office to be heard", func() bool {
				return !joined.office().HeardAt.IsZero()
			})
			o.Be(mode)
			alone.trade(t, 50) // both are warm
			joined.trade(t, 50)

			var p99, p50 []float64
			for pair := range *officePairs {
				var with, without []time.Duration
				if rand.IntN(2) == 0 {
					without = alone.trade(t, *officeSales)
					with = joined.trade(t, *officeSales)
				} else {
					with = joined.trade(t, *officeSales)
					without = alone.trade(t, *officeSales)
				}
				p99 = append(p99, ratio(with, without, 99))
				p50 = append(p50, ratio(with, without, 50))
				t.Logf("%s, pair %2d: p99 %6v with, %6v without: %.3f; p50 %.3f", mode, pair+1, at(with, 99),
					at(without, 99), p99[pair], p50[pair])
			}
			calls := o.Calls()
			slices.Sort(p99)
			slices.Sort(p50)
			middle := (p99[(len(p99)-1)/2] + p99[len(p99)/2]) / 2
			t.Logf("%s: %d pairs of %d sales, %d calls at the office: ratio of p99 median %.3f (%.3f to %.3f), of p50 "+
				"median %.3f", mode, len(p99), *officeSales, calls, middle, p99[0], p99[len(p99)-1], p50[len(p50)/2])
			if calls < 3 {
				t.Errorf("the office was called %d times", calls)
			}
			if *officeAssert && middle > 1.05 {
				t.Errorf("the median ratio of p99 is %.3f, more than 1.05", middle)
			}
		})
	}
}

// trade opens and cancels sales, and returns how long each opening took until its answer.
func (b *box) trade(t *testing.T, n int) (took []time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for i := range n {
		begin := time.Now()
		s, err := b.till.Open(ctx, client.Key(), wire.OpenSale{AmountPaise: wire.Amount(10000 + i)})
		took = append(took, time.Since(begin))
		if err != nil {
			t.Fatalf("sale %d: %v", i, err)
		}
		if _, err := b.till.Cancel(ctx, client.Key(), s.ID, wire.CancelSale{Reason: "cancelled"}); err != nil {
			t.Fatal(err)
		}
	}
	return took
}

func at(of []time.Duration, percent int) time.Duration {
	sorted := slices.SortedFunc(slices.Values(of), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(10 * time.Microsecond)
}

func ratio(with, without []time.Duration, percent int) float64 {
	return float64(at(with, percent)) / float64(at(without, percent))
}
