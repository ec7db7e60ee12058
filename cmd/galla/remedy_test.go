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
		"problem_cancel_refused":   "galla show",
		"problem_print_refused":    "galla show",
		"gateway_refund_too_small": "in cash",
	} {
		got := remedy(&wire.Problem{DetailCode: code, Next: "Give the money back in cash."})
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q", code, got)
		}
	}
}

// TestNothingLeft: that nothing is left to refund is how the sale stands, and no mistake in the command line.
func TestNothingLeft(t *testing.T) {
	for code, want := range map[string]int{"problem_nothing_left": exitNotPaid, "problem_amount": exitUsage} {
		if got := problemCode(&wire.Problem{Status: 400, DetailCode: code}); got != want {
			t.Errorf("%s: exit code %d, want %d", code, got, want)
		}
	}
}
