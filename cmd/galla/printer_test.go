package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

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
	if said := probe(exitDone, port); !strings.Contains(said, "Condition: ready\n") || !strings.Contains(said, "Model: EPSON TM-T82\n") {
		t.Error(said)
	}
	v.Cover(true)
	if said := probe(exitTryLater, port, "--profile", "epson80"); !strings.Contains(said, "The printer's cover is open. Close it.") {
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
