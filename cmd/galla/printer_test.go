package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/printer/printertest"
)

// TestPrinterProbe asks a printer on a pseudo terminal who it is, and finds nothing printed.
func TestPrinterProbe(t *testing.T) {
	m := printertest.Strict(576)
	m.Maker, m.Name = "EPSON", "TM-T82"
	v := printertest.New(m)
	defer v.Close()
	port := filepath.Join(t.TempDir(), "usb-printer")
	tty, err := v.Serve(port)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	probe := func(code int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := runCommand(t.Context(), append([]string{"printer", "probe"}, args...), &out, &errs); got != code {
			t.Errorf("%q: exit code %d, want %d: %s", args, got, code, &errs)
		}
		return out.String() + errs.String()
	}
	if said := probe(exitDone, port); !strings.Contains(said, "Condition: ready\n") ||
		!strings.Contains(said, "Model: EPSON TM-T82\n") {
		t.Error(said)
	}
	v.Cover(true)
	said := probe(exitTryLater, port, "--profile", "epson80")
	if !strings.Contains(said, "The printer's cover is open. Close it.") {
		t.Error(said)
	}
	if said := probe(exitTryLater, port+"-gone"); !strings.Contains(said, "nothing could be found out: ") {
		t.Error(said)
	}
	if said := probe(exitUsage, port, "--profile", "epson"); !strings.Contains(said, "use one of generic58") {
		t.Error(said)
	}
	if r := v.Report(); len(r.Lines) > 0 || len(r.Unknown) > 0 {
		t.Errorf("printed %q, unknown %q", r.Lines, r.Unknown)
	}
}

// TestPaper_5 is paper.md 5: what a printer is has an exit code, and only a printer that prints as far as can be known
// ends 0.
func TestPaper_5(t *testing.T) {
	for _, c := range []struct {
		what  string
		model func(*printertest.Model)
		do    func(*printertest.Printer)
		code  int
		says  string
	}{
		{"well", nil, nil, exitDone, "Condition: ready\n"},
		{"slow", func(m *printertest.Model) {
			m.Late = 1500 * time.Millisecond
		}, nil, exitDone, "answers late, after 1."},
		{"mute", func(m *printertest.Model) { m.Status = false }, nil, exitUnknown, "Condition: mute\n"},
		{"garbled", nil, func(v *printertest.Printer) { v.WrongBaud(true) }, exitSetUp, "Condition: garbled\n"},
		{"out of paper", nil, func(v *printertest.Printer) { v.PaperLeft(0) }, exitTryLater, "Condition: paper_out\n"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			m := printertest.Strict(576)
			if c.model != nil {
				c.model(&m)
			}
			v := printertest.New(m)
			defer v.Close()
			if c.do != nil {
				c.do(v)
			}
			port := filepath.Join(t.TempDir(), "printer")
			tty, err := v.Serve(port)
			if err != nil {
				t.Fatal(err)
			}
			defer tty.Close()
			var out, errs bytes.Buffer
			got := runCommand(t.Context(), []string{"printer", "probe", port, "--profile", "epson80"}, &out, &errs)
			if got != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit code %d, want %d: %s%s", got, c.code, &out, &errs)
			}
		})
	}
}

// TestPrinterFind lists what is there, if only that nothing is, and a port in another program's form is refused with
// ours.
func TestPrinterFind(t *testing.T) {
	var out, errs bytes.Buffer
	code := runCommand(t.Context(), []string{"printer", "find", "--json"}, &out, &errs)
	if code != exitDone && code != exitNotPaid || !strings.HasPrefix(out.String(), "[") {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
	if code := runCommand(
		t.Context(),
		[]string{"printer", "probe", "192.168.1.50:9100"},
		&out,
		&errs,
	); code != exitUsage ||
		!strings.Contains(errs.String(), "write tcp:192.168.1.50:9100") {
		t.Errorf("exit code %d: %s", code, &errs)
	}
}

// TestNothingFound: who has asked the network already isn't told to ask it.
func TestNothingFound(t *testing.T) {
	if alone := nothingFound(false); !strings.Contains(alone, "add --network") {
		t.Errorf("without --network: %q", alone)
	}
	if both := nothingFound(true); strings.Contains(both, "--network") || !strings.Contains(both, "tcp:ADDRESS") {
		t.Errorf("with --network: %q", both)
	}
}
