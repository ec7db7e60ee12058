package interview

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/setup"
)

// terminal is one whose person types lines.
func terminal(t *testing.T, lines string) (*Terminal, *strings.Builder) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if _, err := w.WriteString(lines); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	return New(t.Context(), r, out), out
}

// TestCounter_6_Going: where a gateway goes, its open sales are named and a person is asked; where none goes, or none
// is open there, nobody is.
func TestCounter_6_Going(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gallad.toml")
	config := "[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"enkash\"\n[[gateway]]\nprovider = \"razorpay\"\n"
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	sales := []wire.Sale{
		{Name: "1130-1", AmountPaise: 21550, Phase: "awaiting", Gateway: "razorpay"},
		{Name: "1130-2", AmountPaise: 100, Phase: "paying", Gateway: "enkash"},
		{
			Name:        "1130-3",
			AmountPaise: 500,
			Phase:       "awaiting",
			Gateway:     "enkash",
			Payments:    []wire.Payment{{Gateway: "razorpay"}},
		},
	}
	for name, c := range map[string]struct {
		keeps []string
		open  error
		typed string
		says  string
		left  bool
	}{
		"none goes": {keeps: []string{"razorpay", "enkash"}},
		"one goes, and a no": {keeps: []string{"enkash"}, typed: "\n",
			says: "Open at razorpay: 1130-1 (₹215.50, awaiting), 1130-3 (₹5.00, awaiting).", left: true},
		"one goes, and a yes": {keeps: []string{"razorpay"}, typed: "yes\n",
			says: "Open at enkash: 1130-2 (₹1.00, paying), 1130-3"},
		"nobody knows what is open": {keeps: []string{"enkash"}, open: errors.New("gallad is down"), typed: "no\n",
			says: "not known: gallad is down", left: true},
	} {
		term, out := terminal(t, c.typed)
		a := setup.Answers{}
		for _, p := range c.keeps {
			a.Gateways = append(a.Gateways, setup.Gateway{Provider: p})
		}
		err := Part(
			term,
			path,
			a,
			func(context.Context) (wire.Sales, error) { return wire.Sales{Sales: sales}, c.open },
		)
		if errors.Is(err, ErrLeft) != c.left || !c.left && err != nil || !strings.Contains(out.String(), c.says) ||
			c.says == "" && out.Len() > 0 {
			t.Errorf("%s: %v, %q", name, err, out)
		}
	}
}

// TestClockBeside: the page's time is taken once, on a new box only, and only one that can be now.
func TestClockBeside(t *testing.T) {
	dir := t.TempDir()
	path, answers := filepath.Join(dir, "gallad.toml"), filepath.Join(dir, "answers.toml")
	if alone, err := ClockBeside(t.Context(), path, answers); alone || err != nil {
		t.Errorf("none asked: %v, %v", alone, err)
	}
	gone, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0)) // timedatectl is never run
	defer cancel()
	for text, want := range map[string]string{
		"yesterday":            "cannot parse",
		"1970-01-01T00:00:00Z": "the year 1970 is not now",
		"2026-11-30T08:20:00Z": "deadline",
	} {
		if err := os.WriteFile(filepath.Join(dir, "clock"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ClockBeside(gone, path, answers); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "clock")); err == nil {
			t.Errorf("%q is still there", text)
		}
	}

	err := os.WriteFile(path, []byte("[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"enkash\"\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "clock"), []byte("2026-11-30T08:20:00Z"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ClockBeside(t.Context(), path, answers); err == nil ||
		!strings.Contains(err.Error(), "set up already") {
		t.Errorf("a till that sells: %v", err)
	}
}
