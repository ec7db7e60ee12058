package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"galla/cmd/galla-office/demo"
)

// demoCommand shows a chain of three shops on this machine.
type demoCommand struct {
	Out string `help:"Folder for pictures and files." default:"demo-office" placeholder:"FOLDER"`
}

// Run implements the command. Where a person sits at the terminal, everything keeps running until Ctrl-C.
func (c *demoCommand) Run(s *session) error {
	_, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	err = demo.Demo{Out: c.Out, Says: s.out, Stay: err == nil}.Run(s)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
