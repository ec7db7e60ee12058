package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"galla/state/boltstore"
)

// Verdict is what an export proves.
type Verdict int

// The verdicts are exit codes, too.
const (
	Proved    Verdict = 0
	Changed   Verdict = 1
	NotProved Verdict = 2
)

// ErrAnchor says that an anchor was mistyped.
var ErrAnchor = errors.New("anchor")

// Verify proves the export in a file, and says on out what it found, or on errs why it can't be trusted. anchor is a
// place in the chain as it stands on paper, or "". Its error is of the file, or ErrAnchor.
func Verify(file, anchor string, out, errs io.Writer) (Verdict, error) {
	var anchors []boltstore.Anchor
	if anchor != "" {
		a, err := parseAnchor(anchor)
		if err != nil {
			return NotProved, err
		}
		anchors = append(anchors, a)
	}

	f, err := os.Open(file)
	if err != nil {
		return NotProved, err
	}
	defer f.Close()

	chain, err := boltstore.VerifyExport(f, anchors...)
	if err != nil {
		fmt.Fprintf(errs, "galla: %v\n", err)
		if errors.Is(err, boltstore.ErrUnproved) {
			return NotProved, nil
		}
		return Changed, nil
	}

	fmt.Fprintf(out, "%d events, none changed since it was written\n", chain.Events)
	if chain.Root > 0 {
		fmt.Fprintf(out, "the first %d were removed\n", chain.Root)
	}
	if chain.Pruned > 0 {
		fmt.Fprintf(out, "%d more were removed between others: what stands before such a gap is proved by an anchor "+
			"from before it only\n", chain.Pruned)
	}
	fmt.Fprintf(out, "the chain ends at %d:%x\n", chain.Root+chain.Pruned+chain.Lost+chain.Events, chain.Head)
	if len(anchors) == 0 {
		fmt.Fprintln(out, "the file fits itself; that nobody wrote all of it anew, only a place on a printed Z "+
			"report can tell: give --anchor N:HASH")
	}
	if chain.Lost > 0 {
		fmt.Fprintf(out, "NOT PROVED: %d events are lost, by damage to the file or by somebody's hand, and behind "+
			"each the chain may begin anew\n", chain.Lost)
	}

	if chain.Unexplained > 0 {
		fmt.Fprintf(out, "NOT PROVED: %d removed events are not explained by keep_days, which removes whole sales "+
			"and is 400 days at least: somebody's hand may have taken them out\n", chain.Unexplained)
		if len(anchors) > 0 {
			fmt.Fprintln(out, "how old they are is counted from the anchor: one from a newer Z report may explain them")
		}
		if chain.Root > 0 {
			fmt.Fprintf(out, "the beginning is explained by an anchor of event %d, where one was written down\n",
				chain.Root)
		}
	}

	if chain.Lost+chain.Unexplained > 0 {
		return NotProved, nil
	}
	return Proved, nil
}

// parseAnchor reads a place in the chain as it is copied by hand from paper, where it takes several lines. What can't
// be a whole hash is a slip of the pen, and no evidence that somebody rewrote the chain.
func parseAnchor(text string) (boltstore.Anchor, error) {
	number, hash, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(text), "")), ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	raw, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || len(raw) != sha256.Size {
		return boltstore.Anchor{}, fmt.Errorf(
			"%w %q is not of the form 42:9f2c…, a number and the 64 characters of a hash", ErrAnchor, text)
	}
	return boltstore.Anchor{Seq: seq, Hash: hash}, nil
}

// ErrHeld says that gallad has the sales file open.
var ErrHeld = boltstore.ErrHeld

// Export writes every event of a sales file into a new file. It returns ErrHeld for a file that is in use.
func Export(sales, to string) error {
	if _, err := boltstore.Check(sales, false); err != nil {
		return err
	}
	store, err := boltstore.Open(sales, boltstore.Options{})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(store.ExportEvents(f), f.Sync(), f.Close())
	}
	return errors.Join(err, store.Close())
}
