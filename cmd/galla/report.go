package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
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
	Number    int    `arg:"" optional:"" help:"Number of an earlier Z report."`
	Day       string `help:"Business day to close, like 2026-11-29, and every open day before it; left out, today, or while it has no sale the newest day before that is open." placeholder:"DAY"`
	Yes       bool   `help:"Close without showing at a terminal what is open, and without asking."`
	Print     bool   `help:"Print it on paper too, and wait for that; an earlier one says DUPLICATE."`
	Reconcile bool   `help:"Hold the day against the gateways too, and print that after the report."`
	JSON      bool   `name:"json" help:"Print JSON."`
	approval
}

// Run implements the command.
func (c *reportZCommand) Run(s *session) error {
	if c.Number != 0 {
		if c.Reconcile || c.Day != "" {
			return &usageError{why: "an earlier Z report is not made or reconciled anew", next: "Use galla report reconcile --day DAY."}
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
	if err := checkDay(c.Day); err != nil {
		return err
	}
	if terminal(os.Stdin) && !c.Yes {
		if err := s.sureToClose(c.Day); err != nil {
			return err
		}
	}
	return c.allowed(s, func(a wire.Approval) error {
		r, err := s.till.ReportZ(s, client.Key(), wire.CloseDay{Day: c.Day, Approval: a, Print: c.Print, Reconcile: c.Reconcile})
		if err != nil {
			return err
		}
		return s.printReport(r, c.JSON)
	})
}

// sureToClose shows what is open, and asks.
func (s *session) sureToClose(day string) error {
	x, err := s.till.ReportX(s)
	if err != nil {
		return err
	}
	for _, l := range beforeClosing(x, day) {
		fmt.Fprintln(s.err, l)
	}
	fmt.Fprint(s.err, "Close? This can't be undone. Type yes: ")
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(strings.ToLower(answer)) != "yes" {
		return &usageError{why: "nothing was closed", next: "Type yes, or give --yes."}
	}
	return nil
}

// beforeClosing is what a person should know who closes a day; day is what was asked for, "" the usual one.
func beforeClosing(x wire.Report, day string) []string {
	var lines, days []string
	for _, d := range x.OpenDays {
		if day == "" || d.Day <= day {
			days = append(days, fmt.Sprintf("%s (net %s)", d.Day, d.NetPaise))
		}
	}
	if x.Summing != nil {
		lines = append(lines, fmt.Sprintf("Days before today that are open are closed too; they are still being added up, %d%% so far, and the Z waits for that.", x.Summing.Percent()))
	}
	switch {
	case x.ClosedBy > 0 && day == "":
		lines = append(lines, fmt.Sprintf("%s is closed already, by Z report %d.", x.Day, x.ClosedBy))
	case day == "" && (len(days) == 0 || x.Sales.Count > 0) || day == x.Day:
		days = append(days, fmt.Sprintf("%s, today (net %s so far)", x.Day, x.NetPaise))
	}
	if len(days) > 0 {
		lines = append(lines, "To be closed, each by a Z report of its own: "+strings.Join(days, ", ")+".")
	}
	if x.Pending.Count > 0 {
		lines = append(lines, fmt.Sprintf("Under way: %s over %s; what comes of it stands in the next Z report:", count(x.Pending.Count, "sale"), x.Pending.Paise))
		for _, o := range x.Open {
			lines = append(lines, fmt.Sprintf("  sale %s  %s  %s", o.Name, o.Amount, o.Phase))
		}
		lines = append(lines, more(x.Pending.Count-len(x.Open))...)
	}
	if x.Attention.Count > 0 {
		lines = append(lines, fmt.Sprintf("To be decided: %s over %s:", count(x.Attention.Count, "thing"), x.Attention.Paise))
		for _, i := range x.Items {
			lines = append(lines, fmt.Sprintf("  sale %s  %s  %s", i.Name, i.Amount, i.Kind))
		}
		lines = append(lines, more(x.Attention.Count-len(x.Items))...)
	}
	return lines
}

func more(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("  and %d more: galla list", n)}
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

// inDay is another day's figures in a line.
func inDay(d wire.OtherDay) string {
	text := fmt.Sprintf("%s, %d paid %s, %s %s", count(d.Sales.Count, "sale"), d.Paid.Count, d.Paid.Paise, count(d.UPI.Count, "payment"), d.UPI.Paise)
	for _, x := range []struct {
		what string
		wire.Line
	}{{"late", d.Late}, {"by credit", d.Credit}, {"refunds", d.Refunds}, {"sent back by others", d.Reversals}, {"came again", d.Returned}} {
		if x.Count > 0 {
			text += fmt.Sprintf(", %d %s %s", x.Count, x.what, x.Paise)
		}
	}
	return text + fmt.Sprintf(", net %s", d.NetPaise)
}

func (s *session) showReport(r wire.Report) {
	title := "X report"
	if r.Kind == "Z" {
		title = fmt.Sprintf("Z report %d", r.Number)
	}
	if r.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintf(s.out, "%s  business day %s\nmade %s by %s, events %d to %d\n", title, r.Day, clockIST(r.At), r.By, r.After+1, r.Seq)
	if r.ClosedBy > 0 {
		fmt.Fprintf(s.out, "closed already by Z report %d: what came since stands in the next one, under this day\n", r.ClosedBy)
	}
	for _, n := range r.With {
		fmt.Fprintf(s.out, "the same act closed a day before: galla report z %d\n", n)
	}
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
	if r.Credit.Count > 0 {
		line("of it by credit", r.Credit)
		fmt.Fprintf(t, "fee for credit\t\t%s\t\n", r.CreditFee)
	}
	line("refunded", r.Refunds)
	if r.Reversals.Count > 0 {
		line("sent back by others", r.Reversals)
	}
	if r.Returned.Count > 0 {
		line("of it came again", r.Returned)
	}
	if r.Accepted.Count > 0 {
		line("kept beside a price", r.Accepted)
	}
	fmt.Fprintf(t, "net UPI\t\t%s\t\n\t\t\t\n", r.NetPaise)
	line("not ended yet", r.Pending)
	line("refunds not done", r.PendingRefunds)
	line("needs a decision", r.Attention)
	t.Flush()
	for _, d := range r.OtherDays {
		fmt.Fprintf(s.out, "  of %s, after it was closed: %s\n", d.Day, inDay(d))
	}
	for _, d := range r.OpenDays {
		fmt.Fprintf(s.out, "  %s is not closed yet: %s\n", d.Day, inDay(d))
	}
	if r.Summing != nil {
		fmt.Fprintf(s.out, "  the days before are still being added up, %d%% so far: they follow\n", r.Summing.Percent())
	}
	for _, x := range r.Cashiers {
		fmt.Fprintf(s.out, "  %s: %s, %d paid %s, %s %s\n", x.Name, count(x.Sales.Count, "sale"), x.Paid.Count, x.Paid.Paise,
			count(x.Refunds.Count, "refund"), x.Refunds.Paise)
	}
	for _, x := range r.Gateways {
		fmt.Fprintf(s.out, "  %s: %s, %s %s, %s %s\n", x.Name, count(x.Sales.Count, "order"), count(x.Paid.Count, "payment"), x.Paid.Paise,
			count(x.Refunds.Count, "refund"), x.Refunds.Paise)
	}
	if p := r.TimeToPaid; p != nil {
		fmt.Fprintf(s.out, "  time to paid: half within %.1f s, nine of ten within %.1f s\n", float64(p.P50)/1000, float64(p.P90)/1000)
	}
	if r.Anchor != "" {
		fmt.Fprintf(s.out, "  place in the chain of events: %s\n", r.Anchor)
	}
}
