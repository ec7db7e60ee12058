package boltstore

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"galla/state"
	"galla/state/boltstore/salesfile"
	"galla/state/chain"
)

// ErrExport says that an export is not what a store wrote.
var ErrExport = errors.New("the export can't be trusted")

// ErrUnproved is an ErrExport of a file that no store wrote in this form: empty, cut, or with lines that two readers
// may read differently. It proves nothing, not even that the history was changed.
var ErrUnproved = fmt.Errorf("%w: it is not an export as a box writes it", ErrExport)

const (
	// maxLine bounds a line of an export, in bytes.
	maxLine = 1 << 20

	// prunedAge is how far before the chain's end an event lies, at the least, that retention may have removed:
	// keep_days is at least 400, and a sale's last events come some days after it (5 of the watch for late money). What
	// was removed of an old sale later than that, such as a refund months after it, looks like what a hand removed.
	prunedAge = 390 * 24 * time.Hour
)

// VerifyExport reads what ExportEvents wrote and proves its chain, and that it holds every anchor. It needs no store
// and works on any machine. An error wraps ErrExport and names the first line that does not fit. Without one, the
// events that are there are proved as far as Chain says: what is Lost or Unexplained is not.
func VerifyExport(r io.Reader, anchors ...Anchor) (Chain, error) {
	v := verifier{
		left:   append([]Anchor{}, anchors...),
		sales:  map[string]bool{},
		future: time.Now().Add(24 * time.Hour),
	}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 1<<16), maxLine)
	in.Split(wholeLines)
	for in.Scan() {
		v.n++
		if err := v.line(in.Bytes()); err != nil {
			return v.c, err
		}
	}
	if err := in.Err(); err != nil {
		v.n++
		return v.c, v.unproved("it can't be read: %v", err)
	}
	if !v.ended {
		return v.c, v.unproved("the end is missing: the export was cut")
	}
	if len(v.left) > 0 {
		return v.c, v.bad("event %d, of which a hash was written down, is not in it", v.left[0].Seq)
	}
	v.explain()
	return v.c, nil
}

// verifier is how far an export was read.
type verifier struct {
	c     Chain
	n     int // lines
	seq   uint64
	begin bool // behind a lost event: no hash to prove the next against
	ended bool
	left  []Anchor

	rooted bool            // an anchor is the root's
	sales  map[string]bool // those whose first event was there
	last   time.Time       // the latest moment of an event up to here
	future time.Time       // no event is from after it, whatever it says
	known  time.Time       // last, at the newest anchor
	holes  []hole          // of removed events, each with the moment of what follows
	open   uint64          // removed events since the last one that is there
}

// hole is a run of removed events.
type hole struct {
	events uint64
	until  time.Time // not later than: the latest moment up to the next event that is there
}

func (v *verifier) bad(format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrExport, v.n, fmt.Sprintf(format, args...))
}

func (v *verifier) unproved(format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrUnproved, v.n, fmt.Sprintf(format, args...))
}

// line takes one line of an export.
func (v *verifier) line(raw []byte) error {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return v.unproved("it is no JSON: %v", err)
	}
	if !bytes.Equal(raw, l.encode()) {
		return v.unproved("its keys are unknown, twice, or otherwise not as a box writes them")
	}
	hash, err := hex.DecodeString(l.Hash)
	if err != nil || len(hash) != 0 && len(hash) != salesfile.HashSize || hex.EncodeToString(hash) != l.Hash {
		return v.bad("hash %.80q is no SHA-256", l.Hash)
	}

	switch {
	case v.ended:
		return v.unproved("something stands behind the end")
	case v.n == 1:
		return v.root(l, hash)
	case l.Format != 0:
		return v.unproved("an export begins in the middle of another")
	case l.End:
		if l.Event != nil || l.Pruned || l.Lost {
			return v.unproved("the end says more than where it is")
		}
		if l.Seq != v.seq || !bytes.Equal(hash, v.c.Head) {
			return v.bad("the end says event %d with hash %.16s…, and the chain ends at %d with %.16s…",
				l.Seq, l.Hash, v.seq, hex.EncodeToString(v.c.Head))
		}
		v.ended = true
		return nil
	case l.Seq != v.seq+1:
		return v.bad("event %d follows %d", l.Seq, v.seq)
	}

	if err := v.event(l, hash); err != nil {
		return err
	}

	v.seq, v.c.Head, v.begin = l.Seq, hash, len(hash) == 0
	found, err := v.anchored(l.Hash)
	if found {
		v.known = v.last
	}
	return err
}

