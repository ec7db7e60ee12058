package main

import (
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"galla/internal/money"
)

// listCommand lists sales, and searches them.
type listCommand struct {
	Limit     int    `help:"How many at most (1 to 1000)." default:"20" short:"n"`
	Day       string `help:"Of one business day, like 2026-11-22." placeholder:"DAY"`
	Q         string `name:"q" help:"Search anywhere: amount, number, RRN, bill number, note, beginning of the id." placeholder:"TEXT"`
	Amount    string `help:"Of this amount in rupees, or with a payment of it." placeholder:"RUPEES"`
	RRN       string `name:"rrn" help:"With this bank reference, or 4 digits of it and more." placeholder:"DIGITS"`
	Reference string `help:"With this in the bill number." placeholder:"TEXT"`
	From      string `help:"Opened from here on: a business day, or a minute like 2026-11-22T14:30." placeholder:"WHEN"`
	To        string `help:"Opened up to here, likewise." placeholder:"WHEN"`
	Phase     string `help:"In this phase." enum:",opened,quoting,awaiting,paying,closing,paid,closed" default:""`
	Reason    string `help:"Closed for this reason." enum:",cancelled,expired,failed,other_tender" default:""`
	Before    string `help:"Older than the sale with this id, to page on." placeholder:"ID"`
	Open      bool   `help:"Only those not yet paid or closed."`
	Attention bool   `help:"Only those that need a decision."`
	JSON      bool   `name:"json" help:"Print one JSON sale a line."`
}

// Run implements the command.
func (c *listCommand) Run(s *session) error {
	if c.Limit < 1 || c.Limit > 1000 {
		return &usageError{why: fmt.Sprintf("limit %d is not between 1 and 1000", c.Limit)}
	}
	v := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Day != "" {
		if _, err := time.Parse(time.DateOnly, c.Day); err != nil {
			return &usageError{why: fmt.Sprintf("day %q is not a date: write it like 2026-11-22", c.Day)}
		}
		v.Set("day", c.Day)
	}
	if c.Open {
		v.Set("open", "true")
	}
	if c.Attention {
		v.Set("attention", "true")
	}
	if c.Amount != "" {
		p, err := money.Parse(c.Amount)
		if err != nil {
			return &usageError{why: err.Error()}
		}
		v.Set("amount_paise", strconv.FormatInt(int64(p), 10))
	}
	for name, text := range map[string]string{"q": c.Q, "rrn": c.RRN, "reference": c.Reference, "from": c.From, "to": c.To, "phase": c.Phase, "reason": c.Reason, "before": c.Before} {
		if text != "" {
			v.Set(name, text)
		}
	}
	page, err := s.till.Sales(s, v)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, w := range page.Sales {
			s.printJSON(w)
		}
		return nil
	}
	if len(page.Sales) == 0 {
		fmt.Fprintln(s.out, "no sales")
		return nil
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NUMBER\tOPENED\tAMOUNT\tPHASE\tTENDER\tRRN\tREFERENCE\t")
	for _, w := range page.Sales {
		phase, mark := string(w.Phase), ""
		if w.CloseReason != "" {
			phase += " (" + string(w.CloseReason) + ")"
		}
		if len(w.Attention) > 0 {
			mark = "! needs a decision"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", w.Number, clock(w.CreatedAt), w.AmountPaise, phase, w.Tender, w.RRN, w.Reference, mark)
	}
	return t.Flush()
}
