package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// operationCommand is about what was asked of gateways beside sales, and what people did to the box.
type operationCommand struct {
	List operationListCommand `cmd:"" help:"${operation_list}"`
	Show operationShowCommand `cmd:"" help:"Show one of it."`

	Settle operationSettleCommand `cmd:"" help:"Say how one ended whose end is not known."`
}

type operationSettleCommand struct {
	ID   string `arg:"" help:"Its id, from galla operation list."`
	End  string `arg:"" help:"done: it was done; refused: it was not." enum:"done,refused"`
	JSON bool   `name:"json" help:"Print JSON."`
	approval
}

// Run implements the command.
func (c *operationSettleCommand) Run(s *session) error {
	return c.allowed(s, func(a wire.Approval) error {
		ctx, cancel := context.WithTimeout(s, resendFor)
		defer cancel()
		o, err := s.till.Settle(ctx, client.Key(), c.ID, wire.SettleOperation{Done: c.End == "done", Approval: a})
		if err != nil {
			return err
		}
		return s.printOperation(o, c.JSON)
	})
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

	const none = "nothing was asked of a gateway beside sales, and nobody changed anything on the box"
	return table(s, c.JSON, page.Operations, none, "ID\tASKED (IST)\tWHAT\tWHERE\tSTATUS\tBY",
		func(o wire.Operation) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", o.ID, textview.Clock(o.AskedAt),
				strings.TrimSpace(o.Kind+" "+o.Target), o.Gateway, o.Status, o.By)
		})
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

// printOperation prints an operation; its exit code says how it ended.
func (s *session) printOperation(o wire.Operation, json bool) error {
	if json {
		if err := s.printJSON(o); err != nil {
			return err
		}
	} else {
		textview.Operation(s.out, o)
	}
	switch o.Status {
	case state.OperationDone:
		return nil
	case state.OperationRefused:
		return outcome(exitNotPaid)
	}
	return outcome(exitUnknown)
}
