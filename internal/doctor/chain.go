package doctor

import (
	"time"

	"galla/internal/counter/wire"
)

// values fill a sentence.
type values = wire.Values

// said is a check in the words of the catalogue: the code is "doctor_", the check, and what.
func said(level, check, what string, v values) wire.Check {
	c := wire.Check{Check: check, Level: level, SaysCode: "doctor_" + check + "_" + what, SaysValues: v}
	c.Says, c.Next = wire.Say(c.SaysCode, v)
	return c
}

func ok(check, what string, v values) wire.Check { return said(wire.LevelOK, check, what, v) }

func note(check, what string, v values) wire.Check { return said(wire.LevelNote, check, what, v) }

func bad(check, what string, v values) wire.Check { return said(wire.LevelBad, check, what, v) }

// quoted is a check in the words of a gateway, a printer or a screen; the code says what they are about.
func quoted(level, check, what, says, next string) wire.Check {
	c := said(level, check, what, values{"says": says})
	if c.Next == "" {
		c.Next = next
	}
	return c
}

// skipped is a check that makes no sense before another is cured.
func skipped(check, because string) wire.Check {
	return unlooked(
		wire.Check{Check: check, Because: because, SaysCode: "doctor_skipped", SaysValues: values{"check": because}},
	)
}

// unseen is a check that nobody could make, or has made yet.
func unseen(check, why string) wire.Check {
	return unlooked(wire.Check{Check: check, SaysCode: "doctor_unseen", SaysValues: values{"why": why}})
}

func unlooked(c wire.Check) wire.Check {
	c.Level = wire.LevelSkipped
	c.Says, _ = wire.Say(c.SaysCode, c.SaysValues)
	return c
}

// walk collects checks in the order of the chain.
type walk struct {
	now    time.Time
	checks []wire.Check
}

func (w *walk) add(checks ...wire.Check) {
	for _, c := range checks {
		if c.At.IsZero() {
			c.At = w.now
		}
		c.At = c.At.UTC().Truncate(time.Second)
		w.checks = append(w.checks, c)
	}
}

// checkup finds the root cause: the first broken link that keeps the till from selling, or else the first broken one.
func (w *walk) checkup() wire.Checkup {
	up := wire.Checkup{OK: true, Sells: true, At: w.now.UTC().Truncate(time.Second), Checks: w.checks}
	accounts, broken, notes := map[string]bool{}, map[string]bool{}, 0
	for _, c := range w.checks {
		if c.Gateway != "" {
			accounts[c.Gateway] = true
			broken[c.Gateway] = broken[c.Gateway] || c.Level == wire.LevelBad
		}
		if c.Level == wire.LevelNote {
			notes++
		}
	}

	left := len(accounts) == 0 // a gateway that works
	for name := range accounts {
		left = left || !broken[name]
	}
	var cause *wire.Check
	for i, c := range w.checks {
		if c.Level != wire.LevelBad {
			continue
		}
		up.OK = false
		stops := c.Gateway != "" && !left || c.Gateway == "" && stopsSales[c.Check]
		// A wrong clock leads, unless something keeps sales away: reports and slips go wrong by it without a word.
		if cause == nil || up.Sells && (stops || c.Check == "clock") {
			cause = &w.checks[i]
		}
		if stops {
			up.Sells = false
		}
	}

	switch {
	case cause == nil && notes == 1:
		up.SaysCode = "doctor_well_note"
	case cause == nil && notes > 1:
		up.SaysCode, up.SaysValues = "doctor_well_notes", values{"notes_count": notes}
	case cause == nil:
		up.SaysCode = "doctor_well"
	case up.Sells:
		up.SaysCode = "doctor_sells"
	default:
		up.SaysCode = "doctor_sells_not"
	}

	fill := up.SaysValues
	if cause != nil {
		up.Next, up.CauseCode, up.CauseValues = cause.Next, cause.SaysCode, cause.SaysValues
		up.NextCode = cause.NextCode
		fill = values{"cause": cause.Says}
	}
	up.Says, _ = wire.Say(up.SaysCode, fill)
	return up
}

// stopsSales are the links of the box itself without which nobody can pay here. A wrong clock alone does not: what it
// breaks is the TLS of each gateway, and there it counts.
var stopsSales = map[string]bool{"gallad": true, "link": true, "disk": true}
