package copies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state/boltstore"
	"galla/state/boltstore/salesfile"
	"galla/state/statetest"
)

// morning is when the hourly copies of these tests are made.
var morning = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// till is a sales file, its hourly copy, and a stick.
type till struct {
	t             *testing.T
	store         *boltstore.Store
	traffic       *statetest.Traffic
	hourly, stick string
	note          string
}

func newTill(t *testing.T) *till {
	t.Helper()
	dir := t.TempDir()
	x := &till{
		t:       t,
		traffic: statetest.NewTraffic(1, 3, 50),
		hourly:  filepath.Join(dir, Stage, Name),
		stick:   filepath.Join(dir, Folder),
		note:    filepath.Join(dir, "note"),
	}
	for _, d := range []string{filepath.Dir(x.hourly), x.stick} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if x.store, err = boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.store.Close() })
	return x
}

// sell makes some events, and gallad's hourly copy of that moment.
func (x *till) sell(at time.Time) {
	x.t.Helper()
	for range 5 {
		if err := x.store.Commit(x.traffic.Next()); err != nil {
			x.t.Fatal(err)
		}
	}
	if err := errors.Join(x.store.Backup(x.hourly), os.Chtimes(x.hourly, at, at)); err != nil {
		x.t.Fatal(err)
	}
}

func (x *till) carry() (wrote bool, err error) {
	_, wrote, err = Carry(x.hourly, x.stick, whole)
	return wrote, err
}

// must carries, and asks whether that wrote.
func (x *till) must(wrote bool) {
	x.t.Helper()
	if did, err := x.carry(); err != nil || did != wrote {
		x.t.Fatalf("wrote %v, %v", did, err)
	}
}

