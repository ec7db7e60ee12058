// Package cluster starts a PostgreSQL of its own in a folder of its own: for tests, and for a demonstration on a
// machine where none runs.
//
//	Start: initdb ─► postgres, on a Unix socket in the folder, no network ─► Address ─► Stop: the folder goes too
//
// It needs the programs of Debian's package postgresql, whose own server need not run. PostgreSQL refuses root: for
// root it runs as user postgres, or nobody. It ends with the process that started it, also where that is killed.
//
// A Cluster may be used from any goroutine.
package cluster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startPatience = time.Minute
	stopPatience  = 30 * time.Second
	maxSocket     = 107 // bytes of a socket's path that Linux takes
	socketName    = ".s.PGSQL.5432"
)

// Options say what a cluster is for.
type Options struct {
	Folder    string   // that it lies in, made if it isn't there and removed by Stop; "": a temporary one
	From      string   // a backup of another cluster (Backup) that it begins with; "": it begins empty
	Bin       string   // folder of initdb and postgres; "": the newest below /usr/lib/postgresql
	Forgetful bool     // what it wrote survives its own death and not the machine's; much faster
	Settings  []string // further ones, "name=value"
}

// Cluster is a PostgreSQL that runs.
type Cluster struct {
	options Options
	folder  string
	runs    *syscall.SysProcAttr // as whom

	mu    sync.Mutex
	ended chan error // gets what the server ended with
	proc  *os.Process
}

// Bin is the folder of the newest PostgreSQL of this machine.
func Bin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("there is no /usr/lib/postgresql/*/bin/initdb: apt-get install postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// Start makes a cluster and waits until it takes connections.
func Start(ctx context.Context, options Options) (c *Cluster, err error) {
	if options.Bin == "" {
		if options.Bin, err = Bin(); err != nil {
			return nil, err
		}
	}
	c = &Cluster{options: options, runs: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}}
	if options.Folder == "" {
		c.folder, err = os.MkdirTemp("", "galla-pg-")
	} else if c.folder, err = filepath.Abs(options.Folder); err == nil {
		err = os.Mkdir(c.folder, 0o700)
	}
	if err != nil {
		return nil, err
	}
	made := c
	defer func() {
		if err != nil {
			err = errors.Join(err, made.Stop())
		}
	}()
	if n := len(filepath.Join(c.folder, socketName)); n > maxSocket {
		return nil, fmt.Errorf("folder %s is too long by %d letters for a socket in it: set TMPDIR to a shorter one",
			c.folder, n-maxSocket)
	}
	if os.Getuid() == 0 {
		if err := c.leaveRoot(); err != nil {
			return nil, err
		}
	}
	if options.From != "" {
		err = c.copyFrom(ctx, options.From)
	} else {
		err = c.initdb(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := c.Restart(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// initdb makes an empty one.
func (c *Cluster) initdb(ctx context.Context) error {
	initdb := exec.CommandContext(ctx, filepath.Join(c.options.Bin, "initdb"), "--pgdata", c.data(),
		"--username", "galla", "--auth", "trust", // who may enter the folder may connect
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env, initdb.SysProcAttr = c.folder, []string{"PATH=/usr/bin:/bin", "TZ=UTC"}, c.runs
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb in %s: %w: %s", c.folder, err, bytes.TrimSpace(out))
	}
	return nil
}

// leaveRoot gives the folder to somebody whom PostgreSQL runs as.
func (c *Cluster) leaveRoot() error {
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	if err != nil {
		return err
	}
	uid, err1 := strconv.ParseUint(who.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(who.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(c.folder, int(uid), int(gid))); err != nil {
		return err
	}
	c.runs.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

// Socket is the server's Unix socket.
func (c *Cluster) Socket() string { return filepath.Join(c.folder, socketName) }

// Address is a database of the cluster, as a connection string. The database postgres is there.
func (c *Cluster) Address(database string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return fmt.Sprintf("host='%s' port=5432 user=galla dbname='%s' sslmode=disable", quote(c.folder), quote(database))
}

// Restart starts a server that has ended. What it had committed is there.
func (c *Cluster) Restart(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proc != nil {
		return errors.New("the server runs already")
	}
	settings := []string{
		"listen_addresses=",
		"unix_socket_directories=" + c.folder,
		"unix_socket_permissions=0700",
		"timezone=UTC",
		"log_min_messages=warning",
	}
	if c.options.Forgetful {
		settings = append(settings, "fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_wal_size=256MB")
	}
	args := []string{"-D", c.data()}
	for _, s := range append(settings, c.options.Settings...) {
		args = append(args, "-c", s)
	}
	log, err := os.OpenFile(filepath.Join(c.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	server := exec.Command(filepath.Join(c.options.Bin, "postgres"), args...)
	server.Dir, server.Env, server.SysProcAttr = c.folder, []string{"PATH=/usr/bin:/bin", "TZ=UTC"}, c.runs
	server.Stdout, server.Stderr = log, log

	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the server is told of the death of the thread that started it
		err := server.Start()
		started <- err
		if err == nil {
			ended <- server.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	c.proc, c.ended = server.Process, ended
	return c.ready(ctx)
}

// ready waits until the server takes connections.
func (c *Cluster) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		isReady := filepath.Join(c.options.Bin, "pg_isready")
		if exec.CommandContext(ctx, isReady, "-q", "-h", c.folder, "-p", "5432").Run() == nil {
			return nil
		}
		select {
		case err := <-c.ended:
			c.proc = nil
			said, _ := c.Log()
			return fmt.Errorf("postgres ended: %w: %s", errors.Join(err), said[max(0, len(said)-2000):])
		case <-ctx.Done():
			return fmt.Errorf("postgres in %s takes no connections: %w", c.folder, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Log is what the server has said so far.
func (c *Cluster) Log() (string, error) {
	said, err := os.ReadFile(filepath.Join(c.folder, "log"))
	return string(said), err
}

// Kill ends the server as a crash does: nobody is told, and what was not committed is gone.
func (c *Cluster) Kill() error { return c.end(syscall.SIGQUIT) }

// Stop ends the server and removes the folder.
func (c *Cluster) Stop() error { return errors.Join(c.end(syscall.SIGINT), os.RemoveAll(c.folder)) }

// end is pg_ctl stop: by SIGQUIT mode immediate, by SIGINT mode fast.
func (c *Cluster) end(signal syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proc == nil {
		return nil
	}
	if err := c.proc.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	proc := c.proc
	c.proc = nil
	select {
	case <-c.ended: // by SIGQUIT with an error, as asked for
		return nil
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("postgres did not end within %s and is killed", stopPatience), proc.Kill())
	}
}
