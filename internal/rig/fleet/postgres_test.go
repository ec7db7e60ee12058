//go:build rig

package fleet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"galla/internal/office/pg/cluster"
)

// postgres is the one server, on a disk of its own that can be full.
type postgres struct {
	*cluster.Cluster
	t      *testing.T
	mount  string // its disk
	backup string

	mu sync.Mutex // one fault at a time
}

const diskSize = "size=3g"

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	mount, err := os.MkdirTemp("", "gf-")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, diskSize+",mode=0755"); err != nil {
		t.Fatalf("a disk that can be full needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(mount, 0), os.Remove(mount)); err != nil {
			t.Error(err)
		}
	})
	p := &postgres{t: t, mount: mount}
	p.Cluster, err = cluster.Start(t.Context(), cluster.Options{
		Folder:   filepath.Join(mount, "pg"),
		Settings: []string{"max_connections=100", "shared_buffers=128MB", "max_wal_size=512MB", "wal_level=replica"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// crash stops it immediate, and starts it.
func (p *postgres) crash(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := errors.Join(p.Kill(), p.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
}

// goBack puts it back to the base backup.
func (p *postgres) goBack(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := errors.Join(p.Kill(), p.Restore(ctx, p.backup), p.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
}

// full fills the disk for a time. PostgreSQL may end by it, as it does where its log can't be written.
func (p *postgres) full(ctx context.Context, span time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ballast := filepath.Join(p.mount, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		p.t.Error(err)
		return
	}
	piece := make([]byte, 1<<20)
	for size := len(piece); size > 0; {
		if _, err := f.Write(piece[:size]); err != nil {
			size /= 2
		}
	}
	f.Close()
	time.Sleep(span)
	if err := os.Remove(ballast); err != nil {
		p.t.Error(err)
	}
	// Whether it ended or takes nothing any more: it is stopped, and what it had committed is there.
	if err := errors.Join(p.Kill(), p.Restart(ctx)); err != nil {
		p.t.Error(err)
	}
}
