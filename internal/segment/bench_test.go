package segment

import (
	"fmt"
	"testing"
)

// BenchmarkSegment makes and opens segments of a shop's traffic: one sale, and the 32 KiB of a box that catches up. It
// says how many events a second one processor does, and what one weighs on the wire.
func BenchmarkSegment(b *testing.B) {
	l := traffic(b, 300)
	for _, n := range []int{18, 160} {
		g := segmentOf(b, keyOf(1), l.stretch(0, uint64(n)))
		measure := func(b *testing.B, do func() error) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(len(g.Bytes()))/float64(n), "bytes/event")
		}
		b.Run(fmt.Sprintf("new/%d", n), func(b *testing.B) {
			measure(b, func() error { _, err := New(keyOf(1), l.stretch(0, uint64(n))); return err })
		})
		b.Run(fmt.Sprintf("open/%d", n), func(b *testing.B) {
			measure(b, func() error { _, err := g.Open(public(keyOf(1))); return err })
		})
	}
}
