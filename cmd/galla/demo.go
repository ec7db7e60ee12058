package main

import (
	"os"
	"time"

	"galla/cmd/galla/demo"
)

// demoCommand starts a whole counter against the pretend gateways and takes a sale at each of them.
type demoCommand struct {
	Out      string `help:"Folder for the pictures of every screen and slip." default:"demo" placeholder:"DIR"`
	Patience int    `help:"${demo_patience}" default:"1" placeholder:"N"`

	Serve  bool          `help:"${demo_serve}"`
	Pay    time.Duration `help:"${demo_pay}" default:"3s" placeholder:"TIME"`
	Hook   string        `help:"${demo_hook}" default:"http://127.0.0.1:9000/" placeholder:"URL"`
	Listen string        `help:"${demo_listen}" default:"127.0.0.1" placeholder:"IP"`
}

// Run implements the command. Where a person sits at the terminal, everything keeps running until Ctrl-C.
func (c *demoCommand) Run(s *session) error {
	if c.Serve {
		return demo.Service{Out: c.Out, Says: s.out, Patience: c.Patience,
			Pay: c.Pay, Hook: c.Hook, Listen: c.Listen}.Run(s)
	}
	return demo.Demo{Out: c.Out, Says: s.out, Patience: c.Patience, Stay: terminal(os.Stdin) &&
		terminal(os.Stdout)}.Run(s)
}
