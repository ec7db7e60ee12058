package boltstore_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestBooks_4: a full check of a sound file whose other meta page is torn, as a power cut leaves it, finds nothing
// wrong, tells how far it is, and still finds what is wrong.
func TestBooks_4(t *testing.T) {
	path, _ := fill(t, 400)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := os.Getpagesize()
	txid := func(page int) uint64 { return binary.LittleEndian.Uint64(raw[page*size+64:]) }
	other := 0
	if txid(1) < txid(0) {
		other = 1
	}
	want, err := boltstore.Check(path, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, tear := range map[string]func(page []byte){
		"zeros":       func(page []byte) { clear(page) },
		"half zeros":  func(page []byte) { clear(page[:size/2]) },
		"other bytes": func(page []byte) { copy(page, strings.Repeat("x", 100)) },
		"another id":  func(page []byte) { page[0] = 77 },
		"no checksum": func(page []byte) { page[72] ^= 1 },
	} {
		torn := append([]byte{}, raw...)
		tear(torn[other*size : (other+1)*size])
		at := filepath.Join(t.TempDir(), "sales.db")
		if err := os.WriteFile(at, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		told := map[string]uint64{}
		r, err := boltstore.CheckTelling(at, true, func(what string, done, _ uint64) { told[what] = done })
		if err != nil || r.Seq != want.Seq || r.Events != want.Events || r.Sales != want.Sales {
			t.Errorf("%s: %v\n%v", name, err, r)
		}
		if told["pages"] == 0 || told["events"] == 0 || told["sales"] == 0 {
			t.Errorf("%s: progress %v", name, told)
		}
	}

	h := fnv.New64a() // a free list elsewhere: every page of it is in doubt, and bbolt would die of it
	bad := append([]byte{}, raw...)
	meta := bad[(1-other)*size+16:]
	binary.LittleEndian.PutUint64(meta[32:], binary.LittleEndian.Uint64(meta[16:]))
	h.Write(meta[:56])
	binary.LittleEndian.PutUint64(meta[56:], h.Sum64())
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := boltstore.Check(path, true); !errors.Is(err, boltstore.ErrDamaged) {
		t.Errorf("a root that is its own free list: %v\n%v", err, r)
	}
}

// TestBooks_9 is a copy that does not prove whole: it takes no one's place.
func TestBooks_9(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	to := filepath.Join(t.TempDir(), "copy.db")
	o := quick
	wrong := error(nil)
	var looked []string
	o.Verify = func(name string) error { looked = append(looked, name); return wrong }
	s := open(t, path, o)
	if err := s.Backup(to); err != nil || len(looked) != 1 || looked[0] != to+".new" {
		t.Fatalf("%v, looked at %q", err, looked)
	}
	before, _ := os.ReadFile(to)
	if err := s.Settings().Put("a", []byte("b")); err != nil {
		t.Fatal(err)
	}
	wrong = errors.New("it is torn")
	if err := s.Backup(to); err == nil || !strings.Contains(err.Error(), "it is torn") {
		t.Errorf("a copy that is not whole: %v", err)
	}
	if now, _ := os.ReadFile(to); string(now) != string(before) {
		t.Error("it took the last one's place")
	}
	if _, err := os.Stat(to + ".new"); err == nil {
		t.Error("it was left behind")
	}
}

// TestRestoreAcrossSchemas: a copy of an older schema is put back, and the next start brings it to this one.
func TestRestoreAcrossSchemas(t *testing.T) {
	path, copied := filepath.Join(t.TempDir(), "sales.db"), copyOf(t, oldFile(t, 600))
	before, chain := oldSales(t, copied)
	if _, err := boltstore.Adopt(path, copied); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, quick)
	migrated(t, s, before, chain)
	again := filepath.Join(t.TempDir(), "again.db")
	if err := s.Backup(again); err != nil {
		t.Fatal(err)
	}
	have := everything(t, reopenable(t, s))
	if loss, err := boltstore.Loss(path, again); err != nil || loss != "" {
		t.Errorf("a copy as it is: %q, %v", loss, err)
	}
	if kept, err := boltstore.Adopt(path, again); err != nil || kept == "" {
		t.Fatal(err)
	}
	if everything(t, path) != have {
		t.Error("what was put back differs")
	}
}

// TestBooks_5: a start reads the operations that have no end, and none of those that have one: not even a damaged one
// is met.
func TestBooks_5(t *testing.T) {
	path, tr := fill(t, 30)
	s := open(t, path, quick)
	var open []string
	for i := range 200 {
		seq := tr.NextSeq()
		b := statetest.Acted(fmt.Sprintf("A%08X", seq), seq, fmt.Sprint("act", i))
		if err := s.Commit(b); err != nil {
			t.Fatal(err)
		}
		if i%50 == 7 {
			open = append(open, b.Operations[0].ID)
			continue
		}
		if err := s.Commit(statetest.Ended(b.Operations[0], tr.NextSeq(), state.OperationDone)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()

	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := 0
	err = db.Update(func(tx *bolt.Tx) error {
		var ids []string
		acts := tx.Bucket([]byte("acts"))
		acts.ForEach(func(id, _ []byte) error {
			if !slices.Contains(open, string(id)) {
				ids = append(ids, string(id))
			}
			return nil
		})
		for _, id := range ids {
			spoilt++
			if err := acts.Put([]byte(id), []byte("spoilt")); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil || spoilt != 196 {
		t.Fatalf("%d spoilt, %v", spoilt, err)
	}
	if s, err = boltstore.Open(path, quick); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	waiting, err := s.OpenOperations()
	var ids []string
	for _, o := range waiting {
		ids = append(ids, o.ID)
	}
	if err != nil || !slices.Equal(ids, open) {
		t.Errorf("%q, want %q: %v", ids, open, err)
	}
}
