//go:build rig

package boltstore_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/state/boltstore"
)

var migrateSales = flag.Int("migrate-sales", 300000, "how many sales the file has that is migrated")

var migrateKills = flag.Int("migrate-kills", 10, "how many kills the migration takes before it may end")

// maxAnon is how much memory of its own a migration may take, beside the pages of the files.
const maxAnon = 64 << 20

// TestMigrateLarge migrates a file of schema 2 as years leave it: once in one go, with its memory watched, and once
// in processes that are killed at random moments. Both must give the same.
func TestMigrateLarge(t *testing.T) {
	dir, err := os.MkdirTemp(disk, "migrate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "sales.db")
	begin := time.Now()
	largeOld(t, path, *migrateSales, 40)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sales of schema 2 in %d MB, made in %v",
		*migrateSales, info.Size()>>20, time.Since(begin).Round(time.Second))
	if out, err := exec.Command("cp", path, path+".old").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}

	begin = time.Now()
	anon := watched(t, path)
	took := time.Since(begin)
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("migrated in %v to %d MB; at most %d MB of memory of its own",
		took.Round(time.Millisecond), after.Size()>>20, anon>>20)
	if anon > maxAnon {
		t.Errorf("the migration took %d MB of memory, and %d are allowed", anon>>20, maxAnon>>20)
	}
	want := summary(t, path)

	// Each kill comes within a twelfth of that time, so that the last of them still finds it at work. A machine that
	// got much faster meanwhile is through before: then once more, from the beginning, and quicker.
	kills := 0
	for round := 1; kills < *migrateKills; round++ {
		if round > 5 {
			t.Fatalf("only %d kills of %d came before the end", kills, *migrateKills)
		}
		for _, old := range []string{path, path + ".seq", path + ".schema2"} {
			os.Remove(old)
		}
		if out, err := exec.Command("cp", path+".old", path).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		kills = killed(t, path, took/time.Duration(round*(*migrateKills+2)), *migrateKills)
		t.Logf("%d kills, all before the end", kills)
		if got := summary(t, path); got != want {
			t.Errorf("after %d kills: %s\nwant %s", kills, got, want)
		}
	}
}

// watched migrates a file in a process of its own and returns the most memory it had for itself.
func watched(t *testing.T, path string) (most int64) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `echo $$ > "$0/cgroup.procs"; exec "$1" migrate "$2"`, caged(t), os.Args[0], path)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%v\n%s", err, said.Bytes())
			}
			return most
		case <-time.After(5 * time.Millisecond):
		}
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		for l := range strings.Lines(string(raw)) {
			if v, ok := strings.CutPrefix(l, "RssAnon:"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
				most = max(most, kb<<10)
			}
		}
	}
}

// caged makes a control group with the memory that gallad's unit has, and returns its folder; a folder without effect
// where this machine allows none.
func caged(t *testing.T) string {
	t.Helper()
	for parent, limit := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes",
		"/sys/fs/cgroup": "memory.max"} {
		dir := filepath.Join(parent, fmt.Sprintf("galla-migrate-%d", os.Getpid()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		if os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(256<<20)), 0o644) == nil {
			return dir
		}
	}
	notRun = append(notRun, t.Name()+" in 256 MB: no control group can be made here")
	return t.TempDir()
}

// summary is what a full check and the end of the chain say of a file; its upgrade's events carry the time of the
// tests.
func summary(t *testing.T, path string) string {
	t.Helper()
	r, err := boltstore.Check(path, true)
	if err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	return fmt.Sprint(r.Seq, r.Events, r.Head, r.Sales, r.Watch, r.Settings, r.Operations)
}
