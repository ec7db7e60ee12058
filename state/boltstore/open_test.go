package boltstore_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
)

func TestHeldByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	other := exec.Command(os.Args[0], "hold", path)
	in, _ := other.StdinPipe()
	out, _ := other.StdoutPipe()
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(out).ReadString('\n')
	for _, o := range []boltstore.Options{quick, checked()} {
		_, err := boltstore.Open(path, o)
		if err == nil ||
			!strings.Contains(err.Error(), fmt.Sprintf("held by boltstore.test (process %d)", other.Process.Pid)) {
			t.Errorf("a file held by another process: %v", err)
		}
		if errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("%v: a held file is not a damaged one", err)
		}
	}
	if _, err := salvage.File(path, path+".salvaged"); err == nil || !strings.Contains(err.Error(), "stop that first") {
		t.Errorf("salvage of a file that is being written: %v", err)
	}
	if _, err := boltstore.Adopt(path, path); err == nil {
		t.Error("Adopt replaced a file that is in use")
	}
	in.Close()
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	open(t, path, quick)
}

// TestSlowCheck: a check that isn't done in time, or can't be begun, says nothing about the file.
func TestSlowCheck(t *testing.T) {
	path, _ := fill(t, 3)
	for _, look := range []func(string) error{boltstore.Child(time.Millisecond, "sleep", "1"),
		boltstore.Child(time.Minute, "/nowhere/gallad", "fsck")} {
		_, err := boltstore.Open(path, boltstore.Options{Verify: func(string) error { return look("10") }})
		if err == nil || errors.Is(err, boltstore.ErrDamaged) {
			t.Errorf("a file that was not looked at: %v", err)
		}
	}
}

func TestGone(t *testing.T) {
	path, _ := fill(t, 30)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := boltstore.Open(path, quick)
	refused(t, err, boltstore.ErrDamaged, "is gone", "30 events", path+".seq")
	if _, err := os.Stat(path); err == nil {
		t.Error("a new file was made in its place")
	}
	os.Remove(path + ".seq") // the remedy the error names
	s := open(t, path, quick)
	if seq, err := s.Seq(); seq != 0 || err != nil {
		t.Errorf("a fresh file has %d events: %v", seq, err)
	}
}

func TestRolledBack(t *testing.T) {
	path, tr := fill(t, 30)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path, quick)
	for range 5 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = boltstore.Open(path, checked())
	refused(t, err, boltstore.ErrDamaged, "ends at event 30, but 35 events were written", path+".seq")
}

// TestOneMetaPageBack is reliability.md's finding 3: bbolt opens such a file one transaction back, without a word.
func TestOneMetaPageBack(t *testing.T) {
	for n := range 2 { // the newer of the two may be either
		path, _ := fill(t, 20+n)
		for page := range int64(2) {
			raw, _ := os.ReadFile(path)
			copy(raw[page*4096:], make([]byte, 4096))
			hurt := filepath.Join(t.TempDir(), "sales.db")
			os.WriteFile(hurt, raw, 0o600)
			mark, _ := os.ReadFile(path + ".seq")
			os.WriteFile(hurt+".seq", mark, 0o600)
			s, err := boltstore.Open(hurt, checked())
			if err != nil {
				refused(t, err, boltstore.ErrDamaged, "events were written")
				continue
			}
			if seq, _ := s.Seq(); seq != uint64(20+n) {
				t.Errorf("opened with %d events of %d", seq, 20+n)
			}
			s.Close()
		}
	}
}

func TestNewerSchema(t *testing.T) {
	path, _ := fill(t, 3)
	change(t, path, "meta", []byte("schema"), []byte{9})
	for _, o := range []boltstore.Options{quick, checked()} {
		_, err := boltstore.Open(path, o)
		if err == nil || errors.Is(err, boltstore.ErrDamaged) ||
			!strings.Contains(err.Error(), "schema 9, and this gallad knows 3") {
			t.Errorf("a newer file: %v", err)
		}
	}
}

// change writes one row past the store.
func change(t *testing.T, path, bucket string, k, v []byte) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		if v == nil {
			return tx.Bucket([]byte(bucket)).Delete(k)
		}
		return tx.Bucket([]byte(bucket)).Put(k, v)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	db, err := bolt.Open(path, 0o600, nil) // a bbolt file of somebody else's
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err = boltstore.Open(path, checked())
	refused(t, err, boltstore.ErrDamaged, "not a sales file")
}

// TestCut cuts a file at every page and at odd places: it is refused as damaged, and stays as it was.
func TestCut(t *testing.T) {
	path, _ := fill(t, 60)
	whole, _ := os.ReadFile(path)
	for _, size := range []int{0, 1, 100, 4095, 4096, 5000, 8192, 12288, 16384, len(whole) / 2} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := boltstore.Open(path, checked())
		refused(t, err, boltstore.ErrDamaged, path)
		if info, _ := os.Stat(path); info.Size() != int64(size) {
			t.Errorf("the file cut to %d bytes now has %d", size, info.Size())
		}
	}
}

