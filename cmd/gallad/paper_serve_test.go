package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/printer/printertest"
)

// TestMain lets the test be the child that gallad starts to look at its sales file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fsck" {
		main()
	}
	os.Exit(m.Run())
}

// TestPaperThroughGallad runs the whole daemon with a printer on a pseudo terminal: its state is on the counter within
// seconds, and the self-test, an X and a Z report and a duplicate come out.
func TestPaperThroughGallad(t *testing.T) {
	dir, err := os.MkdirTemp("", "gallad") // a socket's path has 107 bytes at most (unix(7))
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	m := printertest.Strict(576)
	m.Baud, m.DotTime, m.Maker, m.Name = 38400, 50*time.Microsecond, "EPSON", "TM-T82"
	v := printertest.New(m)
	defer v.Close()
	tty, err := v.Serve(filepath.Join(dir, "usb-printer"))
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for name, text := range map[string]string{
		"gallad.toml": fmt.Sprintf("[shop]\nname = \"Asha General Stores\"\n[till]\ndatabase = %q\ndemo = true\n"+
			"[listen]\nsocket = %q\ndisplay = %q\n"+
			"[[gateway]]\nprovider = \"razorpay\"\nbase_url = \"http://127.0.0.1:1\"\n[printer]\nport = %q\nprofile "+
			"= \"epson80\"\ncustom = { baud = 115200 }\n",
			filepath.Join(dir, "sales.db"), filepath.Join(dir, "s"), filepath.Join(dir, "d"),
			filepath.Join(dir, "usb-printer")),
		"gateway-razorpay": "key_id = \"rzp_test_GallaSim000001\"\nkey_secret = \"galla-sim-secret\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- serve(ctx, filepath.Join(dir, "gallad.toml"), dir, nil, slog.New(slog.NewTextHandler(t.Output(), nil)))
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	c := client.New(filepath.Join(dir, "s"))
	health := func(want string) {
		t.Helper()
		got, late := "", time.Now().Add(15*time.Second)
		for time.Now().Before(late) {
			h, err := c.Health(ctx)
			if got = h.Printer; err == nil && strings.HasPrefix(got, want) && h.Ready {
				return
			}
			select {
			case err := <-done:
				t.Fatalf("gallad ended: %v", err)
			case <-time.After(20 * time.Millisecond):
			}
		}
		t.Fatalf("the counter says %q of the printer, want %q", got, want)
	}
	health("ready")
	var p wire.Printer
	// out of paper it wouldn't name itself
	for late := time.Now().Add(15 * time.Second); p.Model != "EPSON TM-T82"; <-time.After(20 * time.Millisecond) {
		if p, err = c.Printer(ctx); err != nil || time.Now().After(late) {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if p.Condition != "ready" || p.Profile != "epson80" || p.Port != filepath.Join(dir, "usb-printer") || !p.Answers {
		t.Errorf("%+v", p)
	}
	v.PaperLeft(0)
	health("The printer is out of paper. Put in a new roll and close the cover.")
	v.Refill()
	health("ready")

	printed := func(what string, end wire.Printed, err error) {
		t.Helper()
		if err != nil || end.Status != "printed" {
			t.Errorf("%s: %+v %v", what, end, err)
		}
	}
	end, err := c.TestPrinter(ctx, client.Key())
	printed("self-test", end, err)
	report := func(what string, r wire.Report, err error) {
		t.Helper()
		if err != nil || r.Print == nil {
			t.Fatalf("%s: %+v %v", what, r.Print, err)
		}
		printed(what, *r.Print, nil)
	}
	x, err := c.PrintX(ctx, client.Key())
	report("X", x, err)
	z, err := c.ReportZ(ctx, client.Key(), wire.CloseDay{Print: true})
	report("Z", z, err)
	again, err := c.PrintZ(ctx, client.Key(), z.Number)
	report("Z again", again, err)

	r := v.Report()
	if len(r.Unknown) > 0 || r.Overrun > 0 {
		t.Errorf("unknown %q, lost %d bytes", r.Unknown, r.Overrun)
	}
	text := strings.Join(r.Lines, "\n")
	for what, n := range map[string]int{"DEMO - NOT REAL MONEY": 3, "Status: answered": 1, "Model: EPSON TM-T82": 1,
		"X REPORT": 1, "Z REPORT 1": 2, "DUPLICATE": 1} {
		if got := strings.Count(text, what); got != n {
			t.Errorf("%q is on paper %d times, want %d", what, got, n)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
