package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
)

// sockets opens both sockets as systemd does, which holds them for as long as the box is on.
func (b *box) sockets() []*os.File {
	b.t.Helper()
	var files []*os.File
	for _, name := range []string{"api", "display"} {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: b.file(name)})
		if err != nil {
			b.t.Fatal(err)
		}
		f, err := l.File()
		if err != nil {
			b.t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		l.Close()
		b.t.Cleanup(func() { f.Close() })
		files = append(files, f)
	}
	return files
}

// activate starts gallad as systemd does, with the sockets open before it runs.
func (b *box) activate(sockets []*os.File) chan error {
	b.t.Helper()
	// LISTEN_PID must be gallad's own (sd_listen_fds(3)).
	cmd := exec.Command(
		"/bin/sh",
		"-c",
		`LISTEN_PID=$$ exec "$0" "$@"`,
		filepath.Join(bin, "gallad"),
		"--config",
		b.file("gallad.toml"),
		"--secrets",
		b.dir,
	)
	cmd.Env = append(os.Environ(), "LISTEN_FDS=2", "LISTEN_FDNAMES=api:display")
	cmd.ExtraFiles, cmd.Stderr = sockets, &b.log
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	died := make(chan error, 2) // for the test, and for kill
	go func() {
		err := cmd.Wait()
		died <- err
		died <- err
	}()
	b.mu.Lock()
	b.daemon, b.died = cmd, died
	b.mu.Unlock()
	return died
}

// TestRestartRefusesNobody: whoever asks while gallad is started anew is answered by the old one or by the new one, at
// the first try: nobody's connection breaks, and no sale is refused because the till is stopping.
func TestRestartRefusesNobody(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	sockets := b.sockets()
	b.activate(sockets)
	var (
		wg    sync.WaitGroup
		over  atomic.Bool
		reads atomic.Int64
		sales atomic.Int64
	)
	call := func(method, path, body string, want int) {
		h := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return net.Dial("unix", b.file("api"))
			}}}
		req, err := http.NewRequest(method, "http://galla"+path, bytes.NewBufferString(body))
		if err != nil {
			t.Error(err)
			return
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", client.Key())
		}
		resp, err := h.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", method, path, err)
			return
		}
		defer resp.Body.Close()
		if said, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != want {
			t.Errorf("%s %s: %s, %v\n%s", method, path, resp.Status, err, said)
		}
	}
	for range 6 {
		wg.Go(func() {
			for ; !over.Load() && !t.Failed(); reads.Add(1) {
				call("GET", "/v1/sales?limit=2", "", http.StatusOK)
			}
		})
	}
	wg.Go(func() {
		for ; !over.Load() && !t.Failed(); sales.Add(1) {
			call("POST", "/v1/sales", fmt.Sprintf(`{"amount_paise":%d}`, 100+sales.Load()), http.StatusCreated)
		}
	})
	for range 25 {
		time.Sleep(150 * time.Millisecond)
		took, err := b.stop()
		if err != nil &&
			err.Error() == "signal: terminated" { // on a busy machine, before it began: it had taken no connection
			err = nil
		}
		if err != nil || took > 10*time.Second { // what its unit allows
			t.Errorf("gallad ended after %v with %v", took, err)
		}
		b.activate(sockets)
	}
	over.Store(true)
	wg.Wait()
	t.Logf("%d reads and %d sales over 25 restarts", reads.Load(), sales.Load())
}
