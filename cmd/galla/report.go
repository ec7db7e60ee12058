package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// reportCommand shows and closes the day.
type reportCommand struct {
	X         reportXCommand   `cmd:"" help:"The day as it stands; changes nothing."`
	Z         reportZCommand   `cmd:"" help:"${report_z}"`
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
	Day       string `help:"${report_day}" placeholder:"DAY"`
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
			return &usageError{why: "an earlier Z report is not made or reconciled anew",
				next: "Use galla report reconcile --day DAY."}
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
		r, err := s.till.ReportZ(s, client.Key(), wire.CloseDay{Day: c.Day, Approval: a,
			Print: c.Print, Reconcile: c.Reconcile})
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
	for _, l := range textview.BeforeClosing(x, day) {
		fmt.Fprintln(s.err, l)
	}
	fmt.Fprint(s.err, "Close? This can't be undone. Type yes: ")
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(strings.ToLower(answer)) != "yes" {
		return &usageError{why: "nothing was closed", next: "Type yes, or give --yes."}
	}
	return nil
}

// printReport shows a report as a slip would, and ends as its slip ended.
func (s *session) printReport(r wire.Report, asJSON bool) error {
	if err := show(s, asJSON, r, func(r wire.Report) { textview.Report(s.out, r) }); err != nil {
		return err
	}
	if r.Reconciliation != nil {
		if !asJSON {
			fmt.Fprintln(s.out)
			textview.Reconciliation(s.out, *r.Reconciliation)
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