// on lists the stick.
func (x *till) on() (names []string) {
	x.t.Helper()
	all, err := os.ReadDir(x.stick)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func (x *till) read(path string) []byte {
	x.t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	return raw
}

// newest says that the stick has the hourly copy, byte for byte.
func (x *till) newest() {
	x.t.Helper()
	if !bytes.Equal(x.read(x.hourly), x.read(filepath.Join(x.stick, Name))) {
		x.t.Error("the stick's copy is not the hourly one")
	}
}

// whole is the look that gallad's fsck takes, without a process of its own.
func whole(path string) error {
	_, err := boltstore.Check(path, true)
	return err
}

// TestBox_2_Carry: the copy is on the stick, is not written again while it is as good, is again when something changed,
// and the one before stays as that of its day; 14 of them do.
func TestBox_2_Carry(t *testing.T) {
	x := newTill(t)
	if _, err := x.carry(); !errors.Is(err, ErrNone) {
		t.Fatalf("before the first copy: %v", err)
	}
	x.sell(morning)
	x.must(true)
	x.newest()
	x.must(false)
	now := morning.Add(time.Hour) // gallad says that its copy is as good as one of now
	if err := os.Chtimes(x.hourly, now, now); err != nil {
		t.Fatal(err)
	}
	x.must(false)
	x.sell(now)
	x.must(true)
	x.newest()
	if on := x.on(); !slices.Equal(on, []string{Name}) {
		t.Errorf("after a day's two copies the stick has %q", on)
	}
	for day := range 20 {
		x.sell(morning.AddDate(0, 0, day+1))
		x.must(true)
	}
	x.newest()
	on := x.on()
	if len(on) != 15 || on[1] != Name+".2026-12-06" || on[14] != Name+".2026-12-19" {
		t.Errorf("after three weeks the stick has %q", on)
	}
	for _, name := range on {
		if err := whole(filepath.Join(x.stick, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBox_2_Pulled: wherever the stick is pulled, a whole copy is on it, and the next call brings the new one.
func TestBox_2_Pulled(t *testing.T) {
	for name, pull := range map[string]func(*till) func(string) error{
		"while it is written": func(x *till) func(string) error {
			write = func(from io.ReadSeeker, to string) error {
				part := make([]byte, 5000)
				io.ReadFull(from, part)
				return errors.Join(os.WriteFile(to, part, 0o600), syscall.EIO)
			}
			return whole
		},
		"before it has its name": func(*till) func(string) error {
			return func(string) error { return errors.New("input/output error") }
		},
		"between its day's name and its own": func(x *till) func(string) error {
			return func(path string) error {
				// The rename over a name that is gone with the stick: the new file isn't there any more.
				return os.Remove(path)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { write = written })
			x := newTill(t)
			x.sell(morning)
			x.must(true)
			x.sell(morning.AddDate(0, 0, 1))
			if _, _, err := Carry(x.hourly, x.stick, pull(x)); err == nil {
				t.Fatal("the stick was not pulled")
			}
			write = written
			offer, _, err := Find(x.stick, whole)
			if err != nil || offer.Events == 0 {
				t.Fatalf("after it the stick offers %v, %v: %q", offer, err, x.on())
			}
			x.must(true)
			x.newest()
			for _, name := range x.on() {
				if strings.HasSuffix(name, ".new") {
					t.Errorf("%s stays", name)
				}
			}
		})
	}
}

// TestBox_2_OtherTill: the copies of another till stay as they are, whole.
func TestBox_2_OtherTill(t *testing.T) {
	x, y := newTill(t), newTill(t)
	x.sell(morning)
	x.must(true)
	held := x.read(filepath.Join(x.stick, Name))
	y.sell(morning.Add(time.Hour))
	y.stick = x.stick
	_, err := y.carry()
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Kind != Other {
		t.Fatalf("%v", err)
	}
	if !bytes.Equal(held, x.read(filepath.Join(x.stick, Name))) || len(x.on()) != 1 {
		t.Errorf("the stick has changed: %q", x.on())
	}
}

// TestBox_2_KnowsMore: an older copy was put back on the box; what it forgot stays on the stick beside the new copies.
func TestBox_2_KnowsMore(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	old := x.read(x.hourly)
	x.sell(morning.Add(time.Hour))
	x.must(true)
	more := x.read(filepath.Join(x.stick, Name))
	if err := errors.Join(os.WriteFile(x.hourly, old, 0o600), os.Chtimes(x.hourly, morning, morning)); err != nil {
		t.Fatal(err)
	}
	x.must(true)
	x.newest()
	aside, _ := filepath.Glob(filepath.Join(x.stick, Name+".2026-11-30-*"))
	if len(aside) != 1 || !bytes.Equal(x.read(aside[0]), more) {
		t.Errorf("the copy that knew more: %q of %q", aside, x.on())
	}
}

// TestBox_2_DamagedCopyIsReplaced: a stick that spoils a copy gets a new one.
func TestBox_2_DamagedCopyIsReplaced(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	x.must(true)
	path := filepath.Join(x.stick, Name)
	raw := x.read(path)
	for what, bad := range map[string][]byte{"cut": raw[:len(raw)/2], "empty": nil,
		"a byte": append(bytes.Clone(raw[:len(raw)-1]), raw[len(raw)-1]^1)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if wrote, err := x.carry(); err != nil || !wrote {
			t.Errorf("%s: %v, %v", what, wrote, err)
		}
		x.newest()
	}
}

// TestBox_2_Room: a stick without room gives up its oldest days, and says so when it has no room all the same. A disk
// that can't be written to asks to be mounted writable.
func TestBox_2_Room(t *testing.T) {
	t.Cleanup(func() { write = written })
	x := newTill(t)
	for day := range 4 {
		x.sell(morning.AddDate(0, 0, day))
		x.must(true)
	}
	room := func(files int) func(io.ReadSeeker, string) error {
		return func(from io.ReadSeeker, to string) error {
			if len(x.on()) > files {
				return errors.Join(
					os.WriteFile(to, []byte("part"), 0o600),
					&fs.PathError{Op: "write", Path: to, Err: syscall.ENOSPC},
				)
			}
			return written(from, to)
		}
	}
	x.sell(morning.AddDate(0, 0, 4))
	write = room(2)
	x.must(true)
	if on := x.on(); !slices.Equal(on, []string{Name, Name + ".2026-12-02", Name + ".2026-12-03"}) {
		t.Errorf("the stick has %q", on)
	}

	x.sell(morning.AddDate(0, 0, 5))
	write = room(0)
	_, err := x.carry()
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Kind != Room || !strings.Contains(err.Error(), "the stick has no room") ||
		!slices.Equal(x.on(), []string{Name}) {
		t.Errorf("without any room: %v, %q", err, x.on())
	}

	write = func(io.ReadSeeker, string) error { return &fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS} }
	if _, err := x.carry(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a read-only stick: %v", err)
	}
}

// TestBox_2_UnfitCopy: what the card has spoilt displaces nothing.
func TestBox_2_UnfitCopy(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	x.must(true)
	held := x.read(filepath.Join(x.stick, Name))
	x.sell(morning.Add(time.Hour))
	raw := x.read(x.hourly)
	if err := os.WriteFile(x.hourly, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := x.carry()
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Kind != Unfit || !bytes.Equal(held, x.read(filepath.Join(x.stick, Name))) ||
		len(x.on()) != 1 {
		t.Errorf("%v, %q", err, x.on())
	}
}

// TestBox_2_NoLinks: what a hostile stick has under our names leads nowhere.
func TestBox_2_NoLinks(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	precious := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(precious, []byte("keys"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Name + ".new", Name} {
		if err := os.Symlink(precious, filepath.Join(x.stick, name)); err != nil {
			t.Fatal(err)
		}
		_, err := x.carry()
		if name == Name && err == nil {
			t.Error("a link was taken for a copy")
		}
		if got := string(x.read(precious)); got != "keys" {
			t.Fatalf("%s leads to a file that is now %q", name, got)
		}
		os.Remove(filepath.Join(x.stick, Name))
	}
}

// TestBox_2_Find: the newest whole copy is offered; a newer schema is refused with what to do.
func TestBox_2_Find(t *testing.T) {
	x := newTill(t)
	if _, _, err := Find(x.stick, whole); !errors.Is(err, ErrNone) ||
		!strings.Contains(err.Error(), "in the stick's folder "+filepath.Base(x.stick)) {
		t.Errorf("of an empty stick: %v", err)
	}
	for day := range 3 {
		x.sell(morning.AddDate(0, 0, day))
		x.must(true)
	}
	newest, left, err := Find(x.stick, whole)
	if err != nil || len(left) != 0 || filepath.Base(newest.Path) != Name || newest.Events == 0 || newest.Box == "" ||
		!strings.Contains(newest.String(), "the copy of 2 December 2026, 14:30") {
		t.Errorf("%+v %q %v", newest, left, err)
	}
	for _, name := range []string{Name, Name + ".2026-12-01"} {
		path := filepath.Join(x.stick, name)
		raw := x.read(path)
		if err := os.WriteFile(path, raw[:len(raw)-4096], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	older, left, err := Find(x.stick, whole)
	if err != nil || filepath.Base(older.Path) != Name+".2026-11-30" || len(left) != 2 ||
		older.Events >= newest.Events {
		t.Errorf("%+v %q %v", older, left, err)
	}
	if err := os.Remove(older.Path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Find(x.stick, whole); err == nil ||
		!strings.Contains(err.Error(), "no copy on the stick is whole (damaged: "+Name+", "+Name+".2026-12-01): ") {
		t.Errorf("of damaged ones: %v", err)
	}
}

// TestBox_2_NewerSchema: a copy of a gallad of next year is left as it is, and not taken for a damaged one.
func TestBox_2_NewerSchema(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	x.must(true)
	path := filepath.Join(x.stick, Name)
	raise(t, path)
	if _, _, err := Find(x.stick, whole); err == nil || !strings.Contains(err.Error(),
		fmt.Sprintf("schema %d, and this box knows %d", salesfile.Schema+1, salesfile.Schema)) ||
		!strings.Contains(err.Error(), "update this box first") {
		t.Errorf("%v", err)
	}
}

// TestNote: what the card remembers of the stick survives a cut, and a stick that refuses keeps the age of its last
// copy.
func TestNote(t *testing.T) {
	x := newTill(t)
	bring := func() (string, Note, error) {
		t.Helper()
		var out strings.Builder
		err := Bring(x.hourly, x.stick, x.note, whole, &out)
		n, err2 := ReadNote(x.note)
		if err2 != nil && !errors.Is(err2, fs.ErrNotExist) {
			t.Fatal(err2)
		}
		return out.String(), n, err
	}
	if says, n, err := bring(); err != nil || !strings.Contains(says, "some minutes from now") || n != (Note{}) {
		t.Errorf("%q %+v %v", says, n, err)
	}
	x.sell(morning)
	if says, n, err := bring(); err != nil || !strings.Contains(says, "14:30 on 30 November 2026") ||
		!n.At.Equal(morning) {
		t.Errorf("%q %+v %v", says, n, err)
	}
	if says, n, err := bring(); err != nil || !strings.Contains(says, "nothing has changed") || !n.At.Equal(morning) {
		t.Errorf("%q %+v %v", says, n, err)
	}
	y := newTill(t)
	y.sell(morning.Add(time.Hour))
	x.hourly = y.hourly
	if _, n, err := bring(); err == nil || n.Trouble != Other || !n.At.Equal(morning) ||
		!strings.Contains(n.Says, "another till") {
		t.Errorf("%+v %v", n, err)
	}
	if err := os.WriteFile(x.note, []byte(`{"at":"2026-`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadNote(x.note); err == nil {
		t.Error("a cut note was read")
	}
	if err := Bring(x.hourly, x.stick, x.note, whole, io.Discard); err == nil {
		t.Error("another till's stick was taken")
	}
	if n, err := ReadNote(x.note); err != nil || n.Trouble != Other {
		t.Errorf("after a cut: %+v %v", n, err)
	}
}

// TestForget: what somebody else keeps in the folder of a waiting copy stays.
func TestForget(t *testing.T) {
	x := newTill(t)
	x.sell(morning)
	x.must(true)
	database := filepath.Join(t.TempDir(), "sales.db")
	for _, kept := range []bool{true, false} {
		o, err := Wait(x.stick, database, whole)
		if err != nil || Waits(database).Events != o.Events || o.Events == 0 {
			t.Fatalf("%v, %v waits, %v", o, Waits(database), err)
		}
		other := filepath.Join(filepath.Dir(Waiting(database)), "theirs")
		if kept {
			if err := os.WriteFile(other, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Remove(other); err != nil {
			t.Fatal(err)
		}
		Forget(database)
		if Waits(database) != (Offer{}) || exists(other) != kept || exists(filepath.Dir(other)) != kept {
			t.Errorf("kept %v: %v", kept, Waits(database))
		}
	}
}

// raise makes a copy one of the next schema.
func raise(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(salesfile.BucketMeta)).Put(salesfile.MetaSchema, []byte{salesfile.Schema + 1})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
