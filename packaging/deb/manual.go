package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// helpers are programs of this release for the machine that builds, which are asked for their own manuals.
var helpers = []string{"galla", "galla-display", "galla-sim", "galla-office"}

// ownPrograms builds the helpers, once for all machines.
func (r *release) ownPrograms(dir string) error {
	own := &staged{release: r, machine: machine{goarch: runtime.GOARCH}, dir: dir}
	for _, p := range helpers {
		if err := own.build(p); err != nil {
			return err
		}
	}
	r.own = dir
	return nil
}

// ask is what a helper prints.
func (r *release) ask(program string, args ...string) ([]byte, error) {
	out, err := exec.Command(filepath.Join(r.own, program), args...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out)
	}
	return out, nil
}

// manuals writes the manual pages, and the completions of galla's command line.
func (s *staged) manuals() error {
	for _, program := range []string{"galla", "galla-office"} {
		man, err := s.ask(program, "man")
		if err != nil {
			return err
		}
		if err := s.zip(program+".1.gz", man); err != nil {
			return err
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		words, err := s.ask("galla", "completion", shell)
		if err != nil {
			return err
		}
		if err := s.write("galla."+shell, words); err != nil {
			return err
		}
	}
	pages, err := filepath.Glob(filepath.Join(s.root, "packaging/debian/man/*.[1-8]"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if raw, err = s.filled(raw); err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
		if err := s.zip(filepath.Base(page)+".gz", raw); err != nil {
			return err
		}
	}
	return nil
}

var (
	flagsLine = regexp.MustCompile(`(?m)^@FLAGS (.*)@\n`)
	fileLine  = regexp.MustCompile(`(?m)^@FILE (.*)@\n`)
	flagHead  = regexp.MustCompile(`^  -(\S+)(?: (.+?))?(?:\t(.*))?$`)
)

// filled puts the flags that a program names with -h where a page has "@FLAGS program args@", and a file of the
// repository where it has "@FILE path@".
func (s *staged) filled(page []byte) ([]byte, error) {
	var failed error
	page = flagsLine.ReplaceAllFunc(page, func(line []byte) []byte {
		words := strings.Fields(string(flagsLine.FindSubmatch(line)[1]))
		help, err := s.ask(words[0], append(words[1:], "-h")...)
		if err != nil {
			failed = err
			return line
		}
		return roffFlags(help)
	})
	page = fileLine.ReplaceAllFunc(page, func(line []byte) []byte {
		text, err := os.ReadFile(filepath.Join(s.root, string(fileLine.FindSubmatch(line)[1])))
		if err != nil {
			failed = err
			return line
		}
		return roffFile(text)
	})
	return page, failed
}

// roffFile shows a text line by line as it is.
func roffFile(text []byte) []byte {
	b := bytes.NewBufferString(".nf\n")
	for line := range strings.Lines(string(text)) {
		b.WriteString(roff(strings.TrimRight(line, "\n")) + "\n")
	}
	b.WriteString(".fi\n")
	return b.Bytes()
}

// roffFlags turns the flags in a help text of package flag into a list of the man macros.
func roffFlags(help []byte) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(string(help)) {
		line = strings.TrimRight(line, "\n")
		if head := flagHead.FindStringSubmatch(line); head != nil {
			fmt.Fprintf(&b, ".TP\n\\fB\\-%s\\fR", roff(head[1]))
			if head[2] != "" {
				fmt.Fprintf(&b, " \\fI%s\\fR", roff(head[2]))
			}
			b.WriteString("\n")
			if head[3] != "" {
				b.WriteString(roff(head[3]) + "\n")
			}
		} else if text, ok := strings.CutPrefix(line, "    \t"); ok && b.Len() > 0 {
			b.WriteString(roff(text) + "\n")
		}
	}
	return b.Bytes()
}

// roff escapes what the man macros would take for themselves.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
