package main

import (
	"context"

	"galla/internal/counter/wire"
	"galla/state"
)

// resolveCommand decides about attention items.
type resolveCommand struct {
	Sale   string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	Action string `arg:"" enum:"accept,refund,other_tender" help:"accept (keep the money, hand over the goods), refund, or other_tender."`
	Item   string `help:"Id of the item; left out, every open item of the sale." placeholder:"ID"`
	Note   string `help:"Why, for the books." placeholder:"TEXT"`
	JSON   bool   `name:"json" help:"Print the sale as JSON."`
	approval
}

// Run implements the command.
func (c *resolveCommand) Run(s *session) error {
	b := wire.ResolveSale{Action: state.Action(c.Action), Attention: c.Item, Note: c.Note}
	sale, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	if b.Approval, err = c.ask(s); err != nil {
		return err
	}
	return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) { return s.till.Resolve(ctx, key, sale.ID, b) })
}
