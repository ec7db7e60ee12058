package main

import (
	"errors"
	"fmt"

	"galla/cmd/galla/audit"
)

// auditCommand proves that a box's history was not changed. It needs no gallad and works on any machine.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Prove the chain of an export."`
	Export auditExport `cmd:"" help:"${audit_export}"`
}

type auditVerify struct {
	File   string `arg:"" help:"What galla audit export wrote." type:"existingfile"`
	Anchor string `help:"${audit_anchor}" placeholder:"N:HASH"`
}

// Run implements the command.
func (c *auditVerify) Run(s *session) error {
	verdict, err := audit.Verify(c.File, c.Anchor, s.out, s.err)
	if errors.Is(err, audit.ErrAnchor) {
		return &usageError{why: err.Error(), next: "Copy all lines of it from the Z report; galla report z NUMBER " +
			"shows it too."}
	}
	if err == nil && verdict != audit.Proved {
		err = outcome(verdict)
	}
	return err
}

type auditExport struct {
	File string `arg:"" help:"A sales file: a backup copy, or gallad's own while it is stopped." type:"existingfile"`
	Out  string `arg:"" help:"File to write."`
}

// Run implements the command. A file that gallad has open ends it with exit code 75.
func (c *auditExport) Run(s *session) error {
	err := audit.Export(c.File, c.Out)
	if errors.Is(err, audit.ErrHeld) {
		fmt.Fprintln(s.err, "galla:", err)
		fmt.Fprintln(s.err, "  next: Name the copy that [till] backup in gallad.toml makes, or stop gallad meanwhile.")
		return outcome(exitTryLater)
	}
	return err
}
