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

	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err != nil {
		return "", &usageError{why: "no PIN came from standard input", next: "Type it at the terminal, or pipe it in."}
	}
	return line, nil
}
