//go:build rig

package rig

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/internal/money"
	"galla/state"
	"galla/state/boltstore"
)

var (
	wearSales = flag.Int("wear-sales", 100000, "how many sales the file holds before the wear is measured")
	wearTry   = flag.Int("wear-try", 200, "how many sales are sold to measure it")
)

// TestWear (books.md 9, 10) measures what a commit and a whole sale write, in bytes and write calls (bbolt makes one
// for each page), by what the kernel counted for this process. Beside it the same events and rows go into a bare bbolt
// file by three Puts a commit.
func TestWear(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sales.db")
	if err := fillLarge(path, *wearSales, 3, 0); err != nil {
		t.Fatal(err)
	}
	batches := script(*wearSales, *wearTry)
	bare := bareStore(t, path, filepath.Join(dir, "bare.db"))
	ours := ourStore(t, path)
	measure(t, batches, ours, bare)
	t.Logf("%d sales in the file, %d sold; a commit of one event and a whole sale, the mean:", *wearSales, *wearTry)
	t.Logf("  boltstore  %6.0f bytes %5.1f writes      %7.0f bytes %5.1f writes",
		ours.one.mean(), ours.one.calls(), ours.all.bytes/float64(*wearTry), ours.all.writes/float64(*wearTry))
	t.Logf("  bare bbolt %6.0f bytes %5.1f writes      %7.0f bytes %5.1f writes",
		bare.one.mean(), bare.one.calls(), bare.all.bytes/float64(*wearTry), bare.all.writes/float64(*wearTry))
	bytes, writes := ours.one.mean()/bare.one.mean(), ours.one.calls()/bare.one.calls()
	rate := bare.all.took.Seconds() / ours.all.took.Seconds()
	t.Logf("  ratio of one commit: %.2f bytes, %.2f writes; commits a second: %.0f, of bare bbolt's %.2f",
		bytes, writes, float64(len(batches))/ours.all.took.Seconds(), rate)
	if bytes > 1.2 || writes > 1.2 {
		t.Errorf("a commit of one event writes more than 1.2 of what bare bbolt writes")
	}
	if whole := ours.all.bytes / float64(*wearTry); *wearSales == 100000 && whole > oldSale/2 {
		t.Errorf("a whole sale writes %.0f bytes, more than half of the %d of schema 2", whole, oldSale)
	}
	for i, name := range steps {
		t.Logf("  %-8s %6.0f bytes %5.1f writes      bare %6.0f bytes %5.1f writes",
			name, ours.step[i].mean(), ours.step[i].calls(), bare.step[i].mean(), bare.step[i].calls())
	}
}

// oldSale is what schema 2 wrote for a sale of this script in a file of 100,000 sales, in bytes: this test, run at
// 4d0dbed.
const oldSale = 438508

// steps are the commits of one sale in the script.
var steps = []string{"open", "quoted", "shown", "paid", "watch 1", "watch 2"}

