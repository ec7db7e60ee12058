package pg_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/cluster"
)

const (
	benchBoxes  = 100
	benchEvents = 600 // of a box
	benchPiece  = 18  // events of a segment: a sale
	benchTakers = 4   // transactions at once, of other boxes each
)

// BenchmarkTake takes what a hundred boxes send, a sale a segment, in transactions of up to a thousand, projected, on a
// server of this machine. The rival writes the rows of segments, sales and payments again without judging or projecting
// anything, a statement and a transaction each. ratio is how many times faster taking is; the aim is 20,000 events/s on
// two processors. With the disk each commit is flushed to it; without, the disk's part is out of the figures.
func BenchmarkTake(b *testing.B) {
	var boxes []officetest.Box
	for n := range benchBoxes {
		boxes = append(boxes, officetest.NewBox(b, n, benchEvents, benchPiece))
	}
	b.Run("disk", func(b *testing.B) { benchTake(b, boxes, cluster.Options{}) })
	b.Run("no-disk", func(b *testing.B) { benchTake(b, boxes, cluster.Options{Forgetful: true}) })
}

func benchTake(b *testing.B, boxes []officetest.Box, options cluster.Options) {
	server, err := cluster.Start(b.Context(), options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(); err != nil {
			b.Error(err)
		}
	})
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, server.Address("postgres"))
	if err != nil {
		b.Fatal(err)
	}
	defer admin.Close(ctx)

	var took time.Duration
	events := 0
	for b.Loop() {
		b.StopTimer()
		if _, err := admin.Exec(ctx, "DROP DATABASE IF EXISTS bench"); err != nil {
			b.Fatal(err)
		}
		if _, err := admin.Exec(ctx, "CREATE DATABASE bench"); err != nil {
			b.Fatal(err)
		}
		store, err := pg.Open(ctx, server.Address("bench"))
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range boxes {
			if err := store.PutTerminal(ctx, x.Terminal); err != nil {
				b.Fatal(err)
			}
		}
		o := office.New(store, nil)
		var shares [][][]office.Submission
		for n := range benchTakers {
			shares = append(shares, mixed(boxes[n*len(boxes)/benchTakers:(n+1)*len(boxes)/benchTakers]))
		}
		b.StartTimer()

		began := time.Now()
		var all sync.WaitGroup
		for _, share := range shares {
			all.Go(func() {
				for _, batch := range share {
					if _, err := o.Take(ctx, batch); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		took += time.Since(began)

		b.StopTimer()
		for _, x := range boxes {
			events += x.Events
		}
		store.Close()
		b.StartTimer()
	}
	ours := float64(events) / took.Seconds()
	rival := oneByOne(b, server.Address("bench"), boxes)
	b.ReportMetric(ours, "events/s")
	b.ReportMetric(rival, "rival-events/s")
	b.ReportMetric(ours/rival, "ratio")
	sizes(b, server.Address("bench"))
}

// mixed are the boxes' segments, ten of each box in turn, in batches that are full.
func mixed(boxes []officetest.Box) (batches [][]office.Submission) {
	var all []office.Submission
	for at, left := 0, true; left; at += 10 {
		left = false
		for _, x := range boxes {
			to := min(len(x.Submissions), at+10)
			if at < to {
				all, left = append(all, x.Submissions[at:to]...), true
			}
		}
	}
	for len(all) > 0 {
		n := min(len(all), office.MaxBatch)
		batches, all = append(batches, all[:n]), all[n:]
	}
	return batches
}

// oneByOne writes the rows of a third of the segments, sales and payments again, one by one, and says how many events
// a second that is.
func oneByOne(b *testing.B, address string, boxes []officetest.Box) float64 {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	var took time.Duration
	for _, table := range []string{"segment", "sale", "payment"} {
		rows, err := conn.Query(ctx, "SELECT * FROM "+table+" WHERE terminal IN "+
			"(SELECT id FROM terminal ORDER BY id LIMIT 33)")
		if err != nil {
			b.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
		if err != nil || len(all) == 0 {
			b.Fatal(table, len(all), err)
		}
		if _, err := conn.Exec(ctx, "CREATE TABLE again_"+table+" (LIKE "+table+" INCLUDING ALL)"); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		for _, row := range all {
			if _, err := conn.Exec(ctx, insert("again_"+table, len(row)), row...); err != nil {
				b.Fatal(err)
			}
		}
		took += time.Since(began)
	}
	events := 0
	for _, x := range boxes[:33] {
		events += x.Events
	}
	return float64(events) / took.Seconds()
}

func insert(table string, columns int) string {
	sql := "INSERT INTO " + table + " VALUES ("
	for i := range columns {
		if i > 0 {
			sql += ", "
		}
		sql += "$" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
	}
	return sql + ")"
}

// sizes reports what rows take on the disk, with their indexes.
func sizes(b *testing.B, address string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, table := range []string{"segment", "sale", "payment"} {
		if _, err := conn.Exec(ctx, "VACUUM FULL "+table); err != nil {
			b.Fatal(err)
		}
		var bytes, rows float64
		const ask = "SELECT pg_total_relation_size('%[1]s'), count(*) FROM %[1]s"
		if err := conn.QueryRow(ctx, fmt.Sprintf(ask, table)).Scan(&bytes, &rows); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(bytes/rows, table+"-bytes/row")
	}
}
