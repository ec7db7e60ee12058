package main

import "net/url"

// exportCommand writes the sales to standard output.
type exportCommand struct {
	Format string `enum:"csv,jsonl" default:"csv" help:"csv (a line per sale) or jsonl (the API's sale)."`
	From   string `help:"From this business day on, like 2026-11-01." placeholder:"DAY"`
	To     string `help:"Up to this business day." placeholder:"DAY"`
}

// Run implements the command.
func (c *exportCommand) Run(s *session) error {
	v := url.Values{"format": {c.Format}}
	if c.From != "" {
		v.Set("from", c.From)
	}
	if c.To != "" {
		v.Set("to", c.To)
	}
	return s.till.Export(s, v, s.out)
}
