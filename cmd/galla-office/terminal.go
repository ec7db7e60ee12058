package main

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"text/tabwriter"

	"galla/internal/day"
	"galla/internal/office"
	"galla/internal/office/joining"
)

type terminalCommand struct {
	List     terminalList     `cmd:"" help:"List boxes: those that wait, are joined, have left or were revoked."`
	Confirm  terminalConfirm  `cmd:"" help:"Let a box in that waits."`
	Revoke   terminalRevoke   `cmd:"" help:"End a box for ever: it was stolen, or nobody knows it."`
	Replaces terminalReplaces `cmd:"" help:"Say which box another one took the place of, after it was let in."`
}

type terminalList struct{}

func (*terminalList) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	all, err := j.Terminals(s)
	if err != nil {
		return err
	}

	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "TERMINAL\tSTATE\tCOUNTER\tLABEL\tITS SHOP\tVERSION\tEVENTS\tASKED\tFROM\tREPLACES")
	for _, t := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", t.ID, t.State, t.Counter, t.Label, t.Shop, t.Version,
			t.Head.Seq, t.AskedAt.In(day.IST).Format("2006-01-02 15:04"), t.Address, cmp.Or(t.Replaces, "-"))
	}
	return w.Flush()
}

type terminalConfirm struct {
	Terminal string `arg:"" help:"Its 16 letters."`
	Replaces string `help:"${replaces}" placeholder:"TERMINAL"`
}

func (c *terminalConfirm) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	return j.Confirm(s, c.Terminal, c.Replaces, s.by)
}

type terminalRevoke struct {
	Terminal string `arg:"" help:"Its 16 letters."`
}

func (r *terminalRevoke) Run(s *session) error {
	j, end, err := s.joining()
	if err != nil {
		return err
	}
	defer end()
	return j.Revoke(s, r.Terminal, s.by)
}

type terminalReplaces struct {
	Terminal string `arg:"" help:"The new one's 16 letters."`
	Old      string `arg:"" help:"${replaces}"`
}

func (r *terminalReplaces) Run(s *session) error {
	c, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(c)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := joining.New(store.Joining(), rand.Reader, nil).Replaces(s, r.Terminal, r.Old, s.by); err != nil {
		return err
	}

	// If we die here, what the new box brought along is counted twice until this is typed again.
	_, err = office.New(store, nil).Rebuild(s, r.Terminal)
	return err
}
