package main

import (
	"fmt"
	"time"

	"galla/internal/counter/wire"
)

// healthCommand says how the till is.
type healthCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. A till that takes no sales ends with exit code 75.
func (c *healthCommand) Run(s *session) error {
	h, err := s.till.Health(s)
	if err != nil {
		return err
	}
	if c.JSON {
		s.printJSON(h)
	} else {
		if h.Ready {
			fmt.Fprintln(s.out, "ready: sales are taken")
		} else {
			fmt.Fprintln(s.out, "out of service:", h.Problem)
		}
		fmt.Fprintf(s.out, "  gallad %s, event %d, %d open, %d need a decision\n", h.Version, h.Seq, h.Open, h.Attention)
		for _, g := range h.Gateways {
			if g.OK {
				fmt.Fprintf(s.out, "  gateway %s: answers\n", g.Name)
			} else {
				fmt.Fprintf(s.out, "  gateway %s: %s\n", g.Name, g.Problem)
			}
		}
		fmt.Fprintf(s.out, "  last hour: %s\n", upiHealth(h.UPIHealth))
		fmt.Fprintf(s.out, "  printer: %s\n  customer's screen: %s\n", h.Printer, h.Display)
	}
	if !h.Ready {
		return outcome(exitTryLater)
	}
	return nil
}

// upiHealth says how UPI has worked at this counter in the last hour.
func upiHealth(w wire.UPIHealth) string {
	verdict := map[string]string{"good": "UPI works", "slow": "UPI is slow now, offer cash too", "bad": "UPI fails often now or no gateway answers, offer cash",
		"quiet": "no sales to go by"}[w.Level]
	if verdict == "" { // of a newer gallad
		verdict = w.Level
	}
	if w.Ended > 0 {
		verdict += fmt.Sprintf("; %d of %d sales were paid", w.Paid, w.Ended)
	}
	if w.Paid > 0 {
		verdict += fmt.Sprintf(", half of them within %v", (time.Duration(w.TimeToPaid) * time.Millisecond).Round(100*time.Millisecond))
	}
	return verdict
}

// warn says before the customer is asked that UPI does not work well now. Not to know it keeps nobody from selling.
func warn(s *session) {
	h, err := s.till.Health(s)
	if err == nil && (h.UPIHealth.Level == "slow" || h.UPIHealth.Level == "bad") {
		fmt.Fprintf(s.err, "galla: %s\n", upiHealth(h.UPIHealth))
	}
}
