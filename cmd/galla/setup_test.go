package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/setup"
)

// TestBegunAnew: a person reads what stands only in the copy of a config that couldn't be edited.
func TestBegunAnew(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for old, want := range map[string]string{
		"hook.url = \"https://hunter2.example\"\nshop = { name = \"Old\" }\n": "stands only there: hook.url.",
		"[shop\n": "look for [hook], tcp and [printer.custom]",
	} {
		dir := t.TempDir()
		p := setup.At(filepath.Join(dir, "gallad.toml"), dir)
		if err := os.WriteFile(p.Config, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := write(&session{Context: t.Context(), out: &out}, p,
			setup.Answers{Shop: "Asha", Gateways: []setup.Gateway{
				{Provider: "razorpay", KeyID: "rzp_live_A", KeySecret: "x"},
			}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "hunter2") {
			t.Errorf("%q was said of %q", out.String(), old)
		}
	}
}
