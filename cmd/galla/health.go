package main

import "fmt"

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
		fmt.Fprintf(s.out, "  last hour: %s\n", weather(h.Weather))
		fmt.Fprintf(s.out, "  printer: %s\n  customer's screen: %s\n", h.Printer, h.Display)
	}
	if !h.Ready {
		return outcome(exitTryLater)
	}
	return nil
}
