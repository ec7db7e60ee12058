package main

import (
	"fmt"
	"os"

	"galla/internal/office"
	"galla/internal/office/boxfile"
	"galla/internal/segment"
)

type importCommand struct {
	Files []string `arg:"" name:"file" help:"${import_files}" placeholder:"FILE" type:"path"`
}

// importAtOnce is how many bytes of segments are taken in one transaction.
const importAtOnce = 4 << 20

// Run takes what "galla office export" wrote, as if the boxes had sent it.
func (c *importCommand) Run(s *session) error {
	var files []*os.File
	for _, name := range c.Files { // before root becomes somebody else
		f, err := openFile(name)
		if err != nil {
			return err
		}
		defer f.Close()
		files = append(files, f)
	}
	settings, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(settings)
	if err != nil {
		return err
	}
	defer store.Close()

	for _, f := range files {
		i := &imported{s: s, o: office.New(store, nil), name: f.Name(), counts: map[segment.Kind]int{}}
		err := boxfile.Segments(f, i.add)
		if err == nil {
			err = i.take()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		fmt.Fprintf(s.out, "%s: terminal %s, up to place %d: %d segments, of which %d were here already\n", i.name,
			i.terminal, i.last, i.segments, i.counts[segment.Duplicate])
		if n := i.counts[segment.Fork]; n > 0 {
			fmt.Fprintf(s.out, "  the box was put back to an older copy: what it forgot is kept here\n")
		}
	}
	return nil
}

// imported is a file under way.
type imported struct {
	s        *session
	o        *office.Office
	name     string
	waiting  []office.Submission
	size     int
	segments int
	terminal string
	last     uint64
	counts   map[segment.Kind]int
}

func (i *imported) add(g segment.Segment) error {
	raw := g.Bytes()
	i.waiting, i.size = append(i.waiting, office.Submission{Terminal: g.Terminal, Raw: raw}), i.size+len(raw)
	i.terminal, i.last, i.segments = g.Terminal, g.Last, i.segments+1
	if i.size < importAtOnce && len(i.waiting) < office.MaxBatch {
		return nil
	}
	return i.take()
}

// take takes what waits in one transaction. If we die in it, nothing of it is there; the same file again is taken as if
// it were the first time, and what was there already changes nothing.
func (i *imported) take() error {
	if len(i.waiting) == 0 {
		return nil
	}
	answers, err := i.o.Take(i.s, i.waiting)
	if err != nil {
		return err
	}
	for _, a := range answers {
		switch i.counts[a.Verdict]++; a.Verdict {
		case segment.Refused:
			fmt.Fprintf(i.s.err, "galla-office: %s: terminal %s: %s\n", i.name, i.terminal, a.Reason)
			fmt.Fprintf(i.s.err, "  next: Let the box join with a code once, where it has a network; see galla-office "+
				"terminal list.\n")
			return errSaid
		case segment.Gap:
			fmt.Fprintf(i.s.err, "galla-office: %s: terminal %s: it begins behind what is here\n", i.name, i.terminal)
			fmt.Fprintf(i.s.err, "  next: Import what the box exported before, or export all of it again.\n")
			return errSaid
		}
	}
	i.waiting, i.size = nil, 0
	return nil
}
