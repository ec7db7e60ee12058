package interview

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"galla/internal/setup"
)

// ErrLeft says that the person left: Ctrl-C, or the end of the input.
var ErrLeft = errors.New("left")

// Terminal asks questions where a person sits. Its context ends every question.
type Terminal struct {
	context.Context
	in    *os.File
	out   io.Writer
	lines chan string // read by a goroutine of its own, which Ctrl-C can't stop and needn't
	next  chan struct{}
}

// New makes a Terminal that reads in, a terminal, and writes to out.
func New(ctx context.Context, in *os.File, out io.Writer) *Terminal {
	t := &Terminal{Context: ctx, in: in, out: out, lines: make(chan string), next: make(chan struct{})}
	go func() {
		defer close(t.lines)
		in := bufio.NewReader(t.in)
		for range t.next { // not before somebody asks: what is typed ahead stays the terminal's
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			t.lines <- strings.TrimSpace(line)
		}
	}()
	return t
}

// line reads one answer.
func (t *Terminal) line(prompt string) (string, error) {
	fmt.Fprint(t.out, prompt)
	select {
	case t.next <- struct{}{}:
	case <-t.Done():
		return "", ErrLeft
	}
	select {
	case line, ok := <-t.lines:
		if !ok {
			return "", ErrLeft
		}
		return line, nil
	case <-t.Done():
		return "", ErrLeft
	}
}

// ask repeats a question until the answer is right. Enter takes def.
func (t *Terminal) ask(question, def string, check func(string) error) (string, error) {
	prompt := "   " + question + ": "
	if def != "" {
		prompt = "   " + question + " [" + def + "]: "
	}
	for {
		answer, err := t.line(prompt)
		if err != nil {
			return "", err
		}
		if answer == "" {
			answer = def
		}
		if answer == "-" && def != "" { // the way to take something away
			answer = ""
		}
		err = check(answer)
		if err == nil {
			return answer, nil
		}
		fmt.Fprintf(t.out, "   ! %s\n", setup.Sentence(err.Error()))
	}
}

// secret reads an answer that the terminal doesn't show, and repeats the question until there is one.
func (t *Terminal) secret(question string) (string, error) {
	for {
		answer, err := t.hidden(question)
		if err != nil || answer != "" {
			return answer, err
		}
		fmt.Fprintln(t.out, "   ! Nothing came. Paste it, then press Enter.")
	}
}

// hidden reads an answer that the terminal doesn't show, which may be none.
func (t *Terminal) hidden(question string) (string, error) {
	show, err := Hide(t.in)
	if err != nil {
		return "", fmt.Errorf("the terminal: %w", err)
	}
	defer show()
	answer, err := t.line("   " + question + " (not shown): ")
	fmt.Fprintln(t.out)
	return answer, err
}

// Hide stops a terminal from showing what is typed, until show. It fails where f is no terminal.
func Hide(f *os.File) (show func(), err error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return nil, err
	}
	return func() { unix.IoctlSetTermios(fd, unix.TCSETS, before) }, nil // it was set a moment ago
}

// Yes asks a question of yes and no.
func (t *Terminal) Yes(question string, def bool) (bool, error) {
	word := "no"
	if def {
		word = "yes"
	}
	answer, err := t.ask(question, word, func(s string) error {
		if !slices.Contains([]string{"y", "yes", "n", "no"}, strings.ToLower(s)) {
			return errors.New("answer yes or no")
		}
		return nil
	})
	return strings.HasPrefix(strings.ToLower(answer), "y"), err
}

// one asks for one of some words.
func (t *Terminal) one(question, def string, words ...string) (string, error) {
	return t.ask(question, def, func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("answer one of: %s", strings.Join(words, " "))
		}
		return nil
	})
}

func anything(string) error { return nil }
