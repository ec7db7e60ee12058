package main

import (
	"os"

	"galla/cmd/galla/demo"
)

// demoCommand starts a whole counter against the pretend gateways and takes a sale at each of them.
type demoCommand struct {
	Out      string `help:"Folder for the pictures of every screen and slip." default:"demo" placeholder:"DIR"`
	Patience int    `help:"On a slow machine, wait so many times longer for every step: 1 to 20." default:"1" placeholder:"N"`
}

// Run implements the command. Where a person sits at the terminal, everything keeps running until Ctrl-C.
func (c *demoCommand) Run(s *session) error {
	return demo.Demo{Out: c.Out, Says: s.out, Patience: c.Patience, Stay: terminal(os.Stdin) && terminal(os.Stdout)}.Run(s)
}
