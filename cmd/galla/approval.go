package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"galla/internal/counter/wire"
)

// approval asks for the manager who allows what the caller alone may not do. The PIN is typed, never given as an argument,
// where others could read it.
type approval struct {
	Approver string `help:"Manager who approves; their PIN is asked for on the terminal." placeholder:"NAME"`
}

func (a approval) ask(s *session) (wire.Approval, error) {
	if a.Approver == "" {
		return wire.Approval{}, nil
	}
	pin, err := readSecret(s, fmt.Sprintf("PIN of %s: ", a.Approver))
	return wire.Approval{Approver: a.Approver, PIN: pin}, err
}

// readSecret reads one line without showing it, from the terminal or from a pipe.
func readSecret(s *session, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	if before, err := unix.IoctlGetTermios(fd, unix.TCGETS); err == nil {
		quiet := *before
		quiet.Lflag &^= unix.ECHO
		fmt.Fprint(s.err, prompt)
		if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
			return "", err
		}
		defer func() {
			unix.IoctlSetTermios(fd, unix.TCSETS, before)
			fmt.Fprintln(s.err)
		}()
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" && err != nil {
		return "", &usageError{why: "no PIN came from standard input", next: "Type it at the terminal, or pipe it in."}
	}
	return line, nil
}
