package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/config"
	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// later is long after every sale of the traffic.
var later = time.Date(2028, 1, 2, 12, 0, 0, 0, time.UTC)

func filled(t *testing.T, dir string, commits int) *boltstore.Store {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	traffic := statetest.NewTraffic(1, 3, 50)
	for range commits {
		if err := store.Commit(traffic.Next()); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// TestBackup: the copy is there, whole, and can be opened; one that fails says so, and leaves the last one.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	store := filled(t, dir, 300)
	var said bytes.Buffer
	c := config.Till{Database: filepath.Join(dir, "sales.db"), Backup: filepath.Join(dir, "copy.db")}
	if err := backup(store, c, slog.New(slog.NewTextHandler(&said, nil))); err != nil {
		t.Fatal(err)
	}
	r, err := boltstore.Check(c.Backup, true)
	if seq, _ := store.Seq(); err != nil || r.Seq != seq {
		t.Errorf("the copy ends at event %d of %d: %v", r.Seq, seq, err)
	}
	if !strings.Contains(said.String(), "is the other disk mounted?") {
		t.Errorf("a copy beside the file itself was no warning: %s", said.String())
	}
	c.Backup = filepath.Join(dir, "nowhere", "copy.db")
	if err := backup(store, c, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a copy to a place that isn't there was no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "copy.db")); err != nil {
		t.Error(err)
	}
}

// TestFirstCopy: a box that is on for some minutes gets its copy, and one that starts over and over isn't copied each
// time.
func TestFirstCopy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	if got := firstCopy(path, later).Sub(later); got != firstCopyDelay {
		t.Errorf("without a copy, the first comes after %v", got)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]time.Duration{-time.Hour: firstCopyDelay, 0: maintainEvery,
		20 * time.Minute: 40 * time.Minute, 58 * time.Minute: firstCopyDelay, 72 * time.Hour: firstCopyDelay} {
		if err := os.Chtimes(path, time.Time{}, later.Add(-age)); err != nil {
			t.Fatal(err)
		}
		if got := firstCopy(path, later).Sub(later); got != want {
			t.Errorf("with a copy of %v ago, the next comes after %v, want %v", age, got, want)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		store := filled(t, dir, 30)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			c := config.Till{Database: filepath.Join(dir, "sales.db"), Backup: path}
			done <- maintain(ctx, store, nil, c, nil, noOffice, slog.New(slog.DiscardHandler))
		}()
		time.Sleep(firstCopyDelay + maintainPoll)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := boltstore.Check(path, true); err != nil {
			t.Errorf("six minutes after the start: %v", err)
		}
	})
}

// TestBooks_7_WithinAMinute: a sales file that is deleted, moved away or replaced under a running gallad ends it within
// a minute, also when nobody sells.
func TestBooks_7_WithinAMinute(t *testing.T) {
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".away") },
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".away"), os.WriteFile(path, nil, 0o600))
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := filled(t, t.TempDir(), 3)
			done := make(chan error, 1)
			go func() {
				done <- maintain(t.Context(), store, nil, config.Till{Database: store.Path()}, nil, noOffice,
					slog.New(slog.DiscardHandler))
			}()
			time.Sleep(10 * time.Second)
			if err := lose(store.Path()); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := <-done; !errors.Is(err, boltstore.ErrGone) || time.Since(begin) > time.Minute {
				t.Errorf("%s: after %v: %v", name, time.Since(begin), err)
			}
		})
	}
}

// TestPatience: systemd is asked to wait for as long as an update of a large sales file may take, and no longer than
// that.
func TestPatience(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir, 20).Close()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(dir, "notify"))
	store, err := openStore(filepath.Join(dir, "sales.db"), "", os.Args[0], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	for _, want := range []string{"EXTEND_TIMEOUT_USEC=1800000000\n", "EXTEND_TIMEOUT_USEC=120000000\n"} {
		b := make([]byte, 200)
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := l.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), want) {
			t.Errorf("systemd was told %q, want %q: %v", b[:n], want, err)
		}
	}
}

