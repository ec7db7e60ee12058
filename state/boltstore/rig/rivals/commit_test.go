package rivals

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

var dir = flag.String("dir", "", "folder to measure on; empty: a temporary one")

// rival makes one batch durable.
type rival struct {
	name   string
	commit func(state.Batch) error
	close  func() error
	took   []time.Duration

	// pending opens the rival's file anew and reads the sales that still need looking at, as a start does.
	pending func() (int, error)
	files   []string
}

// BenchmarkCommit lets all rivals commit the same batches in turn, ten at a time, so that all of them meet the same
// load.
func BenchmarkCommit(b *testing.B) {
	folder := *dir
	if folder == "" {
		folder = b.TempDir()
	}
	rivals := []*rival{plain(b, folder, "append", 0), plain(b, folder, "append-preallocated", 64<<20),
		ours(b, folder), sqlite(b, folder)}
	traffic := statetest.NewTraffic(1, 6, 300)
	n := 0
	for b.Loop() {
		var batches []state.Batch
		for range 10 {
			batches = append(batches, traffic.Next())
		}
		for i := range rivals {
			r := rivals[(i+n)%len(rivals)]
			for _, batch := range batches {
				begin := time.Now()
				if err := r.commit(batch); err != nil {
					b.Fatalf("%s: %v", r.name, err)
				}
				r.took = append(r.took, time.Since(begin))
			}
		}
		n++
	}
	floor := float64(0)
	for _, r := range rivals {
		if err := r.close(); err != nil {
			b.Fatal(err)
		}
		var sum time.Duration
		for _, d := range r.took {
			sum += d
		}
		slices.Sort(r.took)
		rate := float64(len(r.took)) / sum.Seconds()
		if floor == 0 {
			floor = rate
		}
		fmt.Printf("  %-20s %6d commits  p50 %6.0f µs  p99 %7.0f µs  %6.0f commits/s  %.2f of append\n",
			r.name, len(r.took), us(r.took[len(r.took)/2]), us(r.took[len(r.took)*99/100]), rate, rate/floor)
		b.ReportMetric(us(r.took[len(r.took)/2]), r.name+"-p50-µs")
	}
}

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// plain appends the batch's JSON to a file and flushes it.
func plain(b *testing.B, folder, name string, room int64) *rival {
	f, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		b.Fatal(err)
	}
	if room > 0 {
		if err := syscall.Fallocate(int(f.Fd()), 0, 0, room); err != nil {
			b.Fatal(err)
		}
		f.Sync()
	}
	at := int64(0)
	return &rival{name: name, close: f.Close, commit: func(batch state.Batch) error {
		raw, err := json.Marshal(batch)
		if err != nil {
			return err
		}
		if _, err := f.WriteAt(raw, at); err != nil {
			return err
		}
		at += int64(len(raw))
		return syscall.Fdatasync(int(f.Fd()))
	}, files: []string{f.Name()}, pending: func() (int, error) { return replay(f.Name()) }}
}

func ours(b *testing.B, folder string) *rival {
	path := filepath.Join(folder, "sales.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return &rival{name: "boltstore", commit: s.Commit, files: []string{path, path + ".seq"}, close: func() error {
		return errors.Join(s.Compact(), s.Close()) // what gallad does when idle
	}, pending: func() (int, error) {
		if _, err := boltstore.Check(path, false); err != nil { // every start looks at its file first
			return 0, err
		}
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			return 0, err
		}
		sales, err := s.Watching()
		return len(sales), errors.Join(err, s.Close())
	}}
}

const pragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"

// sqlite keeps events, sales, watched ids and keys in tables with one index each, in WAL with every commit flushed.
func sqlite(b *testing.B, folder string) *rival {
	path := filepath.Join(folder, "sales.sqlite")
	db, err := sql.Open("sqlite", path+pragmas)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		"CREATE TABLE events (seq INTEGER PRIMARY KEY, event BLOB)",
		"CREATE TABLE sales (id TEXT PRIMARY KEY, seq INTEGER, day TEXT, number INTEGER, watched INTEGER, sale " +
			"BLOB) WITHOUT ROWID",
		"CREATE UNIQUE INDEX changed ON sales(seq)", "CREATE UNIQUE INDEX days ON sales(day, number)",
		"CREATE INDEX watch ON sales(watched) WHERE watched",
		"CREATE TABLE keys (key TEXT PRIMARY KEY, record BLOB) WITHOUT ROWID",
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	return &rival{name: "sqlite-wal-full", close: db.Close, files: []string{path}, pending: func() (int, error) {
		return watched(path)
	}, commit: func(batch state.Batch) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for _, e := range batch.Events {
			raw, err := json.Marshal(e)
			if err == nil {
				_, err = tx.Exec("INSERT INTO events VALUES (?, ?)", e.Seq, raw)
			}
			if err != nil {
				return err
			}
		}
		for _, s := range batch.Sales {
			raw, err := json.Marshal(s)
			if err == nil {
				_, err = tx.Exec("INSERT INTO sales VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET "+
					"seq = ?2, watched = ?5, sale = ?6",
					s.ID, s.Seq, s.Day, s.Number, state.Watching(s), raw)
			}
			if err != nil {
				return err
			}
		}
		for _, k := range batch.Keys {
			raw, err := json.Marshal(k)
			if err == nil {
				_, err = tx.Exec("INSERT INTO keys VALUES (?, ?)", k.Key, raw)
			}
			if err != nil {
				return err
			}
		}
		return tx.Commit()
	}}
}
