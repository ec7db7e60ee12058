package boltstore

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"galla/state/boltstore/salesfile"
	"galla/state/chain"

	bolt "go.etcd.io/bbolt"
)

// Anchor is a place in the chain that somebody wrote down: on a Z report, in a mail to the accountant. A chain that
// holds it has not been rewritten up to there; without an anchor from outside, whoever has the file could have written
// all of it anew.
type Anchor struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"` // hex
}

// Anchor is the chain's end as it is now.
func (s *Store) Anchor() (a Anchor, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		a = Anchor{
			Seq:  salesfile.Number(meta.Get(salesfile.MetaSeq)),
			Hash: hex.EncodeToString(meta.Get(salesfile.MetaHash)),
		}
		return nil
	})
	return a, err
}

// Head is the chain's end: the newest event's number and its hash; both zero before the first.
type Head struct {
	Seq  uint64
	Hash chain.Hash
}

// Head is the chain's end as this process last committed it, or found it. It reads memory alone, and waits for no
// commit.
func (s *Store) Head() Head {
	if h := s.head.Load(); h != nil {
		return *h
	}
	return Head{}
}

// headOf is the chain's end in a transaction.
func headOf(tx *bolt.Tx) (h Head) {
	meta := tx.Bucket(salesfile.BucketMeta)
	h.Seq = salesfile.Number(meta.Get(salesfile.MetaSeq))
	copy(h.Hash[:], meta.Get(salesfile.MetaHash))
	return h
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
			return true, enc.Encode(
				line{Seq: at, Hash: hex.EncodeToString(r.Hash), Event: r.Event, Pruned: r.Pruned(), Lost: r.Lost},
			)
		})
		if err != nil {
			return err
		}
		return errors.Join(enc.Encode(line{Seq: seq, Hash: hex.EncodeToString(head), End: true}), out.Flush())
	})
}
