package main

import (
	"os"
	"time"

	"galla/cmd/galla/demo"
)

// demoCommand starts a whole counter against the pretend gateways and takes a sale at each of them.
type demoCommand struct {
	Out      string `help:"Folder for the pictures of every screen and slip." default:"demo" placeholder:"DIR"`
	Patience int    `help:"On a slow machine, wait so many times longer for every step: 1 to 20." default:"1" placeholder:"N"`

	Serve  bool          `help:"For who writes software: no sale of its own; the API with a token, a webhook, a phone that pays, and the customer's screen as a page, until Ctrl-C."`
	Pay    time.Duration `help:"With --serve: the phone pays each QR this long after it came; 0: nobody pays, but on the phone's page." default:"3s" placeholder:"TIME"`
	Hook   string        `help:"With --serve: where the webhook goes." default:"http://127.0.0.1:9000/" placeholder:"URL"`
	Listen string        `help:"With --serve: the IP address to be reached at; 0.0.0.0 in a container, whose ports are then published." default:"127.0.0.1" placeholder:"IP"`
}

// Run implements the command. Where a person sits at the terminal, everything keeps running until Ctrl-C.
func (c *demoCommand) Run(s *session) error {
	if c.Serve {
		return demo.Service{Out: c.Out, Says: s.out, Patience: c.Patience, Pay: c.Pay, Hook: c.Hook, Listen: c.Listen}.Run(s)
	}
	return demo.Demo{Out: c.Out, Says: s.out, Patience: c.Patience, Stay: terminal(os.Stdin) && terminal(os.Stdout)}.Run(s)
}
