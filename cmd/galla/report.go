package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// reportCommand shows and closes the day.
type reportCommand struct {
	X         reportXCommand   `cmd:"" help:"The day as it stands; changes nothing."`
	Z         reportZCommand   `cmd:"" help:"Close the day: numbered, once per business day. With a number, show that one again."`
	Reconcile reconcileCommand `cmd:"" help:"Hold a day against what the gateways recorded."`
	Picture   pictureCommand   `cmd:"" help:"Draw a day beside the day before and a week before."`
}

type reportXCommand struct {
	Print bool `help:"Print it on paper too, and wait for that."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *reportXCommand) Run(s *session) error {
	var r wire.Report
	var err error
	if c.Print {
		r, err = s.till.PrintX(s, client.Key())
	} else {
		r, err = s.till.ReportX(s)
	}
	if err != nil {
		return err
	}
	return s.printReport(r, c.JSON)
}

type reportZCommand struct {
	Number    int  `arg:"" optional:"" help:"Number of an earlier Z report."`
	Print     bool `help:"Print it on paper too, and wait for that; an earlier one says DUPLICATE."`
	Reconcile bool `help:"Hold the day against the gateways too, and print that after the report."`
	JSON      bool `name:"json" help:"Print JSON."`
	approval
}

// Run implements the command.
func (c *reportZCommand) Run(s *session) error {
	if c.Number != 0 {
		if c.Reconcile {
			return &usageError{why: "an earlier Z report is not reconciled anew", next: "Use galla report reconcile --day DAY."}
		}
		read := s.till.Z
		if c.Print {
			read = func(ctx context.Context, number int) (wire.Report, error) {
				return s.till.PrintZ(ctx, client.Key(), number)
			}
		}
		r, err := read(s, c.Number)
		if err != nil {
			return err
		}
		return s.printReport(r, c.JSON)
	}
	a, err := c.ask(s)
	if err != nil {
		return err
	}
	r, err := s.till.ReportZ(s, client.Key(), wire.CloseDay{Approval: a, Print: c.Print, Reconcile: c.Reconcile})
	if err != nil {
		return err
	}
	return s.printReport(r, c.JSON)
}

// printReport shows a report as a slip would, and ends as its slip ended.
func (s *session) printReport(r wire.Report, asJSON bool) error {
	if err := show(s, asJSON, r, s.showReport); err != nil {
		return err
	}
	if r.Reconciliation != nil {
		if !asJSON {
			fmt.Fprintln(s.out)
			s.showReconciliation(*r.Reconciliation)
		}
		if p := r.Reconciliation.Print; p != nil && r.Print != nil && r.Print.Status == "printed" {
			r.Print = p // the day's paper is there when both slips are
		}
	}
	if r.Print == nil {
		return nil
	}
	if !asJSON {
		fmt.Fprintf(s.out, "  on paper: %s: %s\n", r.Print.Status, r.Print.Detail)
	}
	return onPaper(*r.Print)
}

func (s *session) showReport(r wire.Report) {
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
	line("of it settled no sale", r.Unmatched)
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
	if r.Anchor != "" {
		fmt.Fprintf(s.out, "  place in the chain of events: %s\n", r.Anchor)
	}
}