// script is sales one after the other, two of them under way at any time, as a till commits them.
func script(first, n int) (batches []state.Batch) {
	r := rand.New(rand.NewPCG(7, 7))
	at := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	var lanes [2][]state.Batch
	for i := range n {
		id := fmt.Sprintf("%010dABCDEF", first+i)
		ref := id[4:] + "A1"
		amount := money.Paise(100 * (1 + r.IntN(5000)))
		story := [][]state.Event{
			{
				{Kind: state.EventOpened, By: "cashier:asha", Opened: &state.Opened{
					Number:    1 + i%300,
					Day:       time.Date(2026, 11, 22+i/300, 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
					Amount:    amount,
					Reference: fmt.Sprintf("BILL-%d", first+i),
					Route:     []string{"enkash", "razorpay"},
					Life:      5 * time.Minute,
					Terminal:  "COUNTER-1",
					Rules:     state.Rules,
				}},
				{Kind: state.EventAttemptAsked, Attempt: ref, Gateway: "enkash"},
			},
			{
				{Kind: state.EventAttemptQuoted, Attempt: ref, Quote: &state.Quote{
					OrderID:   fmt.Sprintf("order_%014d", r.Int64N(1e14)),
					PayeeVPA:  "shop.galla@okbank",
					PayeeName: "Shree Ganesh Stores",
					Payload: "upi://pay?pa=shop.galla@okbank&pn=Shree%20Ganesh%20Stores&mc=5411&tr=" + ref +
						"&am=250.00&cu=INR&mode=15&orgid=000000&sign=" + strings.Repeat("0", 60),
				}},
			},
			{{Kind: state.EventShown, Attempt: ref}},
			{
				{
					Kind:    state.EventReading,
					Attempt: ref,
					By:      "gateway:enkash",
					Reading: &state.Reading{Order: "paid", Payments: []state.Payment{
						{
							ID:     fmt.Sprintf("pay_%014d", r.Int64N(1e14)),
							Amount: amount,
							Status: state.PaymentCaptured,
							VPA:    "as***@okbank",
							RRN:    fmt.Sprintf("6333%08d", r.Int64N(1e8)),
						},
					}},
				},
			},
			{{Kind: state.EventWatched, Step: 1}},
			{{Kind: state.EventWatched, Step: 2}},
		}
		lane := &lanes[i%2]
		for step, events := range story {
			b := state.Batch{}
			for _, e := range events {
				at = at.Add(time.Second)
				e.SaleID, e.At = id, at
				b.Events = append(b.Events, e)
			}
			if step == 0 {
				b.Keys = []state.KeyRecord{
					{Key: fmt.Sprintf("%022d", r.Int64()), Fingerprint: strings.Repeat("f", 43), SaleID: id, At: at},
				}
			}
			*lane = append(*lane, b)
		}
	}
	for len(lanes[0])+len(lanes[1]) > 0 {
		for i := range lanes {
			if len(lanes[i]) > 0 {
				batches, lanes[i] = append(batches, lanes[i][0]), lanes[i][1:]
			}
		}
	}
	return batches
}

// numbered gives a batch's events the numbers that follow seq, and makes its sale of them; sales are those under way.
func numbered(b state.Batch, seq uint64, sales map[string]state.Sale) (state.Batch, uint64) {
	b.Events = slices.Clone(b.Events)
	sale := sales[b.Events[0].SaleID]
	for i := range b.Events {
		seq++
		b.Events[i].Seq = seq
		next, _, err := state.Apply(sale, b.Events[i])
		if err != nil {
			panic(err)
		}
		sale = next
	}
	sales[sale.ID], b.Sales = sale, []state.Sale{sale}
	return b, seq
}

// stepOf says which commit of its sale a batch is.
func stepOf(b state.Batch) int {
	switch e := b.Events[0]; e.Kind {
	case state.EventAttemptQuoted:
		return 1
	case state.EventShown:
		return 2
	case state.EventReading:
		return 3
	case state.EventWatched:
		return 3 + e.Step
	}
	return 0
}

type wear struct {
	bytes, writes, n float64
	took             time.Duration
}

func (w wear) mean() float64  { return w.bytes / w.n }
func (w wear) calls() float64 { return w.writes / w.n }

type wears struct {
	one, all wear // commits of one event before the end; everything
	step     [6]wear
}

// measured is a store that takes batches by commit, behind event seq.
type measured struct {
	commit func(state.Batch) error
	seq    uint64
	sales  map[string]state.Sale
	wears
}

// measure gives every batch to each of the stores, the first one in turn, so that all meet the same load.
func measure(t *testing.T, batches []state.Batch, stores ...*measured) {
	for n, b := range batches {
		for i := range stores {
			m := stores[(i+n)%len(stores)]
			b, seq := numbered(b, m.seq, m.sales)
			m.seq = seq
			b0, w0 := written(t)
			begin := time.Now()
			if err := m.commit(b); err != nil {
				t.Fatal(err)
			}
			m.all.took += time.Since(begin)
			b1, w1 := written(t)
			to := []*wear{&m.all, &m.step[stepOf(b)]}
			if k := stepOf(b); k == 1 || k == 2 {
				to = append(to, &m.one)
			}
			for _, w := range to {
				w.bytes, w.writes, w.n = w.bytes+b1-b0, w.writes+w1-w0, w.n+1
			}
		}
	}
}

// written is what this process has written so far (proc_pid_io(5)).
func written(t *testing.T) (bytes, calls float64) {
	raw, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(raw)) {
		fmt.Sscanf(l, "wchar: %g", &bytes)
		fmt.Sscanf(l, "syscw: %g", &calls)
	}
	return bytes, calls
}

func ourStore(t *testing.T, path string) *measured {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	seq, err := s.Seq()
	if err != nil {
		t.Fatal(err)
	}
	return &measured{commit: s.Commit, seq: seq, sales: map[string]state.Sale{}}
}

// bareStore puts the events and rows of a sales file into a file with three buckets and nothing else.
func bareStore(t *testing.T, from, path string) *measured {
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := boltstore.Open(from, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db.NoSync = true
	put := func(events []state.Event, sales []state.Sale) error {
		return db.Update(func(tx *bolt.Tx) error {
			ev, _ := tx.CreateBucketIfNotExists([]byte("events"))
			ev.FillPercent = 0.95
			sl, _ := tx.CreateBucketIfNotExists([]byte("sales"))
			meta, _ := tx.CreateBucketIfNotExists([]byte("meta"))
			for _, e := range events {
				raw, _ := json.Marshal(e)
				if err := ev.Put(be(e.Seq), append(bytes.Repeat([]byte{1}, 40), raw...)); err != nil {
					return err
				}
				if err := meta.Put([]byte("seq"), be(e.Seq)); err != nil {
					return err
				}
			}
			for _, s := range sales {
				raw, _ := json.Marshal(s)
				if err := sl.Put([]byte(s.ID), append([]byte("\x00\x00\x00\x00"), raw...)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for before := "~"; ; {
		page, err := s.Sales(state.Query{Limit: 2000, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		before = page[len(page)-1].ID
		if err := put(nil, page); err != nil {
			t.Fatal(err)
		}
	}
	seq := uint64(0)
	for {
		page, err := s.Events(seq, 5000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		seq = page[len(page)-1].Seq
		if err := put(page, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Sync(); err != nil {
		t.Fatal(err)
	}
	db.NoSync = false
	return &measured{
		commit: func(b state.Batch) error { return put(b.Events, b.Sales) },
		seq:    seq,
		sales:  map[string]state.Sale{},
	}
}

func be(n uint64) []byte {
	var k [8]byte
	for i := range k {
		k[7-i] = byte(n >> (8 * i))
	}
	return k[:]
}
