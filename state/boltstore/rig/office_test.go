//go:build rig

package rig

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/internal/uplink"
	"galla/internal/uplink/uplinktest"
	"galla/state/boltstore"
	"galla/state/chain"
)

// TestOfficeWritesNothing: the same script makes the same calls with as many bytes into the same files, flush by flush,
// and ends with the same content, whether the box reports to a head office meanwhile or not; and no other file is
// opened for writing. Which page a row comes to lie in is left out: bbolt walks Go maps while it hands them out, and
// two runs of one script without an office differ in it. The uplink's reads are kept from overlapping a commit there,
// because bbolt gives no page anew that somebody still reads; without that, at once, flushes and files are the same,
// and the bytes those of a few pages more.
func TestOfficeWritesNothing(t *testing.T) {
	const n = 240
	begun := t.TempDir()
	s, err := boltstore.Open(filepath.Join(begun, "sales.db"), boltstore.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	alone := reported(t, begun, n, "", "", "alone")
	o := uplinktest.New()
	defer o.Close()
	o.Confirm()
	beside := reported(t, begun, n, o.URL(), o.Fingerprint(), "in turn")
	_, told, _ := o.Has(o.Terminals()[0])
	if len(alone.events) < 4*n {
		t.Fatalf("only %d calls of the script were seen", len(alone.events))
	}
	want, got := flushes(alone.events), flushes(beside.events)
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			t.Fatalf("flush %d of %d is\n%s\nand with the office\n%s", i, len(want), w, got[min(i, len(got)-1)])
		}
	}
	if len(got) != len(want) || !reflect.DeepEqual(alone.content, beside.content) || len(alone.content) < 50 {
		t.Fatalf("%d flushes and %d rows alone, %d and %d with the office", len(want), len(alone.content), len(got),
			len(beside.content))
	}
	if !slices.Equal(alone.elsewhere, beside.elsewhere) {
		t.Errorf("opened for writing: %q alone, %q with the office", alone.elsewhere, beside.elsewhere)
	}

	free := reported(t, begun, n, o.URL(), o.Fingerprint(), "at once")
	a, b := tally(alone.events), tally(free.events)
	// A commit under an open read takes its pages from the file's end, which may grow once or twice more: bbolt then
	// truncates and flushes it.
	if grown := b["truncate"] - a["truncate"]; grown < -3 || grown > 3 || b["sync"]-a["sync"] != grown {
		t.Errorf("the file grew %d times alone and %d with the office at once, and was flushed %d and %d times",
			a["truncate"], b["truncate"], a["sync"], b["sync"])
	}
	for _, kind := range []string{"syncdir", "rename", "create", "unlink", "append"} {
		if a[kind] != b[kind] {
			t.Errorf("%s: %d alone, %d with the office at once", kind, a[kind], b[kind])
		}
	}
	if more := b["bytes"] - a["bytes"]; more > a["bytes"]/20 {
		t.Errorf("%d bytes alone, %d more with the office at once", a["bytes"], more)
	}
	t.Logf("%d calls, %d bytes, the same beside an office that was told %d events in turn; at once %d calls, "+
		"%d bytes, %d flushes of %d", len(alone.events), a["bytes"], told, len(free.events), b["bytes"],
		b["sync"], a["sync"])
	if faults := o.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
}

// flushes is what was done before each flush: calls with their files and sizes, sorted, for bbolt writes by page
// number.
func flushes(events []event) (all []string) {
	var now []string
	for _, e := range events {
		now = append(now, fmt.Sprintf("%s %d %s %s %d", e.kind, e.file, e.name, e.to, len(e.data)))
		if e.kind == "sync" || e.kind == "syncdir" {
			slices.Sort(now)
			all, now = append(all, strings.Join(now, "\n")), nil
		}
	}
	return append(all, strings.Join(now, "\n"))
}

