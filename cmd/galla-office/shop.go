package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"galla/internal/office/joining"
)

type nameCommand struct {
	Name string `arg:"" help:"Such as \"Sharma Sweets\"."`
}

func (n *nameCommand) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	return j.Rename(s, joining.Office{Name: n.Name})
}

type shopCommand struct {
	Add    shopAdd    `cmd:"" help:"Add a shop."`
	Change shopChange `cmd:"" help:"Change what is said of a shop."`
	List   shopList   `cmd:"" help:"List shops and their counters."`
}

// shopWords are what is said of a shop.
type shopWords struct {
	GSTIN  string `name:"gstin" help:"Its GST number."`
	State  string `help:"Two digits of the GST state code; left out, the GSTIN's."`
	Opens  string `help:"Hour of IST, 09:00. Left out, hours are learned from its sales." placeholder:"HH:MM"`
	Closes string `help:"Hour of IST, 22:30." placeholder:"HH:MM"`
}

func (w shopWords) shop(id, name string) joining.Shop {
	return joining.Shop{ID: id, Name: name, GSTIN: w.GSTIN, State: w.State, Opens: w.Opens, Closes: w.Closes}
}

type shopAdd struct {
	Name string `arg:"" help:"Such as \"MG Road\"."`
	ID   string `name:"id" help:"Small letters, digits and dashes; left out, made from the name."`
	shopWords
}

func (a *shopAdd) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	is, err := j.AddShop(s, a.shop(a.ID, a.Name))
	if err == nil {
		fmt.Fprintln(s.out, is.ID)
	}
	return err
}

type shopChange struct {
	ID   string `arg:"" help:"The shop's id."`
	Name string `arg:"" help:"Its name."`
	shopWords
}

func (c *shopChange) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	return j.ChangeShop(s, c.shop(c.ID, c.Name))
}

type shopList struct{}

func (*shopList) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	shops, err := j.Shops(s)
	if err != nil {
		return err
	}
	counters, err := j.Counters(s)
	if err != nil {
		return err
	}

	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tGSTIN\tSTATE\tHOURS")
	for _, shop := range shops {
		hours := "learned"
		if shop.Opens != "" {
			hours = shop.Opens + " to " + shop.Closes
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n",
			shop.ID, shop.Name, cmp.Or(shop.GSTIN, "-"), cmp.Or(shop.State, "-"), hours)
		for _, c := range counters {
			if c.Shop == shop.ID {
				fmt.Fprintf(w, "  %s\t%s\t\t\t\n", c.ID, c.Label)
			}
		}
	}
	return w.Flush()
}

type counterCommand struct {
	Add counterAdd `cmd:"" help:"Add a counter to a shop."`
}

type counterAdd struct {
	Shop  string `arg:"" help:"The shop's id."`
	Label string `arg:"" help:"Such as \"Till 1\"."`
}

func (a *counterAdd) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	c, err := j.AddCounter(s, a.Shop, a.Label)
	if err == nil {
		fmt.Fprintln(s.out, c.ID)
	}
	return err
}
