package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"

	"github.com/alecthomas/kong"

	"galla/cmd/galla/manual"
)

// manCommand prints the manual page, made from the same words as --help.
type manCommand struct{}

// Run implements the command. At a terminal man shows the page; elsewhere, and where there is no man, it is troff as a
// file holds it.
func (c *manCommand) Run(s *session, k *kong.Context) error {
	var page bytes.Buffer
	manual.Page(&page, k.Model, "take UPI payments at the counter", version,
		strings.TrimPrefix(strings.TrimSpace(exitHelp), "Exit codes: "))

	if reader, err := exec.LookPath("man"); err == nil && s.person {
		shown := exec.CommandContext(s, reader, "-l", "-")
		shown.Stdin, shown.Stdout, shown.Stderr = &page, os.Stdout, os.Stderr
		return shown.Run()
	}
	_, err := page.WriteTo(s.out)
	return err
}

// completionCommand prints the completion for a shell, made from the commands and flags as they are.
type completionCommand struct {
	Shell string `arg:"" optional:"" enum:"bash,zsh,fish" default:"bash" help:"bash, zsh or fish."`
}

// Run implements the command.
func (c *completionCommand) Run(s *session, k *kong.Context) error {
	manual.Completion(s.out, k.Model, c.Shell)
	return nil
}
