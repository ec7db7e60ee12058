package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"galla/state/boltstore"
)

// auditCommand proves that a box's history was not changed. It needs no gallad and works on any machine.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Prove the chain of an export."`
	Export auditExport `cmd:"" help:"Write every event of a sales file with its hash, for verify. Use a backup copy, or stop gallad."`
}

type auditVerify struct {
	File   string `arg:"" help:"What galla audit export wrote." type:"existingfile"`
	Anchor string `help:"A place in the chain that somebody wrote down, such as on a Z report: NUMBER:HASH." placeholder:"N:HASH"`
}

// Run implements the command.
func (c *auditVerify) Run(s *session) error {
	var anchors []boltstore.Anchor
	if c.Anchor != "" {
		var a boltstore.Anchor
		if n, err := fmt.Sscanf(c.Anchor, "%d:%s", &a.Seq, &a.Hash); n != 2 || err != nil {
			return &usageError{why: fmt.Sprintf("anchor %q is not of the form 42:9f2c…", c.Anchor)}
		}
		a.Hash = strings.ToLower(a.Hash) // copied by hand from paper
		anchors = append(anchors, a)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	chain, err := boltstore.VerifyExport(f, anchors...)
	if err != nil {
		fmt.Fprintf(s.err, "galla: %v\n", err)
		return outcome(exitNotPaid)
	}
	fmt.Fprintf(s.out, "%d events, none changed since it was written\n", chain.Events)
	if chain.Root > 0 {
		fmt.Fprintf(s.out, "the first %d were removed, as keep_days says\n", chain.Root)
	}
	if chain.Pruned > 0 {
		fmt.Fprintf(s.out, "%d more were removed between others: what stands before such a gap is proved by an anchor from before it only\n", chain.Pruned)
	}
	fmt.Fprintf(s.out, "the chain ends at %d:%x\n", chain.Root+chain.Pruned+chain.Lost+chain.Events, chain.Head)
	if len(anchors) == 0 {
		fmt.Fprintln(s.out, "the file fits itself; that nobody wrote all of it anew, only a place on a printed Z report can tell: give --anchor N:HASH")
	}
	if chain.Lost > 0 {
		fmt.Fprintf(s.out, "NOT PROVED: %d events are lost, by damage to the file or by somebody's hand, and behind each the chain may begin anew\n", chain.Lost)
		return outcome(exitUnknown)
	}
	return nil
}

type auditExport struct {
	File string `arg:"" help:"A sales file: a backup copy, or gallad's own while it is stopped." type:"existingfile"`
	Out  string `arg:"" help:"File to write."`
}

// Run implements the command.
func (c *auditExport) Run(s *session) error {
	if _, err := boltstore.Check(c.File, false); err != nil {
		return err
	}
	store, err := boltstore.Open(c.File, boltstore.Options{})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(store.ExportEvents(f), f.Sync(), f.Close())
	}
	return errors.Join(err, store.Close())
}
