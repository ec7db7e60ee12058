package main

import (
	"context"

	"galla/internal/counter/wire"
)

// printCommand prints a slip.
type printCommand struct {
	Sale string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	Copy string `help:"order (the QR on paper), receipt, or merchant." enum:"order,receipt,merchant" default:"receipt"`
	JSON bool   `name:"json" help:"Print the sale as JSON."`
}

// Run implements the command.
func (c *printCommand) Run(s *session) error {
	sale, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) {
		return s.till.Print(ctx, key, sale.ID, wire.PrintSale{Copy: c.Copy})
	})
}
