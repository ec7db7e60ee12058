package main

import (
	"fmt"
	"net/url"
	"strconv"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// reconcileCommand holds a day against the gateways.
type reconcileCommand struct {
	Day   string `help:"The business day, like 2026-11-22; left out, today." placeholder:"DAY"`
	Most  int    `help:"${reconcile_most}" default:"100"`
	Print bool   `help:"Print it on paper too, and wait for that."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run implements the command. It exits 0 when both agree, 1 when they differ, 2 when not everything could be asked.
func (c *reconcileCommand) Run(s *session) error {
	v := url.Values{"most": {strconv.Itoa(c.Most)}}
	if err := checkDay(c.Day); err != nil {
		return err
	}
	if c.Most < 1 || c.Most > 500 {
		return &usageError{why: fmt.Sprintf("most %d is not between 1 and 500", c.Most)}
	}
	if c.Day != "" {
		v.Set("day", c.Day)
	}
	r, err := s.till.Reconcile(s, v)
	if err == nil && c.Print {
		r, err = s.till.PrintReconciliation(s, client.Key(), wire.ReconcileDay{Day: c.Day})
	}
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, r, func(r wire.Reconciliation) { textview.Reconciliation(s.out, r) }); err != nil {
		return err
	}
	if r.Print != nil {
		if !c.JSON {
			fmt.Fprintf(s.out, "  on paper: %s: %s\n", r.Print.Status, r.Print.Detail)
		}
		if err := onPaper(*r.Print); err != nil {
			return err
		}
	}
	for _, g := range r.Gateways {
		if len(g.Differences) > 0 {
			return outcome(exitNotPaid)
		}
	}
	if !r.Agrees {
		return outcome(exitUnknown)
	}
	return nil
}