// root takes the first line.
func (v *verifier) root(l line, hash []byte) error {
	switch {
	case l.Format != exportFormat:
		return v.unproved("it is no export of events, or of another format: want \"galla_events\":%d", exportFormat)
	case l.Event != nil || l.Pruned || l.Lost || l.End:
		return v.unproved("the beginning says more than where it is")
	case (l.Seq == 0) != (len(hash) == 0):
		return v.bad("the root has no hash, or no number")
	}
	v.c.Root, v.c.Head, v.seq = l.Seq, hash, l.Seq
	var err error
	v.rooted, err = v.anchored(l.Hash)
	return err
}

// event takes the line of an event, or of the place where one was.
func (v *verifier) event(l line, hash []byte) error {
	switch {
	case l.Lost && (l.Event != nil || l.Pruned), l.Pruned && l.Event != nil:
		return v.unproved("event %d is said to be gone, and more", l.Seq)
	case l.Lost:
		v.c.Lost++
		return nil
	case l.Pruned && len(hash) != salesfile.HashSize:
		return v.bad("event %d was removed, and its hash with it", l.Seq)
	case l.Pruned && v.c.Events+v.c.Lost == 0:
		return v.bad("event %d was removed at the beginning, where a box leaves no hash", l.Seq)
	case l.Pruned:
		v.c.Pruned++
		v.open++
		return nil
	case len(l.Event) == 0:
		return v.bad("event %d is not there, and nothing says why", l.Seq)
	case !v.begin && !bytes.Equal(hash, chain.Link(v.c.Head, l.Event)):
		return v.bad("event %d was changed after it was written, or the one before it was", l.Seq)
	}

	var e struct {
		Seq  uint64     `json:"seq"`
		Sale string     `json:"sale_id"`
		Kind state.Kind `json:"kind"`
		At   time.Time  `json:"at"`
	}

	if err := json.Unmarshal(l.Event, &e); err != nil || e.Seq != l.Seq {
		return v.bad("event %d says that it is event %d, or can't be read", l.Seq, e.Seq)
	}
	v.c.Events++
	if e.At.After(v.last) && e.At.Before(v.future) {
		v.last = e.At
	}
	if v.open > 0 || v.c.Events == 1 {
		v.holes, v.open = append(v.holes, hole{v.open, v.last}), 0
	}

	// A sale is removed whole or not at all.
	if strings.HasPrefix(string(e.Kind), "sale.") {
		if !v.sales[e.Sale] && e.Kind != state.EventOpened {
			v.c.Unexplained++
		}
		v.sales[e.Sale] = true
	}

	return nil
}

// anchored holds the place that was reached against what somebody wrote down of it.
func (v *verifier) anchored(hash string) (found bool, err error) {
	rest := v.left[:0]
	for _, a := range v.left {
		switch {
		case a.Seq != v.seq:
			rest = append(rest, a)
		case a.Hash != hash:
			return false, v.bad(
				"event %d has hash %s, and %s was written down: what came before it was rewritten",
				v.seq,
				hash,
				a.Hash,
			)
		default:
			found = true
		}
	}
	v.left = rest
	return found, nil
}

// explain counts the removed events that retention can't have removed: those too near to the chain's end. Whoever can
// write the file adds younger events at its end: where there is an anchor, the end is what the newest one stands for.
func (v *verifier) explain() {
	oldest := v.last.Add(-prunedAge)
	if !v.known.IsZero() {
		oldest = v.known.Add(-prunedAge)
	}
	for i, h := range v.holes {
		if h.until.After(oldest) {
			v.c.Unexplained += h.events
			if i == 0 && !v.rooted {
				v.c.Unexplained += v.c.Root // before the first event that is there
			}
		}
	}
	v.c.Unexplained += v.open // nothing follows
	if len(v.holes) == 0 && !v.rooted {
		v.c.Unexplained += v.c.Root
	}
}

// encode writes a line as ExportEvents does, without its line break.
func (l line) encode() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(l) != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// wholeLines splits at line breaks. A last line without one was cut.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("its last line has no end")
	}
	return 0, nil, nil
}
