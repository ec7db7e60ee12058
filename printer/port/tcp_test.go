package port

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// listen is a printer's side of the network.
func listen(t *testing.T) (l *net.TCPListener, name string) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, "tcp:" + l.Addr().String()
}

// TestTCP: bytes both ways, the window shut, the connection reset, and an end that doesn't wait.
func TestTCP(t *testing.T) {
	l, name := listen(t)
	line, err := Open(name, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	if line.Means() != TCP || "tcp:"+line.Path() != name {
		t.Errorf("%s is %s at %s", name, line.Means(), line.Path())
	}
	line.Write([]byte("hello"))
	b := make([]byte, 8)
	if n, err := far.Read(b); err != nil || string(b[:n]) != "hello" {
		t.Errorf("%q, %v", b[:n], err)
	}
	far.Write([]byte{0x12})
	if n, err := line.Read(b); err != nil || n != 1 || b[0] != 0x12 {
		t.Errorf("% x, %v", b[:n], err)
	}
	if err := line.Discard(true); err != nil {
		t.Errorf("nothing is unsent, and discarding says %v", err)
	}

	// Nobody reads: the window shuts, writing waits for its deadline, and what is queued stays.
	line.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := line.Write(make([]byte, 64<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 {
		t.Errorf("a shut window: %d, %v", n, err)
	}
	if q, err := line.Queued(); err != nil || q == 0 {
		t.Errorf("%d queued, %v", q, err)
	}
	if err := line.Discard(true); !errors.Is(err, ErrHeld) {
		t.Errorf("unsent bytes of a connection can't be dropped, and discarding says %v", err)
	}
	begun := time.Now()
	line.Close()
	if d := time.Since(begun); d > 500*time.Millisecond {
		t.Errorf("closing took %v", d)
	}
	if _, err := io.Copy(io.Discard, far); err == nil {
		t.Error("the far end saw an orderly end: what was discarded may still come out")
	}

	// Reset after the first bytes.
	line, err = Open(name, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	far, err = l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	far.SetLinger(0)
	far.Close()
	if _, err := line.Read(b); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a reset reads as %v", err)
	}
}

func TestTCPErrors(t *testing.T) {
	l, name := listen(t)
	l.Close()
	for name, want := range map[string]struct {
		kind Kind
		says string
	}{name: {KindRefused, "one host at a time"}, "tcp:printer.invalid": {KindName, "self-test slip"}} {
		_, err := Open(name, 0, "")
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != want.kind && e.Kind != KindUnreachable ||
			e.Kind == want.kind && !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := explain(TCP, "tcp:10.0.0.9", "10.0.0.9:9100", context.DeadlineExceeded)
	if !strings.Contains(e.Error(), "check that the printer is on") {
		t.Error(e)
	}
}

// TestNeighbours looks through a network of this machine's own for what takes print data.
func TestNeighbours(t *testing.T) {
	l, _ := listen(t)
	got := neighbours(t.Context(), []netip.Prefix{netip.MustParsePrefix("127.0.0.0/30")}, l.Addr().(*net.TCPAddr).Port)
	if len(got) != 1 || got[0].Means != TCP || got[0].Port != "tcp:"+l.Addr().String() {
		t.Errorf("%+v", got)
	}
	for _, n := range Networks() {
		if n.Bits() < 24 || n.Addr().IsLoopback() {
			t.Errorf("%s would be searched", n)
		}
	}
}
