//go:build rig

package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"galla/internal/office/pg/cluster"
)

// postgres is the one server, on a disk of its own that can be full, and the replica that may take its place.
type postgres struct {
	t      *testing.T
	mount  string // its disk
	backup string

	mu      sync.Mutex // one fault at a time
	is      *cluster.Cluster
	replica *cluster.Cluster // nil: none follows
}

// settings of either server. The log of what was written stays long enough for a replica that was cut off.
var settings = []string{
	"max_connections=100", "shared_buffers=128MB", "max_wal_size=256MB", "wal_level=replica", "wal_keep_size=256MB",
}

func newPostgres(t *testing.T, boxes int) *postgres {
	t.Helper()
	mount, err := os.MkdirTemp("", "gf-")
	if err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprintf("size=%dm,mode=0755", 900+boxes/2)
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, size); err != nil {
		t.Fatalf("a disk that can be full needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(mount, 0), os.Remove(mount)); err != nil {
			t.Error(err)
		}
	})
	p := &postgres{t: t, mount: mount}
	p.is = p.start("pg", "")
	return p
}

func (p *postgres) start(name, from string) *cluster.Cluster {
	p.t.Helper()
	c, err := cluster.Start(p.t.Context(), cluster.Options{
		Folder:   filepath.Join(p.mount, name),
		From:     from,
		Settings: settings,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			p.t.Error(err)
		}
	})
	return c
}

// address is whichever of the two takes writes.
func (p *postgres) address() string {
	return fmt.Sprintf("host=%s/pg,%s/replica port=5432,5432 user=galla dbname=postgres sslmode=disable "+
		"target_session_attrs=read-write", p.mount, p.mount)
}

// sql runs statements by psql, which is nobody's code here.
func sql(ctx context.Context, c *cluster.Cluster, statement string) (string, error) {
	bin, err := cluster.Bin()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "psql"), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1",
		"-d", c.Address("postgres"), "-c", statement)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	var told strings.Builder
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(told.String()))
	}
	return string(out), nil
}

// count is the number that a statement gives; -1 where the server can't be asked.
func (p *postgres) count(c *cluster.Cluster, statement string) int64 {
	said, err := sql(p.t.Context(), c, statement)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(said), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

const (
	placesHeld  = "SELECT coalesce(sum(seq-from_seq),0) FROM branch"
	officesOpen = "SELECT count(*) FROM pg_stat_activity WHERE application_name='galla-office'"
)

// crash stops it immediate, and starts it. It returns how many connections of offices that cut.
func (p *postgres) crash(ctx context.Context) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.count(p.is, officesOpen)
	if err := errors.Join(p.is.Kill(), p.is.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
	return n
}

// goBack puts it back to the base backup. It returns how many places that forgot.
func (p *postgres) goBack(ctx context.Context) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	had := p.count(p.is, placesHeld)
	if err := errors.Join(p.is.Kill(), p.is.Restore(ctx, p.backup), p.is.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
	return had - p.count(p.is, placesHeld)
}

// follow makes a replica that follows the server's log as it is written.
func (p *postgres) follow(ctx context.Context) {
	p.t.Helper()
	backup, err := p.is.Backup(ctx, true)
	if err != nil {
		p.t.Fatal(err)
	}
	p.replica = p.start("replica", backup)
}

// promote lets the replica fall behind by a hundred places, if they come in time, ends the server, and makes the
// replica the one that takes writes. It returns how many places were lost by that.
func (p *postgres) promote(ctx context.Context, lag time.Duration) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, statement := range []string{"ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()"} {
		if _, err := sql(ctx, p.replica, statement); err != nil {
			p.t.Error(err)
			return 0
		}
	}
	began, had := p.count(p.is, placesHeld), int64(0)
	for end := time.Now().Add(lag); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if had = p.count(p.is, placesHeld); had > began+100 {
			break
		}
	}
	if err := p.is.Kill(); err != nil {
		p.t.Error(err)
	}
	p.is, p.replica = p.replica, nil
	if _, err := sql(ctx, p.is, "SELECT pg_promote(true, 60)"); err != nil {
		p.t.Error(err)
	}
	return had - p.count(p.is, placesHeld)
}

// full fills the disk until the server refuses to write. It may end by that, as it does where its log can't be written.
// It lasts for a span, and on until a call failed by it. It returns 1 where it refused.
func (p *postgres) full(ctx context.Context, span time.Duration, failed func() int64) (refused int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ballast := filepath.Join(p.mount, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		p.t.Error(err)
		return 0
	}
	piece := make([]byte, 1<<20)
	began := time.Now()
	for time.Since(began) < span || failed() == 0 && time.Since(began) < maxFault {
		for size := len(piece); size > 0; { // what it lets go is filled too
			if _, err := f.Write(piece[:size]); err != nil {
				size /= 2
			}
		}
		_, err := sql(ctx, p.is, "BEGIN; CREATE TABLE ballast AS SELECT generate_series(1, 1000000) n; ROLLBACK")
		if err != nil {
			refused = 1
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.Close()
	if err := os.Remove(ballast); err != nil {
		p.t.Error(err)
	}
	// Whether it ended or takes nothing any more: it is stopped, and what it had committed is there.
	if err := errors.Join(p.is.Kill(), p.is.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
	if p.replica != nil {
		if err := errors.Join(p.replica.Kill(), p.replica.Restart(ctx)); err != nil {
			p.t.Error(err)
		}
	}
	return refused
}