// rows is all that a sales file holds.
func rows(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]string{}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				all[string(name)+"/"+string(k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tally counts calls by kind, and the bytes written.
func tally(events []event) map[string]int {
	n := map[string]int{}
	for _, e := range events {
		n[e.kind]++
		n["bytes"] += len(e.data)
	}
	return n
}

// trail is what a run did to its folder, and which other files it opened for writing.
type trail struct {
	events    []event
	elsewhere []string
	content   map[string]string // of the sales file in the end
}

var writable = regexp.MustCompile(`O_(WRONLY|RDWR|CREAT)`)

// reported runs the script under strace, on a copy of the folder begun: a new sales file has an id of its own.
func reported(t *testing.T, begun string, n int, url, fingerprint, how string) (out trail) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "box")
	if err := os.CopyFS(dir, os.DirFS(begun)); err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-a", "1", "-xx", "-s", "10000000", "-e", "trace="+calls, "-e", "signal=none",
		"-o", trace, os.Args[0], "report", dir, strconv.Itoa(n), url, fingerprint, how)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace (apt install strace): %v\n%s", err, said)
	}
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := parse(f, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.kind != "say" {
			out.events = append(out.events, e)
		}
	}

	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		_, args, found := strings.Cut(lines.Text(), "openat(")
		if !found || !writable.MatchString(args) {
			continue
		}
		i := strings.LastIndex(args, ")")
		if i < 0 {
			i = len(args)
		}
		a, err := split(strings.TrimRight(args[:i], " "))
		if err != nil || len(a) < 2 {
			t.Fatalf("%.200q: %v", args, err)
		}
		if name, in := (&parser{dir: dir}).within(a[1]); !in && !slices.Contains(out.elsewhere, name) {
			out.elsewhere = append(out.elsewhere, name)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out.elsewhere)
	out.content = rows(t, filepath.Join(dir, "sales.db"))
	return out
}

// inTurn is a chain whose reads and the script's writes do not overlap.
type inTurn struct {
	*sync.Mutex
	*boltstore.Store
}

func (c inTurn) Stretch(after uint64, max int) (chain.Stretch, error) {
	c.Lock()
	defer c.Unlock()
	return c.Store.Stretch(after, max)
}

// report is the script: FOLDER COMMITS [URL FINGERPRINT HOW].
func report(args []string) error {
	dir, url, fingerprint, how := args[0], args[2], args[3], args[4]
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{Ballast: 64 << 10})
	if err != nil {
		return err
	}
	turn := inTurn{&sync.Mutex{}, s}
	write := func(do func() error) error {
		if how == "in turn" {
			turn.Lock()
			defer turn.Unlock()
		}
		return do()
	}

	var mu sync.Mutex
	changed := make(chan struct{})
	var up *uplink.Uplink
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	if url != "" {
		key := ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%32s", how)))
		e, err := uplink.NewEntry(url, fingerprint, nil, nil)
		if err != nil {
			return err
		}
		m := segment.Join{Code: uplinktest.Code, Key: key.Public().(ed25519.PublicKey), Label: "T1", Shop: "Rig"}
		if _, err := e.Join(ctx, key, m); err != nil {
			return err
		}
		o := uplink.Options{
			Office:      url,
			Fingerprint: fingerprint,
			Key:         key,
			Chain:       s,
			Changed:     func() <-chan struct{} { mu.Lock(); defer mu.Unlock(); return changed },
			Health:      func(context.Context) (wire.Health, error) { return wire.Health{}, nil },
			Log:         slog.New(slog.DiscardHandler),
		}
		if how == "in turn" {
			o.Chain = turn
		}
		if up, err = uplink.New(o); err != nil {
			return err
		}
		running.Go(func() { up.Run(ctx) })
	}

	tr := traffic()
	for tr.Seq() < uint64(n) {
		if err := write(func() error { return s.Commit(tr.Next()) }); err != nil {
			return err
		}
		mu.Lock()
		close(changed)
		changed = make(chan struct{})
		mu.Unlock()
		done := int(tr.Seq())
		if done%settingsAt == 0 {
			err = write(func() error { return s.Settings().Put("n", []byte(strconv.Itoa(done))) })
		}
		if err == nil && done%pruneAt == 0 {
			err = write(func() error { _, err := s.Prune(retention); return err })
		}
		if err == nil && done%backupAt == 0 {
			err = write(func() error { return s.Backup(filepath.Join(dir, "backup.db")) })
		}
		if err == nil && done%shrinkAt == 0 {
			err = write(s.Compact)
		}
		if err != nil {
			return err
		}
	}

	end := time.Now().Add(30 * time.Second)
	for ; up != nil && up.Status().Seq < uint64(n)/2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("the office was told less than half of it: " + up.Status().Problem)
		}
	}
	cancel()
	running.Wait()
	return s.Close()
}
