package main

import (
	"strings"

	"galla/internal/counter/wire"
)

// commandFor names the command behind each call of the API that a problem points to.
var commandFor = strings.NewReplacer("GET /v1/reports/z lists them", "galla operation list has every closing of a day",
	"GET /v1/sales", "galla list",
	"GET /v1/devices", "galla device list", "GET /v1/people", "galla person list", "GET /v1/operations",
	"galla operation list", "GET /v1/gateways", "galla doctor gateway")

// remedies are the next steps, by the problem's code, where that of the API is for software. Idempotency keys are the
// command's own business, and a command typed again has a new one: whatever may be done is to be looked for before.
var remedies = map[string]string{
	"problem_value":        "Correct it and try again.",
	"problem_amount":       "Correct it and try again.",
	"problem_reference":    "Correct it and try again.",
	"problem_nothing_left": "See galla show for the sale's refunds.",
	"problem_refund_refused": "See galla show for what is left. Only where the line above asks to " +
		"confirm it: add --confirmed.",
	"problem_cancel_refused": "See galla show for how the sale stands.",
	"problem_print_refused":  "See galla show for how the sale stands.",
	"problem_answer_refused": "See galla show for the sale's open items and the answers that each takes.",
	"problem_needs_manager":  "Name a manager with --approver NAME: their PIN is asked for.",
	"problem_pin_needed":     "Do it as an owner (galla --as NAME asks for the PIN), or as root (sudo galla).",
	"problem_role_too_low": "Do it as somebody who may: galla --as NAME asks for the PIN. An owner without " +
		"a PIN: sudo galla.",
	"problem_not_manager":    "Name a manager with --approver NAME: their PIN is asked for.",
	"problem_key_reused":     "Correct it and try again.",
	"problem_same_reference": "Look at that sale first (galla show). If the bill is split, say so with --again.",
	"problem_our_fault": "See galla list before you repeat it; the log of gallad says more " +
		"(journalctl -u gallad).",
	"problem_no_answer":  "It may or may not be done: see galla list before you repeat it, or take cash.",
	"problem_restarting": "It may or may not be done: see galla list before you repeat it, or take cash.",
	"problem_not_ready":  "It may or may not be done: see galla list before you repeat it, or take cash.",
}

// remedy is a problem's next step for a person at a shell.
func remedy(p *wire.Problem) string {
	if next, ours := remedies[p.DetailCode]; ours {
		return next
	}
	return commandFor.Replace(p.Next)
}
