package main

import (
	"fmt"

	"galla/cmd/galla/textview"
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
		textview.Health(s.out, h)
	}
	if !h.Ready {
		return outcome(exitTryLater)
	}
	return nil
}

// warn says before the customer is asked that UPI does not work well now. Not to know it keeps nobody from selling.
func warn(s *session) {
	h, err := s.till.Health(s)
	if err == nil && (h.UPIHealth.Level == wire.UPISlow || h.UPIHealth.Level == wire.UPIBad) {
		fmt.Fprintf(s.err, "galla: %s\n", textview.UPIHealth(h.UPIHealth))
	}
}
