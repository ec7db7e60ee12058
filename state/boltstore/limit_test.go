package boltstore_test

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"strconv"
	"testing"

	"galla/state/boltstore"
	"galla/state/statetest"
)

// swollen makes a sales file whose pages reach up to bytes: what lies between was never written, so it takes no room on
// disk.
func swollen(t *testing.T, bytes int64) string {
	t.Helper()
	path, _ := fill(t, 60)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(os.Getpagesize())
	for page := range int64(2) {
		b := make([]byte, 64)
		if _, err := f.ReadAt(b, page*size+16); err != nil {
			t.Fatal(err)
		}
		binary.LittleEndian.PutUint64(b[40:], uint64(bytes/size))
		h := fnv.New64a()
		h.Write(b[:56])
		binary.LittleEndian.PutUint64(b[56:], h.Sum64())
		if _, err := f.WriteAt(b, page*size+16); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(bytes); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBooks_11: on 32 bits a file that is larger than can be addressed is refused as that and never as damaged; one
// that is nearly as large warns, takes no new sale at its end, and keeps going. make rig-32 runs it on a 386 build,
// where the limit is the real one.
func TestBooks_11(t *testing.T) {
	limit := int64(1<<31 - 1)
	if strconv.IntSize == 64 {
		limit = 300 << 20
		boltstore.SetAddressable(t, limit)
	}
	large := swollen(t, limit+(143<<20))
	_, err := boltstore.Open(large, quick)
	refused(t, err, boltstore.ErrTooLarge, large, "64-bit")
	_, err2 := boltstore.Check(large, false)
	refused(t, err2, boltstore.ErrTooLarge, large, "64-bit")
	if errors.Is(errors.Join(err, err2), boltstore.ErrDamaged) {
		t.Error("it is called damaged")
	}

	small := open(t, swollen(t, 10<<20), quick)
	if used, most, err := small.Crowded(); used != 0 || most != 0 || err != nil || small.Tight() {
		t.Errorf("a small file is crowded: %d of %d, %v", used, most, err)
	}
	small.Close()

	near := swollen(t, limit-(4<<20))
	s := open(t, near, quick)
	if used, most, err := s.Crowded(); used < limit-(8<<20) || most != limit || err != nil || !s.Tight() {
		t.Errorf("%d of %d, tight %v, %v", used, most, s.Tight(), err)
	}
	if strconv.IntSize == 64 {
		return // bbolt grows the file as far as it likes
	}
	for i := 0; ; i++ {
		seq, err := s.Seq()
		if err != nil {
			t.Fatal(err)
		}
		o := statetest.Asked("O"+strconv.Itoa(i), seq+1, "key"+strconv.Itoa(i))
		err = s.Commit(o)
		if err == nil && i < 20_000 {
			continue
		}
		refused(t, err, boltstore.ErrTooLarge, near, "64-bit")
		if !errors.Is(err, boltstore.ErrFull) || errors.Is(err, boltstore.ErrBroken) ||
			errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("after %d commits: %v", i, err)
		}
		if now, err := s.Seq(); err != nil || now != seq {
			t.Errorf("event %d became %d: %v", seq, now, err)
		}
		t.Logf("%d commits", i)
		break
	}
	s.Close()
	if s, err = boltstore.Open(near, quick); err != nil {
		t.Fatalf("it opens no more: %v", err)
	}
	s.Close()
}
