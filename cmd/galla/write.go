package main

import (
	"context"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// cancelCommand ends a sale unpaid.
type cancelCommand struct {
	Sale       string `arg:"" help:"Its number today, or its id."`
	OtherMoney bool   `name:"other-tender" help:"The customer paid in another way."`
	JSON       bool   `name:"json" help:"Print the sale as JSON."`
}

// Run implements the command.
func (c *cancelCommand) Run(s *session) error {
	b := wire.CancelSale{Reason: state.CloseCancelled}
	if c.OtherMoney {
		b.Reason = state.CloseOtherTender
	}
	return s.write(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) { return s.till.Cancel(ctx, key, c.Sale, b) })
}

// refundCommand sends money back.
type refundCommand struct {
	Sale    string `arg:"" help:"Its number today, or its id."`
	Amount  string `help:"Amount in rupees; left out, all that can still be refunded." placeholder:"RUPEES"`
	Payment string `help:"Id of the payment; left out, the one that settled the sale." placeholder:"ID"`
	Reason  string `help:"Why, for the books." placeholder:"TEXT"`
	JSON    bool   `name:"json" help:"Print the sale as JSON."`
	approval
}

// Run implements the command.
func (c *refundCommand) Run(s *session) error {
	b := wire.RefundSale{PaymentID: c.Payment, Reason: c.Reason}
	if c.Amount != "" {
		amount, err := money.Parse(c.Amount)
		if err != nil {
			return &usageError{why: err.Error()}
		}
		b.AmountPaise = wire.Amount(amount)
	}
	var err error
	if b.Approval, err = c.ask(s); err != nil {
		return err
	}
	return s.write(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) { return s.till.Refund(ctx, key, c.Sale, b) })
}

// printCommand prints a slip.
type printCommand struct {
	Sale string `arg:"" help:"Its number today, or its id."`
	Copy string `help:"order (the QR on paper), receipt, or merchant." enum:"order,receipt,merchant" default:"receipt"`
	JSON bool   `name:"json" help:"Print the sale as JSON."`
}

// Run implements the command.
func (c *printCommand) Run(s *session) error {
	return s.write(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) {
		return s.till.Print(ctx, key, c.Sale, wire.PrintSale{Copy: c.Copy})
	})
}

// resolveCommand decides about attention items.
type resolveCommand struct {
	Sale   string `arg:"" help:"Its number today, or its id."`
	Action string `arg:"" enum:"accept,refund,other_tender" help:"accept (keep the money, hand over the goods), refund, or other_tender."`
	Item   string `help:"Id of the item; left out, every open item of the sale." placeholder:"ID"`
	Note   string `help:"Why, for the books." placeholder:"TEXT"`
	JSON   bool   `name:"json" help:"Print the sale as JSON."`
	approval
}

// Run implements the command.
func (c *resolveCommand) Run(s *session) error {
	b := wire.ResolveSale{Action: state.Action(c.Action), Attention: c.Item, Note: c.Note}
	var err error
	if b.Approval, err = c.ask(s); err != nil {
		return err
	}
	return s.write(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) { return s.till.Resolve(ctx, key, c.Sale, b) })
}

// write does one write with a key of its own, and prints the sale after it.
func (s *session) write(json bool, do func(ctx context.Context, key string) (wire.Sale, error)) error {
	ctx, cancel := context.WithTimeout(s, resendFor)
	defer cancel()
	w, err := do(ctx, client.Key())
	if err != nil {
		return err
	}
	if json {
		return s.printJSON(w)
	}
	s.printSale(w)
	return nil
}
