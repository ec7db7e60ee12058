package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/chain"
	"galla/state/statetest"
)

// placed is the chain as the file has it, read past the store: after the root, every place there is.
type placed struct {
	root   uint64
	before chain.Hash
	places []chain.Place
}

// lying reads the chain of a closed file row by row.
func lying(t testing.TB, path string) (p placed) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		if root := tx.Bucket([]byte("meta")).Get([]byte("root")); root != nil {
			p.root = binary.BigEndian.Uint64(root)
			copy(p.before[:], root[8:])
		}
		begin := p.before == chain.Hash{} && p.root > 0
		row := func(k, v []byte) error {
			var at chain.Place
			copy(at.Hash[:], v)
			if len(v) > 40 && !begin {
				at.Event = bytes.Clone(v[40:])
			}
			begin = len(v) == 0
			p.places = append(p.places, at)
			return nil
		}
		if err := tx.Bucket([]byte("events")).ForEach(row); err != nil {
			return err
		}
		return tx.Bucket([]byte("recent")).ForEach(func(k, v []byte) error {
			if k[0] != 'e' {
				return nil
			}
			return row(k, v)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for len(p.places) > 0 && p.places[len(p.places)-1].Hash == (chain.Hash{}) {
		p.places = p.places[:len(p.places)-1]
	}
	return p
}

func (p *placed) last() uint64 { return p.root + uint64(len(p.places)) }

// stretched holds every answer of Stretch that a few hundred draws ask for against what lies in the file.
func stretched(t *testing.T, path string, seed uint64) (pruned, lost int) {
	t.Helper()
	want := lying(t, path)
	s := open(t, path, quick)
	defer s.Close()
	r := rand.New(rand.NewPCG(seed, 2))
	for i := range 200 {
		after, most := r.Uint64N(want.last()+3), r.IntN(1<<12)
		switch i {
		case 0:
			after, most = 0, math.MaxInt
		case 1:
			after = math.MaxUint64
		case 2:
			after, most = want.root, 0
		case 3:
			after, most = want.last()-1, 1
		}
		got, err := s.Stretch(after, most)
		if err != nil {
			t.Fatalf("behind %d: %v", after, err)
		}
		after = min(max(after, want.root), want.last())
		if got.After != after || got.Root != (after == want.root) {
			t.Fatalf("it begins behind %d (root %v), want %d", got.After, got.Root, after)
		}
		before := want.before
		if after > want.root {
			before = want.places[after-want.root-1].Hash
		}
		if got.Before != before {
			t.Fatalf("the hash of place %d is %x, want %x", after, got.Before[:4], before[:4])
		}
		size := 0
		for i, p := range got.Places {
			if size >= most && want.places[after-want.root+uint64(i)-1].Hash != (chain.Hash{}) {
				t.Fatalf("it goes on behind %d bytes of %d", size, most)
			}
			is := want.places[after-want.root+uint64(i)]
			if p.Hash != is.Hash || !bytes.Equal(p.Event, is.Event) {
				t.Fatalf("place %d is %x %q, want %x %q", after+1+uint64(i), p.Hash[:4], p.Event, is.Hash[:4], is.Event)
			}
			if size += len(p.Event); p.Event == nil {
				size += len(p.Hash)
				pruned++
			}
			if p.Hash == (chain.Hash{}) {
				lost++
			}
		}
		if size < most && got.Last() != want.last() {
			t.Fatalf("it ends at %d of %d, with %d bytes of %d", got.Last(), want.last(), size, most)
		}
	}
	return pruned, lost
}

// TestStretch: over random logs, whole, pruned and salvaged, a stretch is what lies in the file, from anywhere and of
// any size.
func TestStretch(t *testing.T) {
	for _, batches := range []int{1, 40, 700, 1500} {
		t.Run(fmt.Sprint(batches), func(t *testing.T) {
			path, _ := fill(t, batches)
			stretched(t, path, uint64(batches))
		})
	}

	t.Run("pruned", func(t *testing.T) {
		path, _ := fill(t, 2000)
		s := open(t, path, quick)
		if n, err := s.Prune(boltstore.Retention{Before: "2026-11-24"}); err != nil || n < 20 {
			t.Fatalf("%d pruned: %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if pruned, _ := stretched(t, path, 7); pruned < 100 {
			t.Errorf("only %d places without an event were read", pruned)
		}
	})

	t.Run("empty", func(t *testing.T) {
		s := open(t, filepath.Join(t.TempDir(), "sales.db"), quick)
		for _, after := range []uint64{0, 1, math.MaxUint64} {
			got, err := s.Stretch(after, 1000)
			if err != nil || got.After != 0 || !got.Root || len(got.Places) > 0 || got.Before != (chain.Hash{}) {
				t.Errorf("%+v %v", got, err)
			}
		}
	})

	t.Run("lost places", func(t *testing.T) {
		path, _ := fill(t, 400)
		whole := lying(t, path)
		at := func(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }
		for _, seq := range []uint64{1, 30, 31, 32, 99} {
			change(t, path, "events", at(seq), []byte{})
		}
		change(t, path, "events", at(60), append(whole.places[59].Hash[:], 0))
		if _, lost := stretched(t, path, 9); lost < 20 {
			t.Errorf("only %d lost places were read", lost)
		}
		got, err := open(t, path, quick).Stretch(29, 1)
		if err != nil || got.Last() != 33 { // behind 30, 31 and 32, which have no hash
			t.Errorf("it ends at %d: %v", got.Last(), err)
		}
	})

	t.Run("lost at the end", func(t *testing.T) {
		path, tr := fill(t, 140)
		for n := range uint64(3) {
			change(t, path, "recent", append([]byte("e"), binary.BigEndian.AppendUint64(nil, tr.Seq()-n)...), []byte{})
		}
		s := open(t, path, quick)
		got, err := s.Stretch(tr.Seq()-10, math.MaxInt)
		if err != nil || got.Last() != tr.Seq()-3 {
			t.Errorf("it ends at %d of %d: %v", got.Last(), tr.Seq(), err)
		}
		if got, err = s.Stretch(tr.Seq()-2, math.MaxInt); err != nil || len(got.Places) > 0 {
			t.Errorf("%d places without a hash: %v", len(got.Places), err)
		}
	})

	t.Run("everything pruned", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "sales.db")
		s := open(t, path, quick)
		for tr := statetest.NewTraffic(11, 1, 2); ; {
			if err := s.Commit(tr.Next()); err != nil {
				t.Fatal(err)
			}
			if w, _ := s.Watching(); len(w) == 0 && tr.Sales > 3 {
				break
			}
		}
		if n, err := s.Prune(boltstore.Retention{Before: "9999-12-31"}); err != nil || n == 0 {
			t.Fatalf("%d pruned: %v", n, err)
		}
		anchor, err := s.Anchor()
		if err != nil {
			t.Fatal(err)
		}
		for _, after := range []uint64{0, anchor.Seq, math.MaxUint64} {
			got, err := s.Stretch(after, 1000)
			if err != nil || got.After != anchor.Seq || !got.Root || hex.EncodeToString(got.Before[:]) != anchor.Hash ||
				len(got.Places) > 0 {
				t.Errorf("%+v %v, want %+v", got, err, anchor)
			}
		}
	})
}

