package manual

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// Page writes the manual page of app in troff. does says in a few words what it does; version stands in its foot; exits
// is what its exit codes mean, a paragraph.
func Page(w io.Writer, app *kong.Application, does, version, exits string) {
	name := app.Name
	fmt.Fprintf(w, ".TH %s 1 \"\" \"%s\" \"Galla\"\n.SH NAME\n%s \\- %s\n",
		roff(strings.ToUpper(name)), roff(name+" "+version), roff(name), roff(does))
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B %s\n.I command\n[\\fIflags\\fR]\n", roff(name))
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\n.SH COMMANDS\n", roff(strings.SplitN(app.Help, "\n", 2)[0]))

	walk(app.Node, func(n *kong.Node) {
		command := name + " " + strings.TrimPrefix(n.FullPath(), name+" ") + arguments(n)
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(command), roff(n.Help))
		for _, f := range n.Flags {
			flag(w, f, ".br\n")
		}
	})

	fmt.Fprint(w, ".SH FLAGS\n")
	for _, f := range app.Flags {
		flag(w, f, ".TP\n")
	}
	fmt.Fprintf(w, ".SH EXIT STATUS\n%s\n", roff(exits))
}

func flag(w io.Writer, f *kong.Flag, lead string) {
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
