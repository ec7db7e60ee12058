package rivals

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"galla/state"
	"galla/state/statetest"
)

// BenchmarkStart fills every rival with the same sales, then starts on each file: open it and read the sales that still
// need looking at. It prints how long that takes and how much of the disk a sale has cost.
func BenchmarkStart(b *testing.B) {
	folder := b.TempDir()
	rivals := []*rival{plain(b, folder, "append", 0), ours(b, folder), sqlite(b, folder)}
	const sales = 5000
	traffic := statetest.NewTraffic(1, 6, 300)
	for traffic.Sales < sales {
		batch := gather(traffic, 100)
		for _, r := range rivals {
			if err := r.commit(batch); err != nil {
				b.Fatalf("%s: %v", r.name, err)
			}
		}
	}
	for _, r := range rivals {
		if err := r.close(); err != nil {
			b.Fatalf("%s: %v", r.name, err)
		}
	}
	want := -1
	for b.Loop() {
		for _, r := range rivals {
			begin := time.Now()
			n, err := r.pending()
			if err != nil {
				b.Fatalf("%s: %v", r.name, err)
			}
			r.took = append(r.took, time.Since(begin))
			if want < 0 {
				want = n
			}
			if n != want || n == 0 {
				b.Fatalf("%s finds %d pending sales, another found %d", r.name, n, want)
			}
		}
	}
	for _, r := range rivals {
		var size int64
		for _, f := range r.files {
			info, err := os.Stat(f)
			if err != nil {
				b.Fatal(err)
			}
			size += info.Size()
		}
		slices.Sort(r.took)
		fmt.Printf("  %-20s %d sales, %d pending: start %8.1f ms, %6d bytes a sale\n", r.name, sales, want,
			us(r.took[len(r.took)/2])/1000, size/sales)
	}
}

// gather puts n batches into one, as a busy till does.
func gather(traffic *statetest.Traffic, n int) (all state.Batch) {
	newest := map[string]int{}
	for range n {
		b := traffic.Next()
		all.Events, all.Keys = append(all.Events, b.Events...), append(all.Keys, b.Keys...)
		for _, s := range b.Sales {
			if i, ok := newest[s.ID]; ok {
				all.Sales[i] = s
				continue
			}
			newest[s.ID] = len(all.Sales)
			all.Sales = append(all.Sales, s)
		}
	}
	return all
}

// replay reads a file of batches from its beginning, which is all that a bare file can do.
func replay(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sales := map[string]state.Sale{}
	in := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	for {
		var b state.Batch
		switch err := in.Decode(&b); {
		case errors.Is(err, io.EOF):
			n := 0
			for _, s := range sales {
				if state.Watching(s) {
					n++
				}
			}
			return n, nil
		case err != nil:
			return 0, err
		}
		for _, s := range b.Sales {
			sales[s.ID] = s
		}
	}
}

func watched(path string) (n int, err error) {
	db, err := sql.Open("sqlite", path+pragmas)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.Query("SELECT sale FROM sales WHERE watched")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var s state.Sale
		if err := rows.Scan(&raw); err != nil {
			return 0, err
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
