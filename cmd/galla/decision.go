package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// resolveCommand decides about attention items.
type resolveCommand struct {
	Sale      string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	Action    answer `arg:"" enum:"${answers}" help:"${enum}${decision_action}"`
	Item      string `help:"Id of the item; left out, every open item of the sale." placeholder:"ID"`
	Amount    string `help:"${decision_amount}" placeholder:"RUPEES"`
	Confirmed bool   `help:"${decision_confirmed}"`
	Note      string `help:"Why, for the books." placeholder:"TEXT"`
	Yes       bool   `help:"Don't ask before money goes back."`
	JSON      bool   `name:"json" help:"Print the sale as JSON."`
	approval
}

// answer is an answer to an item, in the words of the API; other-tender is other_tender too.
type answer string

// Decode implements kong.MapperValue.
func (a *answer) Decode(c *kong.DecodeContext) error {
	var word string
	if err := c.Scan.PopValueInto("answer", &word); err != nil {
		return err
	}
	*a = answer(strings.ReplaceAll(word, "-", "_"))
	return nil
}

// Run implements the command.
func (c *resolveCommand) Run(s *session) error {
	b := wire.ResolveSale{Action: state.Action(c.Action), Attention: c.Item, Confirmed: c.Confirmed, Note: c.Note}
	if b.Action == state.ActionTheySent && c.Amount == "" {
		return &usageError{why: "they_sent needs the sum that others sent back",
			next: "Look at the gateway's dashboard and give --amount RUPEES."}
	}
	if c.Amount != "" {
		amount, err := rupees(c.Amount)
		if err != nil {
			return err
		}
		b.AmountPaise = money.Paise(amount)
	}

	sale, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	if c.Amount == "" {
		b.AmountPaise = named(sale, c.Item)
	}
	if b.Action == state.ActionRefund && !c.Yes && terminal(os.Stdin) {
		if err := confirmAnswer(s, sale, &b); err != nil {
			return err
		}
	}
	return c.allowed(s, func(a wire.Approval) error {
		b.Approval = a
		return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) {
			return s.till.Resolve(ctx, key, sale.ID, b)
		})
	})
}

// confirmAnswer shows which items of which sale are answered with their money, and asks. Of one item, what was shown is
// what is sent; of several the till sends what each of them says.
func confirmAnswer(s *session, sale wire.Sale, b *wire.ResolveSale) error {
	var items []wire.Attention
	var sum money.Paise
	for _, a := range sale.Attention {
		if b.Attention == "" || a.ID == b.Attention {
			items = append(items, a)
			sum += a.AmountPaise
		}
	}
	if len(items) == 0 {
		return nil // the till says why
	}

	fmt.Fprintf(s.err, "Send %s of sale %s back?\n", sum, sale.Name)
	t := textview.Columns(s.err)
	textview.Row(t, "day", sale.Day)
	textview.Row(t, "sale", sale.AmountPaise.String())
	for _, a := range items {
		textview.Row(t, "item", a.Message)
		for _, p := range sale.Payments {
			if a.PaymentID == "" || p.ID == a.PaymentID {
				textview.Row(t, "RRN", p.RRN)
			}
		}
	}
	textview.Row(t, "reference", sale.Reference)
	t.Flush()
	return agree(s, "nothing was sent back")
}

// named is the sum that the one item names which is decided about: it goes with the answer, and where the item is about
// another sum by then, nothing is decided. 0 where the answer is to several items.
func named(sale wire.Sale, item string) money.Paise {
	if item == "" && len(sale.Attention) == 1 {
		return sale.Attention[0].AmountPaise
	}
	i := slices.IndexFunc(sale.Attention, func(a wire.Attention) bool { return a.ID == item })
	if i < 0 {
		return 0
	}
	return sale.Attention[i].AmountPaise
}
