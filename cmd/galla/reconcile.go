package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// reconcileCommand holds a day against the gateways.
type reconcileCommand struct {
	Day   string `help:"The business day, like 2026-11-22; left out, today." placeholder:"DAY"`
	Most  int    `help:"How many orders, payments and refunds each gateway is asked about one by one (1 to 500)." default:"100"`
	Print bool   `help:"Print it on paper too, and wait for that."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run implements the command. It exits 0 when both agree, 1 when they differ, 2 when not everything could be asked.
func (c *reconcileCommand) Run(s *session) error {
	v := url.Values{"most": {strconv.Itoa(c.Most)}}
	if err := checkDay(c.Day); err != nil {
		return err
	}
	if c.Most < 1 || c.Most > 500 {
		return &usageError{why: fmt.Sprintf("most %d is not between 1 and 500", c.Most)}
	}
	if c.Day != "" {
		v.Set("day", c.Day)
	}
	r, err := s.till.Reconcile(s, v)
	if err == nil && c.Print {
		r, err = s.till.PrintReconciliation(s, client.Key(), wire.ReconcileDay{Day: c.Day})
	}
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, r, s.showReconciliation); err != nil {
		return err
	}
	if r.Print != nil {
		if !c.JSON {
			fmt.Fprintf(s.out, "  on paper: %s: %s\n", r.Print.Status, r.Print.Detail)
		}
		if err := onPaper(*r.Print); err != nil {
			return err
		}
	}
	for _, g := range r.Gateways {
		if len(g.Differences) > 0 {
			return outcome(exitNotPaid)
		}
	}
	if !r.Agrees {
		return outcome(exitUnknown)
	}
	return nil
}

// showReconciliation shows a comparison as its slip would.
func (s *session) showReconciliation(r wire.Reconciliation) {
	fmt.Fprintf(s.out, "business day %s, %s to %s, gateways asked %s\n", r.Day, clock(r.From), clock(r.To), clockIST(r.At))
	for _, g := range r.Gateways {
		how := "by its own list"
		if g.How == "orders" {
			how = "order by order"
		}
		fmt.Fprintf(s.out, "\n%s, %s\n", cmp.Or(g.Name, "no gateway"), how)
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		line := func(name string, l wire.Line) { fmt.Fprintf(t, "%s\t%d\t%s\t\n", name, l.Count, l.Paise) }
		line("came, by our sales", g.Ours)
		line("came, by the gateway", g.Theirs)
		if g.Unasked.Count > 0 {
			line("not asked", g.Unasked)
		}
		if g.Elsewhere.Count > 0 {
			line("another counter or product", g.Elsewhere)
		}
		line("refunded, by our sales", g.OurRefunds)
		line("refunded, by the gateway", g.TheirRefunds)
		if g.Reversed.Count > 0 {
			line("sent back by others, known here", g.Reversed)
		}
		t.Flush()
		if g.Note != "" {
			fmt.Fprintf(s.out, "  %s\n", g.Note)
		}
		if g.Problem != "" {
			fmt.Fprintf(s.out, "  not everything was asked: %s\n", g.Problem)
		}
		for _, d := range g.Differences {
			id := "RRN " + d.RRN
			if d.RRN == "" {
				id = cmp.Or(d.RefundID, d.PaymentID)
			}
			fmt.Fprintf(s.out, "  ! %s  %s: here %s, gateway %s\n    %s\n", id, d.Kind, d.OursPaise, d.TheirsPaise, d.Message)
		}
	}
	if r.Agrees {
		fmt.Fprintln(s.out, "\nboth agree")
	} else {
		fmt.Fprintln(s.out, "\nnot shown to agree: see above")
	}
}
