package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"

	"galla/internal/counter/wire"
	"galla/internal/money"
)

// qrCommand is about counter QRs: codes to print and stand on the counter. They are not for sales.
type qrCommand struct {
	Create qrCreateCommand `cmd:"" help:"Make a counter QR. Nothing tells the till when it is paid: for sales use galla sale."`
	Show   qrShowCommand   `cmd:"" help:"Show a counter QR as the gateway has it."`
	List   qrListCommand   `cmd:"" help:"List counter QRs."`
	Cancel qrCancelCommand `cmd:"" help:"Cancel a counter QR."`
}

func keepsQRs(a wire.Account) bool { return a.QRs }

type qrCreateCommand struct {
	Name        string `arg:"" help:"Its name, such as \"Counter 1\"."`
	Amount      string `help:"A fixed amount in rupees; left out, the customer types it." placeholder:"RUPEES"`
	Once        bool   `help:"It takes one payment only."`
	Description string `help:"What the customer may see." placeholder:"TEXT"`
	Expiry      string `help:"Until when, in the gateway's own notation." placeholder:"TEXT"`
	Reference   string `help:"Your reference; left out, one is made." placeholder:"R"`
	JSON        bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrCreateCommand) Run(s *session) error {
	b := wire.CreateQR{Name: c.Name, MultipleUse: !c.Once, Description: c.Description, Expiry: c.Expiry, Reference: c.Reference}
	if c.Amount != "" {
		amount, err := money.Parse(c.Amount)
		if err != nil {
			return &usageError{why: err.Error()}
		}
		b.AmountPaise = wire.Amount(amount)
	}
	gw, err := c.name(s, keepsQRs)
	if err != nil {
		return err
	}
	return s.operate(c.JSON, func(ctx context.Context, key string) (wire.Operation, error) { return s.till.CreateQR(ctx, key, gw, b) })
}

type qrShowCommand struct {
	ID   string `arg:"" help:"The gateway's id of it."`
	JSON bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrShowCommand) Run(s *session) error {
	gw, err := c.name(s, keepsQRs)
	if err != nil {
		return err
	}
	q, err := s.till.CounterQR(s, gw, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(q)
	}
	fmt.Fprintf(s.out, "counter QR %s: %s\n", q.ID, q.Status)
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	qrRows(t, q)
	return t.Flush()
}

type qrListCommand struct {
	Status    string `help:"Only those that are active, or cancelled." enum:"active,cancelled," default:"" placeholder:"STATUS"`
	Reference string `help:"Only the one with this reference." placeholder:"R"`
	Offset    int    `help:"Pass over so many."`
	Limit     int    `help:"At most so many, up to 100." default:"50"`
	JSON      bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrListCommand) Run(s *session) error {
	gw, err := c.name(s, keepsQRs)
	if err != nil {
		return err
	}
	v := url.Values{"offset": {strconv.Itoa(c.Offset)}, "limit": {strconv.Itoa(c.Limit)}}
	if c.Status != "" {
		v.Set("status", c.Status)
	}
	if c.Reference != "" {
		v.Set("reference", c.Reference)
	}
	page, err := s.till.CounterQRs(s, gw, v)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, q := range page.QRs {
			if err := s.printJSON(q); err != nil {
				return err
			}
		}
		return nil
	}
	if len(page.QRs) == 0 {
		fmt.Fprintln(s.out, "no counter QRs")
		return nil
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tAMOUNT\tSTATUS\tREFERENCE\tMADE")
	for _, q := range page.QRs {
		amount := "any"
		if q.AmountPaise > 0 {
			amount = q.AmountPaise.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", q.ID, q.Name, amount, q.Status, q.Reference, clock(q.CreatedAt))
	}
	return t.Flush()
}

type qrCancelCommand struct {
	ID   string `arg:"" help:"The gateway's id of it."`
	JSON bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *qrCancelCommand) Run(s *session) error {
	gw, err := c.name(s, keepsQRs)
	if err != nil {
		return err
	}
	return s.operate(c.JSON, func(ctx context.Context, key string) (wire.Operation, error) {
		return s.till.CancelQR(ctx, key, gw, c.ID)
	})
}

func qrRows(t *tabwriter.Writer, q wire.CounterQR) {
	row(t, "qr id", q.ID)
	row(t, "name", q.Name)
	if q.AmountPaise > 0 {
		row(t, "amount", q.AmountPaise.String())
	} else {
		row(t, "amount", "the customer types it")
	}
	if q.MultipleUse {
		row(t, "takes", "many payments")
	}
	row(t, "status", q.Status)
	row(t, "description", q.Description)
	row(t, "expiry", q.Expiry)
	row(t, "made", clock(q.CreatedAt))
	row(t, "code", q.Payload)
	row(t, "do not print it", q.Problem)
}
