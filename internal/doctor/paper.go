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
			return []wire.Check{ok("printer", "none", nil), unseen("paper", "there is no printer")}
		}
		return []wire.Check{unseen("printer", d.o.NoPrinter), skipped("paper", "printer")}
	}

	p := d.o.Printer()
	says, next := split(p.Detail)
	name := cmp.Or(p.Model, "the printer")
	switch p.Condition {
	case "ready", "printing":
		well := ok("printer", "ready", values{"name": name, "port": p.Port})
		if p.NearEnd {
			return []wire.Check{well, note("paper", "low", nil)}
		}
		return []wire.Check{well, ok("paper", "there", nil)}
	case "unknown", "mute":
		unsaid := unseen("paper", "this printer doesn't say")
		if p.Detail == "" {
			return []wire.Check{ok("printer", "open", values{"port": p.Port}), unsaid}
		}
		return []wire.Check{quoted(wire.LevelNote, "printer", "remark", says, next), unsaid}
	case "paper_out", "cover_open":
		what := map[string]string{"paper_out": "out", "cover_open": "cover"}[p.Condition]
		return []wire.Check{
			ok("printer", "answers", values{"name": name, "port": p.Port}),
			quoted(wire.LevelBad, "paper", what, says, next),
		}
	}

	broken := bad("printer", "not", values{"condition": p.Condition})
	switch {
	case says == "":
	case p.Condition == "gone", p.Condition == "offline", p.Condition == "error":
		broken = quoted(wire.LevelBad, "printer", p.Condition, says, next)
	case p.Condition == "asleep", p.Condition == "garbled":
		broken = quoted(wire.LevelBad, "printer", "offline", says, next)
	default: // of a newer printer's words
		broken.Says, broken.Next = says, next
	}

	return []wire.Check{broken, skipped("paper", "printer")}
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
		if d.o.LeftOut != "" {
			return note("display", "letters", values{"what": d.o.LeftOut})
		}
		if d.o.Presenter != nil && d.o.Presenter() != "" {
			return ok("display", "presented", values{"how": d.o.Presenter()})
		}
		return ok("display", "connected", nil)
	case "none", "":
		return note("display", "none", nil)
	default:
		if strings.HasPrefix(s, "no browser ") { // the demo's screen is a page: no cable, and no unit to restart
			return bad("display", "page", nil)
		}
		return quoted(wire.LevelBad, "display", "bad", strings.TrimSuffix(s, "."), "")
	}
}
