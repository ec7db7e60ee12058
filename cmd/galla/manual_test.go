package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManualIsComplete: every command that can be run is in the manual with each of its flags and its sentence of help,
// and in every shell's completion.
func TestManualIsComplete(t *testing.T) {
	said := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := runCommand(context.Background(), args, &out, &errs); code != exitDone {
			t.Fatalf("galla %v: %d %s", args, code, &errs)
		}
		return out.String()
	}
	manual := said("man")
	completions := map[string]string{}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		completions[shell] = said("completion", shell)
	}
	k, err := kong.New(&commands{}, kong.Name("galla"), help, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	roff := strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace
	n := 0
	eachCommand(k.Model.Node, func(c *kong.Node) {
		n++
		path := strings.TrimPrefix(c.FullPath(), "galla ")
		if !strings.Contains(manual, "\n.B "+roff("galla "+path)) || c.Help == "" ||
			!strings.Contains(manual, roff(c.Help)) {
			t.Errorf("the manual lacks galla %s, or what it does", path)
		}
		for _, f := range c.Flags {
			if f.Help == "" || !strings.Contains(manual, roff("--"+f.Name)) || !strings.Contains(manual, roff(f.Help)) {
				t.Errorf("the manual lacks --%s of galla %s, or what it does", f.Name, path)
			}
			for shell, text := range completions {
				if !strings.Contains(text, "--"+f.Name) {
					t.Errorf("%s does not offer --%s of galla %s", shell, f.Name, path)
				}
			}
		}
		for shell, text := range completions {
			if !strings.Contains(text, strings.TrimSpace(path)) {
				t.Errorf("%s does not know galla %s", shell, path)
			}
		}
	})
	if n < 30 {
		t.Errorf("only %d commands were found", n)
	}
}

// eachCommand visits every command below n that can be run and is not hidden.
func eachCommand(n *kong.Node, visit func(*kong.Node)) {
	for _, c := range n.Children {
		if c.Leaf() && !c.Hidden {
			visit(c)
		}
		eachCommand(c, visit)
	}
}
