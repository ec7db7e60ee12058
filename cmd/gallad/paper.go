package main

import (
	"context"

	"galla/printer"
)

// paper is the printer as the till needs it: a document in, how it ended out.
type paper struct {
	p       *printer.Printer
	profile printer.Profile
}

func (p paper) PrintOrderSlip(ctx context.Context, key string, d printer.OrderSlip) (printer.Status, string) {
	return p.print(ctx, key, d)
}

func (p paper) PrintReceipt(ctx context.Context, key string, d printer.Receipt) (printer.Status, string) {
	return p.print(ctx, key, d)
}

func (p paper) print(ctx context.Context, key string, d printer.Document) (printer.Status, string) {
	job, err := printer.Render(d, p.profile)
	if err != nil {
		return printer.StatusFailed, err.Error()
	}
	r, err := p.p.Print(ctx, key, job)
	if err != nil && r.Status == "" {
		return printer.StatusFailed, err.Error()
	}
	return r.Status, r.Detail
}
