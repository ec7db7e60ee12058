package doctor

import (
	"fmt"
	"time"

	"galla/internal/counter/wire"
)

// The levels of a check, as the API names them.
const (
	levelOK      = "ok"
	levelNote    = "note"    // works, and somebody should know
	levelBad     = "bad"     // somebody has to do something
	levelSkipped = "skipped" // not looked at; Says has the reason, Because the check to cure first
)

func ok(check, format string, args ...any) wire.Check {
	return wire.Check{Check: check, Level: levelOK, Says: fmt.Sprintf(format, args...)}
}

func note(check, next, format string, args ...any) wire.Check {
	return wire.Check{Check: check, Level: levelNote, Says: fmt.Sprintf(format, args...), Next: next}
}

func bad(check, next, format string, args ...any) wire.Check {
	return wire.Check{Check: check, Level: levelBad, Says: fmt.Sprintf(format, args...), Next: next}
}

// skipped is a check that makes no sense before another is cured.
func skipped(check, because string) wire.Check {
	return wire.Check{Check: check, Level: levelSkipped, Because: because, Says: fmt.Sprintf("not looked at, because of %q", because)}
}

// unseen is a check that nobody could make, or has made yet.
func unseen(check, why string) wire.Check {
	return wire.Check{Check: check, Level: levelSkipped, Says: "not looked at: " + why}
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
			broken[c.Gateway] = broken[c.Gateway] || c.Level == levelBad
		}
		if c.Level == levelNote {
			notes++
		}
	}
	left := len(accounts) == 0 // a gateway that works
	for name := range accounts {
		left = left || !broken[name]
	}
	var cause *wire.Check
	for i, c := range w.checks {
		if c.Level != levelBad {
			continue
		}
		up.OK = false
		stops := c.Gateway != "" && !left || c.Gateway == "" && stopsSales[c.Check]
		if cause == nil || stops && up.Sells {
			cause = &w.checks[i]
		}
		if stops {
			up.Sells = false
		}
	}
	switch {
	case cause == nil && notes == 1:
		up.Says = "All is well; one thing is worth knowing."
	case cause == nil && notes > 1:
		up.Says = fmt.Sprintf("All is well; %d things are worth knowing.", notes)
	case cause == nil:
		up.Says = "All is well."
	case up.Sells:
		up.Says, up.Next = "Sales go on, but something is wrong: "+cause.Says+".", cause.Next
	default:
		up.Says, up.Next = "No sale can be taken: "+cause.Says+".", cause.Next
	}
	return up
}

// stopsSales are the links of the box itself without which nobody can pay here. A wrong clock alone does not: what it
// breaks is the TLS of each gateway, and there it counts.
var stopsSales = map[string]bool{"gallad": true, "link": true, "disk": true}
