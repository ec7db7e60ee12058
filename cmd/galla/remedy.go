package main

import (
	"strings"

	"galla/internal/counter/wire"
)

// commandFor names the command behind each call of the API that a problem points to.
var commandFor = strings.NewReplacer("GET /v1/reports/z lists them", "galla operation list has every closing of a day", "GET /v1/sales", "galla list",
	"GET /v1/devices", "galla device list", "GET /v1/people", "galla person list", "GET /v1/operations", "galla operation list", "GET /v1/gateways", "galla doctor gateway")

// remedy is a problem's next step for a person at a shell. Idempotency keys are the command's own business, and a command
// typed again has a new one: whatever may be done is to be looked for before.
func remedy(p *wire.Problem) string {
	switch {
	case p.Type == "/problems/same-reference":
		return "Look at that sale first (galla show). If the bill is split, say so with --again."
	case strings.Contains(p.Next, "new idempotency key"):
		return "Correct it and try again."
	case strings.Contains(p.Next, "idempotency key") && p.Status == 500:
		return "See galla list before you repeat it; the log of gallad says more (journalctl -u gallad)."
	case strings.Contains(p.Next, "idempotency key"):
		return "It may or may not be done: see galla list before you repeat it, or take cash."
	}
	return commandFor.Replace(p.Next)
}
