package main

import (
	"context"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/printer"
)

// State is the printer for the counter's API.
func (p *paper) State() wire.Printer {
	s := p.p.State()
	return wire.Printer{
		Condition: string(s.Condition),
		NearEnd:   s.NearEnd,
		Detail:    s.Detail,
		Since:     s.Since,
		Profile:   p.profile.Name,
		Port:      p.port,
		Device:    s.Device,
		Model:     s.Model,
		Answers:   s.Answers,
		Confirms:  s.Confirms,
	}
}

// SelfTest prints what could be found out about the printer.
func (p *paper) SelfTest(ctx context.Context, key string) wire.Printed {
	return ended(
		p.print(
			ctx,
			key,
			printer.SelfTest{
				Shop:     p.shop,
				Terminal: p.terminal,
				Port:     p.port,
				Found:    p.p.State().Found(),
				At:       time.Now().In(day.IST),
			},
			nil,
		),
	)
}

// Report prints an X or Z report.
func (p *paper) Report(ctx context.Context, key string, s counter.ReportSlip) wire.Printed {
	return ended(p.print(ctx, key, p.dayReport(s), nil))
}

// Reconciliation prints how a day compares with the gateways.
func (p *paper) Reconciliation(ctx context.Context, key string, r wire.Reconciliation) wire.Printed {
	return ended(p.print(ctx, key, p.reconciliation(r), nil))
}

func ended(s printer.Status, detail string) wire.Printed {
	return wire.Printed{Status: string(s), Detail: detail}
}
