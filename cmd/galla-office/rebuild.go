package main

import (
	"errors"
	"fmt"
	"time"

	"galla/internal/office"
	"galla/internal/office/joining"
)

type rebuildCommand struct {
	Terminal string `help:"Only this one: its 16 letters." placeholder:"TERMINAL"`
}

func (r *rebuildCommand) Run(s *session) error {
	c, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(c)
	if err != nil {
		return err
	}
	defer store.Close()

	o, began := office.New(store, nil), time.Now()
	if r.Terminal != "" {
		events, err := o.Rebuild(s, r.Terminal)
		if errors.Is(err, office.ErrUnknown) {
			return &joining.Problem{
				Reason: joining.TerminalUnknown,
				Value:  r.Terminal,
				Says:   fmt.Sprintf("there is no terminal %.40q: see galla-office terminal list", r.Terminal),
			}
		}
		if err == nil {
			s.rebuilt(r.Terminal, 1, 1, events, began)
		}
		return err
	}

	all, terminals := 0, 0
	err = o.RebuildAll(s, func(terminal string, n, of, events int) {
		all, terminals = all+events, n
		s.rebuilt(terminal, n, of, events, began)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d terminals, %d events in %s\n", terminals, all, time.Since(began).Round(time.Second))
	return nil
}

// rebuilt tells of a terminal whose rows were made again.
func (s *session) rebuilt(terminal string, n, of, events int, began time.Time) {
	fmt.Fprintf(s.out, "%d of %d  %s  %d events  %s\n", n, of, terminal, events, time.Since(began).Round(time.Second))
}