// TestTidy: what young sales there are stays, and the file is whole afterwards.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	store := filled(t, dir, 300)
	seq, _ := store.Seq()
	if err := prune(store, config.Till{KeepDays: 400}, later, true, nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if sales, err := store.Sales(state.Query{Limit: 1000}); err != nil || len(sales) == 0 {
		t.Errorf("%d sales, %v", len(sales), err)
	}
	if now, _ := store.Seq(); now != seq {
		t.Errorf("event %d became %d", seq, now)
	}
}

func noOffice() *uint64 { return nil }

// TestRetention: nothing goes that the head office lacks, and before it has said anything, nothing goes at all; without
// an office the days alone count.
func TestRetention(t *testing.T) {
	c := config.Till{KeepDays: 400}
	for _, upto := range []*uint64{nil, new(uint64), new(uint64(77))} {
		r := retention(c, later, true, upto)
		if r.Upto != upto || r.Keep != minSalesKept || r.Max == 0 || r.Before == "" {
			t.Errorf("%+v", r)
		}
	}
}

func TestBefore(t *testing.T) {
	for name, tc := range map[string]struct {
		keep  int
		clock bool
		want  string
	}{"all are kept": {0, true, ""}, "a clock nobody proved": {400, false, ""},
		"old ones go": {400, true, "2026-11-28"}} {
		if got := pruneBefore(config.Till{KeepDays: tc.keep}, later, tc.clock); got != tc.want {
			t.Errorf("%s: before %q, want %q", name, got, tc.want)
		}
	}
}

// clocked is a gateway that knows how far the clocks are apart.
type clocked struct {
	gateway.Gateway
	skew  time.Duration
	known bool
}

func (c clocked) Skew() (time.Duration, bool) { return c.skew, c.known }

func TestProven(t *testing.T) {
	for name, tc := range map[string]struct {
		gateways []gateway.Gateway
		want     bool
	}{
		"none answered":   {[]gateway.Gateway{clocked{}}, false},
		"one agrees":      {[]gateway.Gateway{clocked{}, clocked{skew: -time.Minute, known: true}}, true},
		"years apart":     {[]gateway.Gateway{clocked{skew: -73 * 365 * 24 * time.Hour, known: true}}, false},
		"one of two does": {[]gateway.Gateway{clocked{skew: 48 * time.Hour, known: true}, clocked{known: true}}, true},
	} {
		if got := clockConfirmed(tc.gateways); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestBooks_9: a copy is made when something was written, and only then; an older one says by its time that it is as
// good. A copy that is not whole takes nobody's place.
func TestBooks_9(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	store := filled(t, dir, 30)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			c := config.Till{Database: filepath.Join(dir, "sales.db"), Backup: path}
			done <- maintain(ctx, store, nil, c, nil, noOffice, slog.New(slog.DiscardHandler))
		}()
		inode := func() any {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			return info.Sys().(*syscall.Stat_t).Ino
		}
		time.Sleep(firstCopyDelay + maintainPoll)
		first := inode()
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		// Whether a sale is open is asked of the till, which this test has none of: an hour is not over yet.
		time.Sleep(50 * time.Minute)
		if info, _ := os.Stat(path); inode() != first || !info.ModTime().Equal(old) {
			t.Error("a copy within the hour")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	v := store.Version()
	if !touch(path) || store.Version() != v {
		t.Error("touch")
	}
	if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("a copy as good as new is not said to be: %v", err)
	}
	if err := store.Settings().Put("pin/asha", []byte("hash")); err != nil || store.Version() == v {
		t.Errorf("a setting is no new version: %v", err)
	}
	if touch(filepath.Join(dir, "nowhere.db")) {
		t.Error("a copy that is gone is as good as new")
	}
}
