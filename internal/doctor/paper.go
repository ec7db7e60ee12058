package doctor

import (
	"cmp"
	"strings"

	"galla/internal/counter/wire"
)

// paper looks at the printer, and at its paper if the printer is well. The words are the printer's own (printer.State).
func (d *Doctor) paper() []wire.Check {
	if d.o.Printer == nil {
		if d.o.NoPrinter == "" {
			return []wire.Check{ok("printer", "no printer is set up: slips are not printed"), unseen("paper", "there is no printer")}
		}
		return []wire.Check{unseen("printer", d.o.NoPrinter), skipped("paper", "printer")}
	}
	p := d.o.Printer()
	says, next := split(p.Detail)
	name := cmp.Or(p.Model, "the printer")
	switch p.Condition {
	case "ready", "printing":
		well := ok("printer", "%s is ready on %s", name, p.Port)
		if p.NearEnd {
			return []wire.Check{well, note("paper", "Keep a new roll at hand.", "the roll is nearly used up")}
		}
		return []wire.Check{well, ok("paper", "there is paper")}
	case "unknown":
		unsaid := unseen("paper", "this printer doesn't say")
		if p.Detail == "" {
			return []wire.Check{ok("printer", "%s is open; this printer never says how it is", p.Port), unsaid}
		}
		return []wire.Check{note("printer", next, "%s", says), unsaid}
	case "paper_out", "cover_open":
		return []wire.Check{ok("printer", "%s answers on %s", name, p.Port), bad("paper", next, "%s", says)}
	}
	if says == "" {
		says, next = "the printer is not ready ("+p.Condition+")", "Switch the printer off and on."
	}
	return []wire.Check{bad("printer", next, "%s", says), skipped("paper", "printer")}
}

// split parts the printer's sentence from its next step: "The printer is out of paper. Put in a new roll."
func split(detail string) (says, next string) {
	says, next, _ = strings.Cut(detail, ". ")
	says = strings.TrimSuffix(says, ".")
	next, _, _ = strings.Cut(next, " (printer port ") // the cause in brackets is for galla printer status
	if rest, found := strings.CutPrefix(says, "The "); found {
		says = "the " + rest
	}
	return says, next
}

// display looks at the customer's screen. Without one, sales go on: the QR can be printed.
func (d *Doctor) display() wire.Check {
	if d.o.Display == nil {
		return unseen("display", cmp.Or(d.o.NoDisplay, "only gallad knows"))
	}
	switch s := d.o.Display(); s {
	case "connected":
		return ok("display", "the customer's screen is connected")
	case "none", "":
		return note("display", "Check the screen's cable and power, then: systemctl status galla-display. A till without a screen prints its QR: set print_order = true.",
			"no customer's screen has been connected since gallad started")
	default:
		return bad("display", "Check the screen's cable and power, then: sudo systemctl restart galla-display. Until then print the QR (galla print NUMBER --copy order).", "%s", strings.TrimSuffix(s, "."))
	}
}
