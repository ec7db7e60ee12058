package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
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
		a, err := anchor(c.Anchor)
		if err != nil {
			return err
		}
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
		if errors.Is(err, boltstore.ErrUnproved) {
			return outcome(exitUnknown)
		}
		return outcome(exitNotPaid)
	}
	fmt.Fprintf(s.out, "%d events, none changed since it was written\n", chain.Events)
	if chain.Root > 0 {
		fmt.Fprintf(s.out, "the first %d were removed\n", chain.Root)
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
	}
	if chain.Unexplained > 0 {
		fmt.Fprintf(s.out, "NOT PROVED: %d removed events are not explained by keep_days, which removes whole sales and is 400 days at least: "+
			"somebody's hand may have taken them out\n", chain.Unexplained)
		if chain.Root > 0 {
			fmt.Fprintf(s.out, "the beginning is explained by an anchor of event %d, where one was written down\n", chain.Root)
		}
	}
	if chain.Lost+chain.Unexplained > 0 {
		return outcome(exitUnknown)
	}
	return nil
}

// anchor reads a place in the chain as it is copied by hand from paper, where it takes several lines. What can't be a whole hash is a slip
// of the pen, and no evidence that somebody rewrote the chain.
func anchor(text string) (boltstore.Anchor, error) {
	number, hash, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(text), "")), ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	raw, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || len(raw) != sha256.Size {
		return boltstore.Anchor{}, &usageError{why: fmt.Sprintf("anchor %q is not of the form 42:9f2c…, a number and the 64 characters of a hash", text),
			next: "Copy all lines of it from the Z report; galla report z NUMBER shows it too."}
	}
	return boltstore.Anchor{Seq: seq, Hash: hash}, nil
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
