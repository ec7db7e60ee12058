package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// manCommand prints the manual page, made from the same words as --help.
type manCommand struct{}

// Run implements the command.
func (c *manCommand) Run(s *session, k *kong.Context) error {
	fmt.Fprintf(s.out, ".TH GALLA 1 \"\" \"%s\" \"Galla\"\n.SH NAME\ngalla \\- take UPI payments at the counter\n.SH SYNOPSIS\n.B galla\n.I command\n[\\fIflags\\fR]\n", roff("galla "+version))
	fmt.Fprintf(s.out, ".SH DESCRIPTION\n%s\n.SH COMMANDS\n", roff(strings.SplitN(k.Model.Help, "\n", 2)[0]))
	walk(k.Model.Node, func(n *kong.Node) {
		fmt.Fprintf(s.out, ".TP\n.B %s\n%s\n", roff("galla "+strings.TrimPrefix(n.FullPath(), "galla ")+arguments(n)), roff(n.Help))
		for _, f := range n.Flags {
			manFlag(s.out, f, ".br\n")
		}
	})
	fmt.Fprint(s.out, ".SH FLAGS\n")
	for _, f := range k.Model.Flags {
		manFlag(s.out, f, ".TP\n")
	}
	fmt.Fprintf(s.out, ".SH EXIT STATUS\n%s\n", roff(strings.TrimPrefix(strings.TrimSpace(exitHelp), "Exit codes: ")))
	return nil
}

func manFlag(w io.Writer, f *kong.Flag, lead string) {
	name := "--" + f.Name
	if !f.IsBool() {
		name += "=" + cmp.Or(f.PlaceHolder, strings.ToUpper(f.Name))
	}
	fmt.Fprintf(w, "%s\\fB%s\\fR\n%s\n", lead, roff(name), roff(f.Help))
}

// roff escapes what the man macros would take for themselves.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func arguments(n *kong.Node) string {
	var b strings.Builder
	for _, a := range n.Positional {
		b.WriteString(" " + a.Summary())
	}
	return b.String()
}

// walk visits every command that can be run, in the order of --help.
func walk(n *kong.Node, visit func(*kong.Node)) {
	for _, c := range n.Children {
		if c.Leaf() && !c.Hidden {
			visit(c)
		}
		walk(c, visit)
	}
}
