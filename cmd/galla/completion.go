package main

import (
	"github.com/alecthomas/kong"

	"galla/cmd/galla/completion"
)

// completionCommand prints the completion for a shell.
type completionCommand struct {
	Shell string `arg:"" optional:"" enum:"bash,zsh,fish" default:"bash" help:"bash, zsh or fish."`
}

// Run implements the command.
func (c *completionCommand) Run(s *session, k *kong.Context) error {
	completion.Write(s.out, c.Shell, k.Model.Node)
	return nil
}
