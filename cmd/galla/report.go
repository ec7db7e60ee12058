package main

import (
	"fmt"
	"text/tabwriter"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// reportCommand shows and closes the day.
type reportCommand struct {
	X reportXCommand `cmd:"" help:"The day as it stands; changes nothing."`
	Z reportZCommand `cmd:"" help:"Close the day: numbered, once per business day. With a number, show that one again."`
}

type reportXCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *reportXCommand) Run(s *session) error {
	r, err := s.till.ReportX(s)
	if err != nil {
		return err
	}
	return s.printReport(r, c.JSON)
}

type reportZCommand struct {
	Number int  `arg:"" optional:"" help:"Number of an earlier Z report."`
	JSON   bool `name:"json" help:"Print JSON."`
	approval
}

// Run implements the command.
func (c *reportZCommand) Run(s *session) error {
	if c.Number != 0 {
		r, err := s.till.Z(s, c.Number)
		if err != nil {
			return err
		}
		return s.printReport(r, c.JSON)
	}
	a, err := c.ask(s)
	if err != nil {
		return err
	}
	r, err := s.till.ReportZ(s, client.Key(), wire.CloseDay{Approval: a})
	if err != nil {
		return err
	}
	return s.printReport(r, c.JSON)
}

// printReport prints a report as a slip would.
func (s *session) printReport(r wire.Report, asJSON bool) error {
	if asJSON {
		return s.printJSON(r)
	}
	title := "X report"
	if r.Kind == "Z" {
		title = fmt.Sprintf("Z report %d", r.Number)
	}
	if r.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintf(s.out, "%s  business day %s\nmade %s by %s, events %d to %d\n", title, r.Day, clock(r.At), r.By, r.After+1, r.Seq)
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, l wire.Line) { fmt.Fprintf(t, "%s\t%d\t%s\t\n", name, l.Count, l.Paise) }
	line("sales opened", r.Sales)
	line("paid", r.Paid)
	line("other tender", r.OtherTender)
	line("cancelled", r.Cancelled)
	line("expired", r.Expired)
	line("failed", r.Failed)
	fmt.Fprintln(t, "\t\t\t")
	line("came by UPI", r.UPI)
	line("of it late", r.Late)
	line("refunded", r.Refunds)
	fmt.Fprintf(t, "net UPI\t\t%s\t\n\t\t\t\n", r.NetPaise)
	line("not ended yet", r.Pending)
	line("refunds not done", r.PendingRefunds)
	line("needs a decision", r.Attention)
	t.Flush()
	for _, x := range r.Cashiers {
		fmt.Fprintf(s.out, "  %s: %d sales, %d paid %s, %d refunds %s\n", x.Name, x.Sales.Count, x.Paid.Count, x.Paid.Paise, x.Refunds.Count, x.Refunds.Paise)
	}
	for _, x := range r.Gateways {
		fmt.Fprintf(s.out, "  %s: %d orders, %d payments %s, %d refunds %s\n", x.Name, x.Sales.Count, x.Paid.Count, x.Paid.Paise, x.Refunds.Count, x.Refunds.Paise)
	}
	if p := r.TimeToPaid; p != nil {
		fmt.Fprintf(s.out, "  time to paid: half within %.1f s, nine of ten within %.1f s\n", float64(p.P50)/1000, float64(p.P90)/1000)
	}
	return nil
}