// TestStretchOfADamagedFile: what does not prove itself is never given away, and what lies before it is.
func TestStretchOfADamagedFile(t *testing.T) {
	key := binary.BigEndian.AppendUint64(nil, 50)
	for name, with := range map[string]func(row []byte) []byte{
		"an event was changed": func(row []byte) []byte { return bytes.Replace(row, []byte("seq"), []byte("seQ"), 1) },
		"a hash was changed":   func(row []byte) []byte { row[3]++; return row },
		"an event is missing":  func([]byte) []byte { return nil },
		"a row is cut off":     func(row []byte) []byte { return row[:35] },
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := fill(t, 400)
			whole := lying(t, path)
			row := append(append([]byte{}, whole.places[49].Hash[:]...), make([]byte, 8)...)
			change(t, path, "events", key, with(append(row, whole.places[49].Event...)))
			s := open(t, path, quick)
			for _, after := range []uint64{0, 40, 49} {
				_, err := s.Stretch(after, 1<<20)
				refused(t, err, boltstore.ErrDamaged, "event 50")
			}
			if _, err := s.Stretch(50, 1<<20); name != "an event was changed" { // whose hash still is where it was
				refused(t, err, boltstore.ErrDamaged)
			}
			if got, err := s.Stretch(0, 1000); err != nil || len(got.Places) < 4 {
				t.Errorf("%d places before it: %v", len(got.Places), err)
			}
		})
	}
}

// BenchmarkStretch reads a log of 20,000 events in stretches of 32 KiB, as an uplink does that catches up, beside the
// bare cursor of the engine over the same rows: what proving and copying cost.
func BenchmarkStretch(b *testing.B) {
	path := filepath.Join(b.TempDir(), "sales.db")
	s := open(b, path, quick)
	for tr := statetest.NewTraffic(5, 8, 300); tr.Seq() < 20_000; {
		var all state.Batch
		sales := map[string]state.Sale{}
		for range 500 {
			next := tr.Next()
			all.Events, all.Keys = append(all.Events, next.Events...), append(all.Keys, next.Keys...)
			sales[next.Sales[0].ID] = next.Sales[0]
		}
		all.Sales = slices.Collect(maps.Values(sales))
		if err := s.Commit(all); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("stretch", func(b *testing.B) {
		n := 0
		for b.Loop() {
			for after := uint64(0); ; {
				got, err := s.Stretch(after, 32<<10)
				if err != nil {
					b.Fatal(err)
				}
				if len(got.Places) == 0 {
					break
				}
				n, after = n+len(got.Places), got.Last()
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	})
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("cursor", func(b *testing.B) {
		db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		n, size := 0, 0
		for b.Loop() {
			err := db.View(func(tx *bolt.Tx) error {
				for _, bucket := range []string{"events", "recent"} {
					c := tx.Bucket([]byte(bucket)).Cursor()
					for k, v := c.First(); k != nil && k[0] != 's'; k, v = c.Next() {
						n++
						size += len(v)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	})
}
