package main

import (
	"bytes"
	"fmt"
	"strconv"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

type qrTodayCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *qrTodayCommand) Run(s *session) error {
	all, err := s.till.Standing(s)
	if err != nil {
		return err
	}
	return table(s, c.JSON, all.QRs, "no standing QRs", "ID\tGATEWAY\tNAME\tSTATUS\tTODAY\tSUM\tLAST (IST)\tPROBLEM",
		func(q wire.StandingQR) string {
			problem := q.Problem
			if !q.Watched && problem == "" {
				problem = "not watched: its payments stand at the gateway's dashboard only"
			}
			count, sum := strconv.Itoa(q.Today.Count), q.Today.Paise.String()
			if !q.Watched && q.Today.Count == 0 { // nobody knows
				count, sum = "-", "-"
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s",
				q.ID, q.Gateway, q.Name, q.Status, count, sum, textview.Clock(q.PaidAt), problem)
		})
}

type qrStandCommand struct {
	ID       string `arg:"" help:"The gateway's id of it."`
	PNG      string `name:"png" help:"Write the card, A6 at 300 dots an inch, to this new file." placeholder:"FILE"`
	Language string `help:"Of the card's second line: hi, mr, ta, te or bn." placeholder:"LANGUAGE"`
	where
}

// Run implements the command.
func (c *qrStandCommand) Run(s *session) error {
	gw, err := c.qr(s, c.ID)
	if err != nil {
		return err
	}
	if c.PNG == "" {
		end, err := s.till.PrintStand(s, client.Key(), gw, c.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: %s\n", end.Status, end.Detail)
		return onPaper(end)
	}
	var b bytes.Buffer
	if err := s.till.Stand(s, gw, c.ID, c.Language, &b); err != nil {
		return err
	}
	return newFile(c.PNG, b.Bytes())
}
