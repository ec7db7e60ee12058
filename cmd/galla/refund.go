package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// refundCommand sends money back.
type refundCommand struct {
	Sale      string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	Amount    string `help:"Amount in rupees. Without a terminal, this or --all is needed." placeholder:"RUPEES"`
	All       bool   `help:"All that can still be refunded of the payment."`
	Payment   string `help:"Id of the payment; left out, the one that settled the sale." placeholder:"ID"`
	Reason    string `help:"Why, for the books." placeholder:"TEXT"`
	Goods     bool   `help:"${refund_goods}"`
	Confirmed bool   `help:"${refund_confirmed}"`
	JSON      bool   `name:"json" help:"Print the sale as JSON."`
	approval
}

// Run implements the command.
func (c *refundCommand) Run(s *session) error {
	asks := terminal(os.Stdin)
	switch {
	case c.Amount != "" && c.All:
		return &usageError{why: "--amount and --all were both given", next: "Give one of them."}
	case c.Amount == "" && !c.All && !asks:
		return &usageError{why: "no amount was given, and there is no terminal to ask at",
			next: "Give --amount RUPEES, or --all for all that can still be refunded."}
	}

	var part wire.Part
	if strings.HasPrefix(c.Amount, "-") || c.Amount != "" && strings.Trim(c.Amount, "₹0.") == "" {
		return &usageError{
			why:  fmt.Sprintf("amount %q is not above zero: a refund needs an amount above zero", c.Amount),
			next: "Give --amount RUPEES, or --all for all that can still be refunded.",
		}
	}

	if c.Amount != "" {
		amount, err := rupees(c.Amount)
		if err != nil {
			return err
		}
		part = wire.PartOf(amount)
	}

	sale, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	b := wire.RefundSale{AmountPaise: part, PaymentID: c.Payment,
		Reason: c.Reason, Goods: c.Goods, Confirmed: c.Confirmed}
	if asks {
		if err := confirmRefund(s, sale, &b); err != nil {
			return err
		}
	}
	return c.allowed(s, func(a wire.Approval) error {
		b.Approval = a
		return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) {
			return s.till.Refund(ctx, key, sale.ID, b)
		})
	})
}

// confirmRefund shows which sale and how much of it, and asks. What was shown is what is sent: the amount and the
// payment are in the request from here on.
func confirmRefund(s *session, sale wire.Sale, b *wire.RefundSale) error {
	i := slices.IndexFunc(sale.Payments, func(p wire.Payment) bool {
		if b.PaymentID != "" {
			return p.ID == b.PaymentID
		}
		return p.RRN == sale.RRN && p.Refundable > 0
	})
	if i < 0 {
		i = slices.IndexFunc(sale.Payments, func(p wire.Payment) bool { return b.PaymentID == "" && p.Refundable > 0 })
	}
	if i < 0 {
		return &usageError{why: fmt.Sprintf("sale %s has nothing to refund", sale.Name),
			next: "See galla show " + sale.Name + "."}
	}
	p := sale.Payments[i]
	b.PaymentID = p.ID
	if !b.AmountPaise.Given {
		b.AmountPaise = wire.PartOf(wire.Amount(p.Refundable))
	}

	fmt.Fprintf(s.err, "Send %s of sale %s back?\n", money.Paise(b.AmountPaise.Paise), sale.Name)
	t := textview.Columns(s.err)
	textview.Row(t, "day", sale.Day)
	textview.Row(t, "sale", sale.AmountPaise.String())
	textview.Row(t, "left", p.Refundable.String())
	textview.Row(t, "RRN", p.RRN)
	textview.Row(t, "reference", sale.Reference)
	if b.Goods {
		textview.Row(t, "goods", "came back: what paid for them goes first")
	}
	t.Flush()
	for _, a := range sale.Attention {
		if a.Kind == state.AttentionReversed && a.PaymentID != p.ID {
			fmt.Fprintf(s.err, "Others sent %s of this sale back, so this money may now pay for the goods.\n",
				a.AmountPaise)
			b.Confirmed = true // by the yes that follows
		}
	}
	return agree(s, "nothing was sent back")
}

// agree asks for the word yes, and ends the command without it: one key is pressed too easily. otherwise says what did
// not happen then.
func agree(s *session, otherwise string) error {
	fmt.Fprint(s.err, "Type yes: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || strings.ToLower(strings.TrimSpace(line)) != "yes" {
		fmt.Fprintln(s.err, "galla: "+otherwise)
		return outcome(exitNotPaid)
	}
	return nil
}
