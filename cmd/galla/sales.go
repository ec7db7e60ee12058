package main

import (
	"fmt"
	"net/url"
	"strconv"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
)

// listCommand lists sales, and searches them.
type listCommand struct {
	Limit     int    `help:"How many at most (1 to 1000)." default:"20" short:"n"`
	Day       string `help:"Of one business day, like 2026-11-22." placeholder:"DAY"`
	Q         string `name:"q" help:"${sales_q}" placeholder:"TEXT"`
	Amount    string `help:"Of this amount in rupees, or with a payment of it." placeholder:"RUPEES"`
	RRN       string `name:"rrn" help:"With this bank reference, or 4 digits of it and more." placeholder:"DIGITS"`
	Reference string `help:"With this bill number." placeholder:"TEXT"`
	From      string `help:"Opened from here on: a business day, or a minute like 2026-11-22T14:30." placeholder:"WHEN"`
	To        string `help:"Opened up to here, likewise." placeholder:"WHEN"`
	Phase     string `help:"In this phase." enum:",opened,quoting,awaiting,paying,closing,paid,closed" default:""`
	Reason    string `help:"Closed for this reason." enum:",cancelled,expired,failed,other_tender" default:""`
	Before    string `help:"${sales_before}" placeholder:"ID"`
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
		if err := checkDay(c.Day); err != nil {
			return err
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
		p, err := rupees(c.Amount)
		if err != nil {
			return err
		}
		v.Set("amount_paise", strconv.FormatInt(int64(p), 10))
	}

	for name, text := range map[string]string{"q": c.Q, "rrn": c.RRN, "reference": c.Reference, "from": c.From,
		"to": c.To, "phase": c.Phase, "reason": c.Reason, "before": c.Before} {
		if text != "" {
			v.Set(name, text)
		}
	}

	page, err := s.till.Sales(s, v)
	if err != nil {
		return err
	}

	none := "no sales"
	if page.More {
		none = "no sales yet"
		defer func() { fmt.Fprintln(s.err, further(page)) }()
	}
	if err := table(s, c.JSON, page.Sales, none, textview.SaleHead(s.paint, s.wide), func(w wire.Sale) string {
		return textview.SaleLine(w, s.paint, s.wide)
	}); err != nil {
		return err
	}
	if s.person && !c.JSON && len(page.Sales) > 0 {
		fmt.Fprintln(s.out, textview.Listed(page.Sales))
	}
	return nil
}

// further says how far a list went, and how it goes on.
func further(page wire.Sales) string {
	how := "There are more"
	if page.Looked > 0 {
		how = fmt.Sprintf("Looked at %s, back to %s, and there are older ones",
			textview.Count(page.Looked, "sale"), page.Back)
	}
	return fmt.Sprintf("%s: go on with --before %s", how, page.Next)
}

// exportCommand writes the sales to standard output, and says on standard error how far it is where they go into a
// file.
type exportCommand struct {
	Format string `enum:"csv,jsonl" default:"csv" help:"csv (a line per sale) or jsonl (the API's sale)."`
	From   string `help:"From this business day on, like 2026-11-01." placeholder:"DAY"`
	To     string `help:"Up to this business day." placeholder:"DAY"`
}

// Run implements the command.
func (c *exportCommand) Run(s *session) error {
	v := url.Values{"format": {c.Format}}
	for name, day := range map[string]string{"from": c.From, "to": c.To} {
		if day == "" {
			continue
		}
		if _, err := dayOf("--"+name, day); err != nil {
			return err
		}
		v.Set(name, day)
	}
	if c.From != "" && c.To != "" && c.From > c.To {
		return &usageError{
			why:  fmt.Sprintf("--from %s is after --to %s: no day is between them", c.From, c.To),
			next: "Give the earlier day with --from.",
		}
	}
	return s.till.Export(s, v, s.counted())
}
