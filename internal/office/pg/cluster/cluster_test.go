package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// psql runs a statement.
func psql(t *testing.T, c *Cluster, statement string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(c.options.Bin, "psql"), "-XAtq", "-d", c.Address("postgres"),
		"-c", statement)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestCluster: it runs, keeps what it has over a crash, has no network, and leaves nothing.
func TestCluster(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "it's one")
	if err := openUp(filepath.Dir(filepath.Dir(folder)), filepath.Dir(folder)); err != nil {
		t.Fatal(err)
	}
	c, err := Start(t.Context(), Options{Folder: folder, Forgetful: true, Settings: []string{"work_mem=7MB"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Restart(t.Context()); err == nil {
		t.Error("a server that runs is started")
	}
	for statement, want := range map[string]string{
		"SHOW work_mem":         "7MB",
		"SHOW listen_addresses": "",
		"SHOW server_encoding":  "UTF8",
		"CREATE TABLE a (n int); INSERT INTO a VALUES (1)": "",
	} {
		if got, err := psql(t, c, statement); err != nil || got != want {
			t.Errorf("%s: %s %v", statement, got, err)
		}
	}
	if err := errors.Join(c.Kill(), c.Kill()); err != nil {
		t.Fatal(err)
	}
	if got, err := psql(t, c, "SELECT 1"); err == nil {
		t.Errorf("it runs after its death: %s", got)
	}
	if err := c.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := psql(t, c, "SELECT n FROM a"); got != "1" {
		t.Error(got, err)
	}
	if err := errors.Join(c.Stop(), c.Stop()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Error("its folder is there", err)
	}
}

// openUp lets others into folders, as TMPDIR lets them.
func openUp(folders ...string) (err error) {
	for _, f := range folders {
		err = errors.Join(err, os.Chmod(f, 0o755))
	}
	return err
}

// TestStartFails: what is wrong is told, and nothing is left.
func TestStartFails(t *testing.T) {
	outer := t.TempDir()
	if err := openUp(filepath.Dir(outer), outer); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"a long name":  {Options{Folder: filepath.Join(outer, long)}, "set TMPDIR to a shorter one"},
		"no programs":  {Options{Folder: filepath.Join(outer, "a"), Bin: "/nowhere"}, "/nowhere/initdb"},
		"a setting":    {Options{Folder: filepath.Join(outer, "b"), Settings: []string{"no_such=1"}}, "no_such"},
		"no folder":    {Options{Folder: filepath.Join(outer, "c", "d")}, "no such file"},
		"a folder: in": {Options{Folder: outer}, "exists"},
	} {
		s, err := Start(t.Context(), c.o)
		if err == nil {
			err = s.Stop()
			t.Errorf("%s: it started: %v", name, err)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, err := os.ReadDir(outer)
	if err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestOrphan: the server ends with the process that started it, also where that is killed.
func TestOrphan(t *testing.T) {
	const ask = "GALLA_TEST_ORPHAN"
	if os.Getenv(ask) != "" { // the process that is killed
		c, err := Start(t.Context(), Options{Forgetful: true})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("socket", c.Socket())
		time.Sleep(time.Minute)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestOrphan$", "-test.v")
	cmd.Env = append(os.Environ(), ask+"=yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var socket string
	for socket == "" {
		var word string
		if _, err := fmt.Fscan(out, &word); err != nil {
			t.Fatal(err)
		}
		if word == "socket" {
			if _, err := fmt.Fscan(out, &socket); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(filepath.Dir(socket)); err != nil {
			t.Error(err)
		}
	})
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as asked for
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(end) {
			t.Fatal("the server outlives who started it")
		}
	}
}
