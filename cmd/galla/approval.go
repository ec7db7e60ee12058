package main

import (
	"fmt"

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
