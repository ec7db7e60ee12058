package main

import (
	"context"

	"galla/internal/counter/wire"
)

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
		amount, err := rupees(c.Amount)
		if err != nil {
			return err
		}
		b.AmountPaise = &amount
	}
	var err error
	if b.Approval, err = c.ask(s); err != nil {
		return err
	}
	return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) { return s.till.Refund(ctx, key, c.Sale, b) })
}