// TestBitFlips flips bits that mean something all over the file. Each time the damage must be told, by the quick look
// of a start, by the read that meets it, and by a full check, or do no harm: never a store that is silently emptier or
// other.
func TestBitFlips(t *testing.T) {
	path, tr := fill(t, 200)
	whole, _ := os.ReadFile(path)
	mark, _ := os.ReadFile(path + ".seq")
	want := everything(t, path)
	r := rand.New(rand.NewPCG(1, 2))
	atStart, atRead, harmless := 0, 0, 0
	flips := 150
	if testing.Short() { // make quick
		flips = 90
	}
	for i := 0; i < flips; {
		at := r.IntN(len(whole))
		if i < 20 {
			at = r.IntN(2)*4096 + r.IntN(80) // the meta pages
		}
		if whole[at] == 0 {
			continue // mostly room that nothing uses
		}
		i++
		hurt := filepath.Join(t.TempDir(), "sales.db")
		whole[at] ^= 1 << (i % 8)
		os.WriteFile(hurt, whole, 0o600)
		whole[at] ^= 1 << (i % 8)
		os.WriteFile(hurt+".seq", mark, 0o600)
		s, err := boltstore.Open(hurt, checked())
		if err != nil {
			refused(t, err, boltstore.ErrDamaged, hurt)
			atStart++
			continue
		}
		seq, err := s.Seq()
		if err != nil || seq != tr.Seq() {
			t.Fatalf("bit flipped at %d: opened with %d events of %d: %v", at, seq, tr.Seq(), err)
		}
		s.Close()
		if err := boltstore.Child(time.Minute, os.Args[0], "check", "full")(hurt); err != nil {
			refused(t, err, boltstore.ErrDamaged, hurt)
			atRead++
			continue
		}
		if everything(t, hurt) != want {
			t.Fatalf("bit flipped at %d: a full check finds nothing wrong, and other things can be read", at)
		}
		harmless++
	}
	t.Logf("%d flips were refused at the start, %d by a full check, %d lie where nothing is stored any more",
		atStart, atRead, harmless)
	if atStart < 20 || atRead < 5 {
		t.Error("the checks hardly ever see a flipped bit")
	}
}

// everything reads all there is in a sales file, as text.
func everything(t *testing.T, path string) string {
	t.Helper()
	s := open(t, path, quick)
	defer s.Close()
	sales, err1 := s.Sales(state.Query{Limit: 1 << 20})
	events, err2 := s.Events(0, 1<<20)
	watching, err3 := s.Watching()
	attention, err4 := s.Sales(state.Query{Limit: 1 << 20, Attention: true})
	raw, err5 := json.Marshal([]any{sales, events, watching, attention})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestCreationCut leaves behind what a power cut in the first start can leave: the next start begins anew.
func TestCreationCut(t *testing.T) {
	for name, leave := range map[string]func(path string){
		"nothing":              func(string) {},
		"an empty mark":        func(path string) { os.WriteFile(path+".seq", nil, 0o600) },
		"half a mark":          func(path string) { os.WriteFile(path+".seq", make([]byte, 13), 0o600) },
		"an empty new file":    func(path string) { os.WriteFile(path+".new", nil, 0o600) },
		"a torn new file":      func(path string) { os.WriteFile(path+".new", make([]byte, 8192), 0o600) },
		"garbage as new file":  func(path string) { os.WriteFile(path+".new", []byte("garbage"), 0o600) },
		"a whole new file too": func(path string) { s := mustOpen(path); s.Close(); os.Rename(path, path+".new") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sales.db")
			leave(path)
			s := open(t, path, checked())
			if seq, err := s.Seq(); seq != 0 || err != nil {
				t.Errorf("%d events: %v", seq, err)
			}
		})
	}
}

func mustOpen(path string) *boltstore.Store {
	s, err := boltstore.Open(path, quick)
	if err != nil {
		panic(err)
	}
	return s
}

func TestFolderGone(t *testing.T) {
	_, err := boltstore.Open(filepath.Join(t.TempDir(), "nowhere", "sales.db"), quick)
	if err == nil || !strings.Contains(err.Error(), "must be on a disk that can be written") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// freelist is the page at which the newest meta page says the free pages are listed; noFreelist when none are.
func freelist(t *testing.T, raw []byte) uint64 {
	t.Helper()
	le := binary.LittleEndian
	var newest, page uint64
	for at := range 2 {
		// after the page's header: magic, version, page size, flags, root, sequence, freelist, pages, txid
		meta := raw[at*4096+16:]
		if tx := le.Uint64(meta[48:]); tx >= newest {
			newest, page = tx, le.Uint64(meta[32:])
		}
	}
	return page
}

const noFreelist = ^uint64(0)

// TestDamageThatKills is reliability.md's finding 2: bbolt's own Open panics on a freelist that is none. A start asks a
// child first and is told, instead of dying again and again.
func TestDamageThatKills(t *testing.T) {
	path, _ := fill(t, 50)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint16(raw[freelist(t, raw)*4096+8:], 0x02) // the page's type: a leaf
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = boltstore.Open(path, checked())
	refused(t, err, boltstore.ErrDamaged, "freelist")
	if after, _ := os.ReadFile(path); !bytes.Equal(raw, after) {
		t.Error("looking at a damaged file changed it")
	}
	copied := filepath.Join(t.TempDir(), "copy.db") // what panics in Open keeps its lock
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		if db, err := bolt.Open(copied, 0o600, nil); err == nil {
			db.Close()
		}
		t.Error("bbolt's Open survives this damage now: the test needs another")
	}()
}

// TestFreePagesAreListed is reliability.md's finding 5: without the list on disk, Open reads the whole file. Compact
// makes a new file, which must have it too.
func TestFreePagesAreListed(t *testing.T) {
	path, _ := fill(t, 50)
	look := func(when string) {
		t.Helper()
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if freelist(t, raw) == noFreelist {
			t.Errorf("%s no page lists the free pages: a start would read the whole file", when)
		}
	}
	look("after sales")
	s := open(t, path, quick)
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	look("after a compaction")
}
