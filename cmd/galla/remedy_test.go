package main

import (
	"strings"
	"testing"

	"galla/internal/counter/wire"
)

// TestRemedies: what a person at a shell is told to do is a thing that a shell can do.
func TestRemedies(t *testing.T) {
	for code, want := range map[string]string{
		"problem_needs_manager":    "--approver NAME",
		"problem_not_manager":      "--approver NAME",
		"problem_answer_refused":   "galla show",
		"problem_nothing_left":     "galla show",
		"gateway_refund_too_small": "in cash",
	} {
		if got := remedy(&wire.Problem{DetailCode: code, Next: "Give the money back in cash."}); !strings.Contains(got, want) {
			t.Errorf("%s: %q", code, got)
		}
	}
}
