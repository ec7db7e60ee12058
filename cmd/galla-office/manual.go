package main

import (
	"github.com/alecthomas/kong"

	"galla/cmd/galla/manual"
)

const exits = "0 done; 1 refused as things stand; 64 wrong usage; 70 the database can't be reached, or fails; " +
	"78 something is set up wrongly, and waiting doesn't mend it."

// manCommand prints the manual page, made from the same words as --help.
type manCommand struct{}

func (*manCommand) Run(s *session, k *kong.Context) error {
	manual.Page(s.out, k.Model, "the head office of a chain of Galla tills", release(), exits)
	return nil
}
