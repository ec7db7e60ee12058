//go:build gpu

package kiosk

import (
	"bufio"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"galla/display/viewstream"
)

// TestMonitorsChangeWhileTheWindowOpens: a window opens although the X server tells of its monitors meanwhile. With an
// extension set up that late the two waited for each other for ever, once in some hundred starts.
func TestMonitorsChangeWhileTheWindowOpens(t *testing.T) {
	<-started

	d, err := openXServer(slog.New(slog.DiscardHandler), func() {}, func(viewstream.KeyName) {})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for range 50 {
		var opened atomic.Bool
		over := make(chan struct{})
		go func() { // what every change of the monitors asks
			defer close(over)
			for !opened.Load() {
				d.readMonitors()
			}
		}()
		go func() {
			newCarrier(d)
			opened.Store(true)
		}()

		eventually(t, 10*time.Second, "opening a window while the monitors change", opened.Load)
		<-over
	}
}

// TestXServerIsNotLost: an X server that starts anew when its last client leaves doesn't, as long as the kiosk has
// its own connection; when it has not, it does, which proves that this test would see it.
func TestXServerIsNotLost(t *testing.T) {
	<-started // the kiosk of all tests reads DISPLAY while it starts, and this test changes it

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp") // without -noreset
	cmd.ExtraFiles, cmd.SysProcAttr = []*os.File{w}, &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}()
	r.SetReadDeadline(time.Now().Add(30 * time.Second))
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(number))

	// client comes, leaves a mark at the root window or looks for it, and goes. A server that starts anew has no mark.
	client := func(leave bool) (found bool, err error) {
		conn, err := xgb.NewConn()
		if err != nil {
			return false, err
		}
		defer conn.Close()
		root := xproto.Setup(conn).DefaultScreen(conn).Root
		if leave {
			return true, xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, root, xproto.AtomWmName,
				xproto.AtomString, 8, 4, []byte("here")).
				Check()
		}
		p, err := xproto.GetProperty(conn, false, root, xproto.AtomWmName, xproto.AtomString, 0, 4).Reply()
		return err == nil && string(p.Value) == "here", err
	}
	d, err := openXServer(slog.New(slog.DiscardHandler), func() {}, func(viewstream.KeyName) {})
	if err != nil {
		t.Fatal(err)
	}
	if !d.has("GLX") {
		t.Fatal("Xvfb has no GLX")
	}
	if _, err := client(true); err != nil {
		t.Fatal(err)
	}
	if found, err := client(false); !found {
		t.Fatalf("the X server started anew under the kiosk: %v", err)
	}
	d.close()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if found, err := client(false); !found && err == nil { // an error is a server that is starting
			return
		}
		if time.Now().After(end) {
			t.Fatal("the X server does not start anew without a client: this test proves nothing")
		}
	}
}
