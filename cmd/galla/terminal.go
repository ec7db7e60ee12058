package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"galla/internal/setup/interview"
)

// terminal reports whether a person sits at f.
func terminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// width is how many columns a terminal has; 0 where it does not say.
func width(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// typed is standard input, of which a command may read more than one line.
var typed = bufio.NewReader(os.Stdin)

// as asks for the PIN of the person whose requests the command's are; "" is whoever the login says.
func (s *session) as(name string) error {
	if name == "" {
		return nil
	}
	pin, err := readSecret(s, fmt.Sprintf("PIN of %s: ", name))
	s.till.As(name, pin)
	return err
}

// readSecret reads one line without showing it, from the terminal or from a pipe.
func readSecret(s *session, prompt string) (string, error) {
	if terminal(os.Stdin) {
		fmt.Fprint(s.err, prompt)
		show, err := interview.Hide(os.Stdin)
		if err != nil {
			return "", err
		}
		defer fmt.Fprintln(s.err)
		defer show()
	}

	line, err := typed.ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err != nil {
		return "", &usageError{why: "no PIN came from standard input", next: "Type it at the terminal, or pipe it in."}
	}
	return line, nil
}
