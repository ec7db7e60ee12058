package pg_test

import (
	"testing"
	"time"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/cluster"
)

// BenchmarkRebuild makes the rows of ten boxes again that have traded for some days, their segments those of a shop.
// The aim is 1 million events in 30 s on two processors.
func BenchmarkRebuild(b *testing.B) {
	const boxes, events, piece = 10, 20_000, 60
	server, err := cluster.Start(b.Context(), cluster.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(); err != nil {
			b.Error(err)
		}
	})
	store, err := pg.Open(b.Context(), server.Address("postgres"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	o := office.New(store, nil)
	for n := range boxes {
		x := officetest.NewBox(b, n, events, piece)
		if err := store.PutTerminal(b.Context(), x.Terminal); err != nil {
			b.Fatal(err)
		}
		for at := 0; at < len(x.Submissions); at += office.MaxBatch {
			batch := x.Submissions[at:min(len(x.Submissions), at+office.MaxBatch)]
			if _, err := o.Take(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	}

	var took time.Duration
	all := 0
	for b.Loop() {
		began := time.Now()
		err := o.RebuildAll(b.Context(), func(_ string, _, _, events int) { all += events })
		if err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
	}
	b.ReportMetric(float64(all)/took.Seconds(), "events/s")
	b.ReportMetric(0, "ns/op")
}
