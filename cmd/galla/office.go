package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// officeCommand is about the head office of a chain of shops, which this box reports to.
type officeCommand struct {
	Status officeStatusCommand `cmd:"" default:"withargs" help:"${office_status}"`
	Join   officeJoinCommand   `cmd:"" help:"${office_join}"`
	Leave  officeLeaveCommand  `cmd:"" help:"Leave it, also while it can't be reached."`
	Export officeExportCommand `cmd:"" help:"${office_export}"`
}

type officeStatusCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. It ends with exit code 75 while the office takes nothing.
func (c *officeStatusCommand) Run(s *session) error {
	o, err := s.till.Office(s)
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, o, func(o wire.Office) { textview.Office(s.out, o) }); err != nil {
		return err
	}
	if o.Problem != "" {
		return outcome(exitTryLater)
	}
	return nil
}

type officeJoinCommand struct {
	Address     string `arg:"" help:"Its address, https://…, as the office's page shows it."`
	Code        string `arg:"" help:"The eight digits of the office's page \"Add a box\"."`
	Fingerprint string `help:"SHA-256 of its certificate, where this machine does not trust it." placeholder:"HEX"`
	Yes         bool   `help:"Do not ask whether it is the right place."`
	JSON        bool   `name:"json" help:"Print how the box stands then as JSON."`
}

// Run implements the command.
func (c *officeJoinCommand) Run(s *session) error {
	if !c.Yes && !terminal(os.Stdin) {
		return &usageError{why: "there is no terminal to ask at whether this is the right place", next: "Give --yes."}
	}
	b := wire.LookAtOffice{Address: c.Address, Code: c.Code, Fingerprint: c.Fingerprint}
	if !c.Yes {
		place, err := s.till.LookAtOffice(s, client.Key(), b)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "Join this box to %s?\n", place.Office)
		t := textview.Columns(s.err)
		textview.Row(t, "address", place.Address)
		textview.Row(t, "shop there", place.Shop)
		textview.Row(t, "counter", place.Counter)
		textview.Row(t, "this shop", place.Here)
		t.Flush()
		fmt.Fprintln(s.err, "Every sale and act of this box, from the first on, is sent there.")
		if err := agree(s, "nothing was joined"); err != nil {
			return err
		}
	}
	o, err := s.till.JoinOffice(s, client.Key(), wire.JoinOffice{LookAtOffice: b})
	if err != nil {
		return err
	}
	return show(s, c.JSON, o, func(o wire.Office) {
		fmt.Fprintf(s.out, "joined as terminal %s; the owner confirms it on the office's page\n", o.Terminal)
	})
}

type officeLeaveCommand struct {
	JSON bool `name:"json" help:"Print how the box stands then as JSON."`
}

// Run implements the command.
func (c *officeLeaveCommand) Run(s *session) error {
	o, err := s.till.LeaveOffice(s, client.Key(), wire.Acting{})
	if err != nil {
		return err
	}
	return show(s, c.JSON, o, func(o wire.Office) {
		fmt.Fprintln(s.out, "this box reports to no head office")
		if o.Problem != "" {
			fmt.Fprintln(s.out, "  "+o.Problem)
		}
	})
}

type officeExportCommand struct {
	File string `arg:"" help:"Where to, such as /media/stick/till1.segments." type:"path"`
}

// Run implements the command. The file appears whole, or as it was.
func (c *officeExportCommand) Run(s *session) error {
	f, err := os.CreateTemp(filepath.Dir(c.File), filepath.Base(c.File)+".*.part")
	if err != nil {
		return &usageError{why: err.Error(), next: "Name a file in a folder that is there and takes files."}
	}
	defer os.Remove(f.Name())
	err = s.till.ExportForOffice(s, f)
	if err == nil {
		err = f.Sync() // a stick is pulled out as soon as we say that it is done
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	// If we die here, a file ending in .part lies beside the one that was.
	if err := os.Rename(f.Name(), c.File); err != nil {
		return err
	}
	syscall.Sync() // the file's name, too
	fmt.Fprintf(s.out, "%s is written. At the office: galla-office import %s\n", c.File, filepath.Base(c.File))
	return nil
}
