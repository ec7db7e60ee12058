package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// The sound process, as it is, beside a gallad that shows three sales: each paid one is heard once, in its own turn,
// and a payment of before it started, or that is only on the screen, is not.
func TestSoundProcess(t *testing.T) {
	dir := t.TempDir()
	heard := filepath.Join(dir, "heard")
	player := "#!/bin/sh\n" + `[ -e ` + dir + `/busy ] && echo overlap >> ` + heard + "\ntouch " + dir + "/busy\n" +
		"cat > /dev/null\nsleep 0.2\necho \"$@\" >> " + heard + "\nrm " + dir + "/busy\n"
	if err := os.WriteFile(filepath.Join(dir, "aplay"), []byte(player), 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := viewstream.New(viewstream.Options{})
	server.Publish(
		display.View{Screen: display.ScreenPaid, SaleID: "earlier", Amount: 100, Since: time.Now().Add(-time.Minute)},
	)
	go server.Serve(ctx, l)

	cmd := program(t, "sound", "-socket", socket, "-player", "aplay", "-device", "plughw:7")
	cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"))
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if h, ok := (<-server.Events()).(viewstream.Hello); !ok || h.Info.Role != viewstream.RoleSound {
		t.Errorf("it introduced itself with %+v", h)
	}
	server.Publish(display.View{Screen: display.ScreenPaid, SaleID: "declared", Amount: 25000, Since: time.Now()})
	for _, sale := range []string{"a", "b", "a"} {
		server.Publish(display.View{Screen: display.ScreenPay, SaleID: "c", Amount: 25000, Payload: "upi://pay?pa=a@b"})
		server.Paid(display.View{
			Screen:    display.ScreenPaid,
			SaleID:    sale,
			Amount:    25000,
			Languages: []string{"hi"},
			Since:     time.Now(),
		})
	}
	want := strings.Repeat("-q -t wav -D plughw:7 -\n", 2)
	said := func() string { b, _ := os.ReadFile(heard); return string(b) }
	for end := time.Now().Add(30 * time.Second); len(said()) < len(want) &&
		time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	time.Sleep(time.Second) // there is no third
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v and said %s", err, log.String())
	}
	if got := said(); got != want {
		t.Errorf("heard:\n%s\nwant two announcements, one after the other; it said:\n%s", got, log.String())
	}
}
