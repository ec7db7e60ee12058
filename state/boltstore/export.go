package boltstore

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
)

// Anchor is a place in the chain that somebody wrote down: on a Z report, in a mail to the accountant. A chain that holds it has
// not been rewritten up to there; without an anchor from outside, whoever has the file could have written all of it anew.
type Anchor struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"` // hex
}

// Anchor is the chain's end as it is now.
func (s *Store) Anchor() (a Anchor, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		a = Anchor{Seq: salesfile.Number(meta.Get(salesfile.MetaSeq)), Hash: hex.EncodeToString(meta.Get(salesfile.MetaHash))}
		return nil
	})
	return a, err
}

// exportFormat is written in an export's first line; VerifyExport knows this one.
const exportFormat = 1

// line is one line of an export. Its event is kept byte for byte, for the hash is over the bytes.
type line struct {
	Format int             `json:"galla_events,omitempty"` // first line only: the format
	Seq    uint64          `json:"seq"`                    // first line: the root's, 0 for none
	Hash   string          `json:"hash,omitempty"`         // first line: the root's
	Event  json.RawMessage `json:"event,omitempty"`
	Pruned bool            `json:"pruned,omitempty"` // removed by retention
	Lost   bool            `json:"lost,omitempty"`   // not found by a salvage
	End    bool            `json:"end,omitempty"`    // last line only: the export is whole
}

// ExportEvents writes every event with its hash, one JSON object a line, for VerifyExport on any machine:
//
//	{"galla_events":1,"seq":0}
//	{"seq":1,"hash":"9f2c…","event":{"seq":1,"sale_id":"…","kind":"sale.opened",…}}
//	{"seq":1,"hash":"9f2c…","end":true}
//
// hash is the SHA-256 of the hash before it (32 bytes, nothing for the first event) followed by the bytes of event.
func (s *Store) ExportEvents(w io.Writer) error {
	return s.view(func(tx *bolt.Tx) error {
		out := bufio.NewWriterSize(w, 1<<16)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false) // an event's bytes must come out as they are
		seq, hash, err := salesfile.ReadRoot(tx.Bucket(salesfile.BucketMeta))
		if err != nil {
			return err
		}
		if err := enc.Encode(line{Format: exportFormat, Seq: seq, Hash: hex.EncodeToString(hash)}); err != nil {
			return err
		}
		head, err := walk(tx, 0, func(at uint64, r salesfile.Record) (bool, error) {
			seq = at
			return true, enc.Encode(line{Seq: at, Hash: hex.EncodeToString(r.Hash), Event: r.Event, Pruned: r.Pruned(), Lost: r.Lost})
		})
		if err != nil {
			return err
		}
		return errors.Join(enc.Encode(line{Seq: seq, Hash: hex.EncodeToString(head), End: true}), out.Flush())
	})
}

// ErrExport says that an export is not what a store wrote.
var ErrExport = errors.New("the export can't be trusted")

// maxLine bounds a line of an export, in bytes.
const maxLine = 1 << 20

// VerifyExport reads what ExportEvents wrote and proves its chain, and that it holds every anchor. It needs no store and
// works on any machine. An error wraps ErrExport and names the first line that does not fit.
func VerifyExport(r io.Reader, anchors ...Anchor) (c Chain, err error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 1<<16), maxLine)
	n := 0
	bad := func(format string, args ...any) (Chain, error) {
		return c, fmt.Errorf("%w: line %d: %s", ErrExport, n, fmt.Sprintf(format, args...))
	}
	left := append([]Anchor{}, anchors...)
	var seq uint64
	begin, ended := false, false
	for in.Scan() {
		n++
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return bad("it is no JSON: %v", err)
		}
		hash, err := hex.DecodeString(l.Hash)
		switch {
		case err != nil || len(hash) != 0 && len(hash) != salesfile.HashSize:
			return bad("hash %.80q is no SHA-256", l.Hash)
		case ended:
			return bad("something stands behind the end")
		case n == 1 && l.Format != exportFormat:
			return bad("it is no export of events, or of another format: want \"galla_events\":%d", exportFormat)
		case n == 1:
			if (l.Seq == 0) != (len(hash) == 0) {
				return bad("the root has no hash, or no number")
			}
			c.Root, c.Head = l.Seq, hash
		case l.End:
			if l.Seq != seq || !bytes.Equal(hash, c.Head) {
				return bad("the end says event %d with hash %.16s…, and the chain ends at %d with %.16s…", l.Seq, l.Hash, seq, hex.EncodeToString(c.Head))
			}
			ended = true
			continue
		case l.Seq != seq+1:
			return bad("event %d follows %d", l.Seq, seq)
		case l.Lost:
			c.Lost++
		case l.Pruned && len(hash) == salesfile.HashSize:
			c.Pruned++
		case len(l.Event) == 0:
			return bad("event %d is not there, and nothing says why", l.Seq)
		case !begin && !bytes.Equal(hash, salesfile.Link(c.Head, l.Event)):
			return bad("event %d was changed after it was written, or the one before it was", l.Seq)
		default:
			c.Events++
		}
		seq, c.Head, begin = l.Seq, hash, n > 1 && len(hash) == 0
		for i, a := range left {
			if a.Seq == seq {
				if a.Hash != l.Hash {
					return bad("event %d has hash %s, and %s was written down: what came before it was rewritten", seq, l.Hash, a.Hash)
				}
				left = append(left[:i:i], left[i+1:]...)
				break
			}
		}
	}
	if err := in.Err(); err != nil {
		n++
		return bad("it can't be read: %v", err)
	}
	if !ended {
		return bad("the end is missing: the export was cut")
	}
	if len(left) > 0 {
		return bad("event %d, of which a hash was written down, is not in it", left[0].Seq)
	}
	return c, nil
}
