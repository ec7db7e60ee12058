package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// errLeft says that the person left: Ctrl-C, or the end of the input.
var errLeft = errors.New("left")

// asker asks questions on the terminal.
type asker struct {
	*session
	lines chan string // read by a goroutine of its own, which Ctrl-C can't stop and needn't
	next  chan struct{}
}

func newAsker(s *session) *asker {
	a := &asker{session: s, lines: make(chan string), next: make(chan struct{})}
	go func() {
		defer close(a.lines)
		in := bufio.NewReader(os.Stdin)
		for range a.next { // not before somebody asks: what is typed ahead stays the terminal's
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			a.lines <- strings.TrimSpace(line)
		}
	}()
	return a
}

// line reads one answer.
func (a *asker) line(prompt string) (string, error) {
	fmt.Fprint(a.out, prompt)
	select {
	case a.next <- struct{}{}:
	case <-a.Done():
		return "", errLeft
	}
	select {
	case line, ok := <-a.lines:
		if !ok {
			return "", errLeft
		}
		return line, nil
	case <-a.Done():
		return "", errLeft
	}
}

// ask repeats a question until the answer is right. Enter takes def.
func (a *asker) ask(question, def string, check func(string) error) (string, error) {
	prompt := "   " + question + ": "
	if def != "" {
		prompt = "   " + question + " [" + def + "]: "
	}
	for {
		answer, err := a.line(prompt)
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
		fmt.Fprintf(a.out, "   ! %s.\n", upper(strings.TrimSuffix(err.Error(), ".")))
	}
}

// secret reads an answer that the terminal doesn't show, and repeats the question until there is one.
func (a *asker) secret(question string) (string, error) {
	for {
		answer, err := a.hidden(question)
		if err != nil || answer != "" {
			return answer, err
		}
		fmt.Fprintln(a.out, "   ! Nothing came. Paste it, then press Enter.")
	}
}

// hidden reads an answer that the terminal doesn't show, which may be none.
func (a *asker) hidden(question string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("the terminal: %w", err)
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return "", fmt.Errorf("the terminal: %w", err)
	}
	defer unix.IoctlSetTermios(fd, unix.TCSETS, before)
	answer, err := a.line("   " + question + " (not shown): ")
	fmt.Fprintln(a.out)
	return answer, err
}

// yes asks a question of yes and no.
func (a *asker) yes(question string, def bool) (bool, error) {
	word := "no"
	if def {
		word = "yes"
	}
	answer, err := a.ask(question, word, func(s string) error {
		if !slices.Contains([]string{"y", "yes", "n", "no"}, strings.ToLower(s)) {
			return errors.New("answer yes or no")
		}
		return nil
	})
	return strings.HasPrefix(strings.ToLower(answer), "y"), err
}

// one asks for one of some words.
func (a *asker) one(question, def string, words ...string) (string, error) {
	return a.ask(question, def, func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("answer one of: %s", strings.Join(words, " "))
		}
		return nil
	})
}

func anything(string) error { return nil }
