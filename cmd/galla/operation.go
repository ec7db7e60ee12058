package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state"
)

// operationCommand is about what was asked of gateways beside sales, and what people did to the box.
type operationCommand struct {
	List operationListCommand `cmd:"" help:"List what was asked of gateways beside sales and what people did to the box, newest first."`
	Show operationShowCommand `cmd:"" help:"Show one of it."`
}

type operationListCommand struct {
	Limit int  `help:"At most so many." default:"20"`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *operationListCommand) Run(s *session) error {
	page, err := s.till.Operations(s, url.Values{"limit": {strconv.Itoa(c.Limit)}})
	if err != nil {
		return err
	}
	if c.JSON {
		for _, o := range page.Operations {
			if err := s.printJSON(o); err != nil {
				return err
			}
		}
		return nil
	}
	if len(page.Operations) == 0 {
		fmt.Fprintln(s.out, "nothing was asked of a gateway beside sales, and nobody changed anything on the box")
		return nil
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tASKED\tWHAT\tWHERE\tSTATUS\tBY")
	for _, o := range page.Operations {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", o.ID, clock(o.AskedAt), strings.TrimSpace(o.Kind+" "+o.Target), o.Gateway, o.Status, o.By)
	}
	return t.Flush()
}

type operationShowCommand struct {
	ID   string `arg:"" help:"Its id, from galla operation list."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *operationShowCommand) Run(s *session) error {
	o, err := s.till.Operation(s, c.ID)
	if err != nil {
		return err
	}
	return s.printOperation(o, c.JSON)
}

// where names the gateway a command is for.
type where struct {
	Gateway string `help:"The gateway; left out, the only one that can do it." placeholder:"NAME"`
}

func (w where) name(s *session, can func(wire.Account) bool) (string, error) {
	if w.Gateway != "" {
		return w.Gateway, nil
	}
	all, err := s.till.Gateways(s)
	if err != nil {
		return "", err
	}
	var able []string
	for _, a := range all.Gateways {
		if can(a) {
			able = append(able, a.Name)
		}
	}
	switch len(able) {
	case 1:
		return able[0], nil
	case 0:
		return "", &usageError{why: "no configured gateway can do this", next: "EnKash accounts can: see [[gateway]] in gallad.toml."}
	}
	return "", &usageError{why: "several gateways can do this: " + strings.Join(able, ", "), next: nameOne}
}

const nameOne = "Name one with --gateway."

// operate asks for one operation with a key of its own, and prints how it stands.
func (s *session) operate(json bool, do func(ctx context.Context, key string) (wire.Operation, error)) error {
	ctx, cancel := context.WithTimeout(s, 2*resendFor)
	defer cancel()
	o, err := do(ctx, client.Key())
	if err != nil {
		return err
	}
	return s.printOperation(o, json)
}

// printOperation prints an operation; its exit code says how it ended.
func (s *session) printOperation(o wire.Operation, json bool) error {
	if json {
		if err := s.printJSON(o); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "%s  %s  at %s: %s\n%s\n", o.ID, strings.TrimSpace(o.Kind+" "+o.Target), o.Gateway, o.Status, o.Message)
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		row(t, "reference", o.Reference)
		row(t, "asked", clock(o.AskedAt)+by(o.By))
		row(t, "approved by", o.Approver)
		if o.QR != nil {
			qrRows(t, *o.QR)
		}
		if o.Mandate != nil {
			mandateRows(t, *o.Mandate)
		}
		if o.Recording != nil {
			for _, step := range o.Recording.Steps {
				row(t, "step", step)
			}
		}
		if o.Status != state.OperationDone {
			row(t, "for the operator", o.Problem)
		}
		t.Flush()
	}
	switch o.Status {
	case state.OperationDone:
		return nil
	case state.OperationRefused:
		return outcome(exitNotPaid)
	}
	return outcome(exitUnknown)
}

func row(t *tabwriter.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(t, "  %s\t%s\n", name, value)
	}
}

// day reads a day as a person writes it: it begins at midnight in India.
func dayOf(name, s string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, s, day.IST)
	if err != nil {
		return at, &usageError{why: fmt.Sprintf("%s %q is not a day", name, s), next: "Write it like 2026-12-01."}
	}
	return at, nil
}

// endOfDay is the last second of a day: who says "until Monday" means Monday too.
func endOfDay(name, s string) (time.Time, error) {
	at, err := dayOf(name, s)
	if err != nil {
		return at, err
	}
	return at.Add(24*time.Hour - time.Second), nil // India has no summer time
}
