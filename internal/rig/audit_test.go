package rig

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestAnAuditorsDay: the anchor on a Z report, the report's hash in the chain, and who did what, proved on an export as
// on another machine; a line that was changed is named.
func TestAnAuditorsDay(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	if _, err := b.till.AddPerson(t.Context(), client.Key(),
		wire.AddPerson{Name: "Ravi", Role: "owner", PIN: "2580"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.till.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 10000}); err != nil {
		t.Fatal(err)
	}
	z, err := b.till.ReportZ(t.Context(), client.Key(), wire.CloseDay{})
	if err != nil || z.Anchor == "" || z.Number != 1 {
		t.Fatalf("%+v, %v", z, err)
	}
	again, err := b.till.Z(t.Context(), 1)
	if err != nil || again.Anchor != z.Anchor {
		t.Errorf("a second look: %+v, %v", again, err)
	}
	b.until(
		10*time.Second,
		"the chain to go on",
		func() bool { h, err := b.till.Health(t.Context()); return err == nil && h.Seq > z.Seq+1 },
	)
	if _, err := b.stop(); err != nil {
		t.Fatal(err)
	}
	galla := func(want int, args ...string) string {
		t.Helper()
		out, err := exec.Command(filepath.Join(bin, "galla"), args...).CombinedOutput()
		code := 0
		if e, ok := err.(*exec.ExitError); ok {
			code = e.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != want {
			t.Errorf("galla %v: %d %s", args, code, out)
		}
		return string(out)
	}
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	galla(0, "audit", "export", b.file("sales.db"), file)
	if out := galla(0, "audit", "verify", file, "--anchor", z.Anchor); !strings.Contains(out, "none changed") {
		t.Errorf("verify: %s", out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, want := range []string{`"person.add"`, `"target":"Ravi"`, `"day.close"`, `"sha256":`} {
		if !strings.Contains(strings.ReplaceAll(text, `\"`, `"`), want) {
			t.Errorf("the export lacks %s", want)
		}
	}
	// not the digits of a hash or of a moment
	if regexp.MustCompile(`(^|[^0-9A-Za-z.])2580([^0-9A-Za-z]|$)`).MatchString(text) {
		t.Error("the export has a PIN")
	}
	seq, _, _ := strings.Cut(z.Anchor, ":")
	galla(1, "audit", "verify", file, "--anchor", seq+":"+strings.Repeat("0", 64))
	forged := filepath.Join(t.TempDir(), "forged.jsonl")
	if err := os.WriteFile(forged, []byte(strings.Replace(text, "Ravi", "Rani", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	galla(1, "audit", "verify", forged)
}
