package main

import (
	"errors"
	"fmt"
	"os"

	"galla/internal/counter/wire"
)

// approval asks for the manager who allows what the caller alone may not do. The PIN is typed, never given as an
// argument, where others could read it.
type approval struct {
	Approver string `help:"Manager who approves; their PIN is asked for on the terminal." placeholder:"NAME"`
}

// pinTries is how often a command asks for one PIN: after the fourth wrong one gallad makes the manager wait.
const pinTries = 3

// allowed does something with the manager's approval. At a terminal a wrong PIN is asked for again, and everything else
// stays as it was typed: gallad refuses a wrong PIN before it does anything.
func (a approval) allowed(s *session, do func(wire.Approval) error) error {
	if a.Approver == "" {
		return do(wire.Approval{})
	}
	for try := 1; ; try++ {
		pin, err := readSecret(s, fmt.Sprintf("PIN of %s: ", a.Approver))
		if err != nil {
			return err
		}
		err = do(wire.Approval{Approver: a.Approver, PIN: pin})
		var p *wire.Problem
		if try == pinTries || !terminal(os.Stdin) || !errors.As(err, &p) || p.DetailCode != "problem_wrong_pin" {
			return err
		}
		fmt.Fprintf(s.err, "galla: %s. Nothing was done yet; type the PIN again, or stop with Ctrl-C.\n", p.Detail)
	}
}
