package port

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// open opens a port on a pty through a symlink.
func open(t *testing.T, flow Flow) (p *TTY, master *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	link := filepath.Join(t.TempDir(), "usb-printer")
	if err := os.Symlink(slave.Name(), link); err != nil {
		t.Fatal(err)
	}
	p, err = OpenTTY(link, 9600, flow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if p.Path() != slave.Name() {
		t.Errorf("%s resolved to %s, not %s", link, p.Path(), slave.Name())
	}
	return p, master
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	dangling := filepath.Join(dir, "dangling")
	err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(filepath.Join(dir, "nothing"), dangling))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		kind Kind
		want string
	}{
		{filepath.Join(dir, "ttyACM0"), KindMissing, "/dev/serial/by-id"},
		{dangling, KindMissing, "plug the printer in"},
		{"/dev/null", KindNotSerial, "not a serial line"}, {file, KindNotSerial, "not a serial line"},
		{dir, KindNotSerial, "not a serial line"},
	} {
		_, err := OpenTTY(tc.name, 9600, FlowNone)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != tc.kind || !strings.Contains(err.Error(), tc.want) ||
			!strings.Contains(err.Error(), tc.name) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestExplain covers what can't be brought about here: other drivers, other users, the library's own errors.
func TestExplain(t *testing.T) {
	for _, tc := range []struct {
		path string
		err  error
		kind Kind
		want string
	}{
		{"/dev/ttyUSB0", &fs.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: unix.EACCES}, KindPermission, "dialout"},
		{"/dev/ttyACM0", &fs.PathError{Op: "open", Path: "/dev/ttyACM0", Err: unix.EBUSY}, KindBusy, "ModemManager"},
		{"/dev/usb/lp0", unix.ENOTTY, KindNotSerial, "usb:/dev/usb/lp0"},
		{"/dev/ttyACM0", unix.ENXIO, KindMissing, "plug"}, {"/dev/ttyACM0", unix.ENODEV, KindMissing, "plug"},
		{"/dev/ttyS0", unix.EIO, KindOther, "dmesg"},
	} {
		e, ok := errors.AsType[*Error](explain(Serial, "/dev/printer", tc.path, tc.err))
		if !ok || e.Kind != tc.kind || !strings.Contains(e.Error(), tc.want) || !strings.Contains(e.Error(), tc.path) {
			t.Errorf("%v on %s: %v", tc.err, tc.path, e)
		}
	}
	if e := (&Error{Name: "/dev/serial0", Path: "/dev/ttyAMA0", Kind: KindConsole,
		Err: errors.New("x")}); !strings.Contains(e.Error(), "serial-getty@ttyAMA0") ||
		!strings.Contains(e.Error(), "console=ttyAMA0") {
		t.Error(e)
	}
	if !isConsole("tty0 ttyS0\n", "/dev/ttyS0") || isConsole("tty0 ttyS0\n", "/dev/ttyS1") ||
		isConsole("", "/dev/ttyS0") {
		t.Error("consoles are mistaken")
	}
	// What the library says of a missing device and of no tty is what explain relies on.
	_, err := serial.Open(filepath.Join(t.TempDir(), "x"), &serial.Mode{BaudRate: 9600})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the library reports a missing device as %v", err)
	}
}

// TestSecondOwner: root isn't stopped by TIOCEXCL, so a lock must.
func TestSecondOwner(t *testing.T) {
	p, _ := open(t, FlowNone)
	_, err := OpenTTY(p.Path(), 115200, FlowNone)
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != KindBusy {
		t.Errorf("a second owner got %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	again, err := OpenTTY(p.Path(), 9600, FlowNone)
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	again.Close()
}

func TestFlowBits(t *testing.T) {
	for flow, want := range map[Flow][2]bool{FlowNone: {}, FlowXonXoff: {true, false}, FlowRTSCTS: {false, true}} {
		p, _ := open(t, flow)
		s, err := termios(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{s.Iflag&unix.IXON != 0, s.Cflag&unix.CRTSCTS != 0}; got != want {
			t.Errorf("%s: IXON and CRTSCTS are %v", flow, got)
		}
		if s.Iflag&unix.IGNBRK == 0 { // paper.md 2: a break is no byte
			t.Errorf("%s: a break reads as a byte", flow)
		}
		if s.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) != 0 || s.Oflag&unix.OPOST != 0 {
			t.Errorf("%s: the line isn't raw", flow)
		}
	}
}

func TestReadWrite(t *testing.T) {
	p, master := open(t, FlowNone)
	if n, err := p.Write([]byte("\x1b@hello\n\x11\x13\x04")); n != 11 || err != nil {
		t.Fatal(n, err)
	}
	b := make([]byte, 64)
	if n, err := master.Read(b); err != nil || string(b[:n]) != "\x1b@hello\n\x11\x13\x04" {
		t.Errorf("the printer got %q, %v", b[:n], err)
	}
	master.Write([]byte{0x12, 0x0D, 0x03})
	if n, err := p.Read(b); err != nil || string(b[:n]) != "\x12\x0d\x03" {
		t.Errorf("the host got %q, %v", b[:n], err)
	}
	p.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := p.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading silence: %v", err)
	}
	if n, err := p.Queued(); n != 0 || err != nil {
		t.Errorf("queued %d, %v", n, err)
	}
	master.Write([]byte("old"))
	if err := p.Discard(false); err != nil {
		t.Error(err)
	}
}

// TestStuck: nobody reads at the other end. A write comes back at its deadline with what was taken, a blocked one is
// released by Close, and Close is quick.
func TestStuck(t *testing.T) {
	p, _ := open(t, FlowNone)
	p.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	n, err := p.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 1<<20 {
		t.Fatalf("a write into a stuck line: %d, %v", n, err)
	}
	p.SetWriteDeadline(time.Time{})
	released := make(chan error)
	go func() {
		_, err := p.Write(make([]byte, 1<<20))
		released <- err
	}()
	begun := time.Now()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-released; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the blocked write ended with %v", err)
	}
	if d := time.Since(begun); d > time.Second {
		t.Errorf("closing took %v", d)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a write after Close: %v", err) // the library's would go to whatever file has its number now
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// TestXonXoff: the kernel stops after XOFF, goes on after XON, and takes both out of the input.
func TestXonXoff(t *testing.T) {
	p, master := open(t, FlowXonXoff)
	master.Write([]byte{0x13, 0x12})
	b := make([]byte, 4096)
	if n, err := p.Read(b); err != nil || string(b[:n]) != "\x12" {
		t.Fatalf("read %q, %v", b[:n], err)
	}
	p.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := p.Write([]byte("held"))
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("after XOFF %d bytes went out, %v", n, err)
	}
	master.Write([]byte{0x11})
	p.SetWriteDeadline(time.Now().Add(5 * time.Second))
	if n, err := p.Write([]byte("sent")); n != 4 || err != nil {
		t.Fatalf("after XON: %d, %v", n, err)
	}
	if n, err := master.Read(b); err != nil || string(b[:n]) != "sent" {
		t.Errorf("the printer got %q, %v", b[:n], err)
	}
}

func TestUnplug(t *testing.T) {
	p, master := open(t, FlowNone)
	master.Close()
	if _, err := p.Read(make([]byte, 10)); !errors.Is(err, io.EOF) && !errors.Is(err, unix.EIO) {
		t.Errorf("reading: %v", err)
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, unix.EIO) {
		t.Errorf("writing: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}
