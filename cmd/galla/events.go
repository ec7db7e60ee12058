package main

import (
	"context"
	"errors"
	"fmt"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
	"galla/internal/day"
)

// eventsCommand follows what happens. Its times are IST.
type eventsCommand struct {
	Since *uint64 `help:"From after this event on; left out, from now on. 0 is the beginning." placeholder:"SEQ"`
	JSON  bool    `name:"json" help:"Print one JSON event a line."`
}

// Run implements the command.
func (c *eventsCommand) Run(s *session) error {
	var since uint64
	if c.Since != nil {
		since = *c.Since
	} else {
		h, err := s.till.Health(s)
		if err != nil {
			return err
		}
		since = h.Seq
	}
	err := s.till.Follow(s, since, func(e wire.Event) error {
		if c.JSON {
			return s.printJSON(e)
		}
		line := fmt.Sprintf("%6d  %s  %-20s", e.Seq, e.At.In(day.IST).Format("15:04:05.000"), e.Kind)
		if e.Sale != nil {
			line += fmt.Sprintf("  sale %s  %s  %s", e.Sale.Name, e.Sale.AmountPaise, e.Sale.Phase)
		} else if e.Operation != nil {
			line += fmt.Sprintf("  %s  %s", e.Operation.ID, e.Operation.Status)
		} else {
			line += "  " + e.SaleID
		}
		fmt.Fprintln(s.out, line+textview.By(e.By))
		return nil
	}, func(error) { fmt.Fprintln(s.err, "galla: gallad went away; waiting for it to come back") })
	if errors.Is(err, context.Canceled) {
		return nil // Ctrl-C is how one leaves
	}
	return err
}
