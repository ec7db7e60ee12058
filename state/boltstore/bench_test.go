package boltstore_test

import (
	"path/filepath"
	"testing"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// BenchmarkCommit is one event of made-up traffic a commit, durable on the disk of the temporary folder.
// rig/rivals measures it beside others.
func BenchmarkCommit(b *testing.B) {
	b.Setenv("TMPDIR", disk)
	s := open(b, filepath.Join(b.TempDir(), "sales.db"), quick)
	tr := statetest.NewTraffic(5, 8, 300)
	batches := make([]state.Batch, b.N)
	for i := range batches {
		batches[i] = tr.Next()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, batch := range batches {
		if err := s.Commit(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if size, free, err := s.Size(); err == nil && tr.Sales > 0 {
		b.ReportMetric(float64(size-free)/float64(tr.Sales), "bytes/sale")
	}
}

// BenchmarkCheckQuick is the look at the file that every start begins with.
func BenchmarkCheckQuick(b *testing.B) {
	path, _ := fill(b, 3000)
	for b.Loop() {
		if _, err := boltstore.Check(path, false); err != nil {
			b.Fatal(err)
		}
	}
}
