package salesfile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Record is an event as it lies on disk. Its hash is taken over the hash before it and the event's bytes, so that
// changing, removing or inserting an event breaks the chain from there on.
//
//	hash 32 │ before 8 │ event as JSON     an event; before: number of the same sale's event before it, 0 for none
//	hash 32                                pruned: the event is gone, its place in the chain is kept
//	hash 32 │ 0                            lost in a salvage, and its place in the chain is kept
//	(empty)                                lost in a salvage, and the chain begins anew behind it
type Record struct {
	Hash   []byte
	Before uint64
	Event  []byte
	Lost   bool
}

const HashSize = sha256.Size

// ParseRecord takes a record of an event apart. It keeps parts of raw.
func ParseRecord(raw []byte) (Record, error) {
	switch {
	case len(raw) == 0:
		return Record{Lost: true}, nil
	case len(raw) == HashSize:
		return Record{Hash: raw}, nil
	case len(raw) == HashSize+1:
		return Record{Hash: raw[:HashSize], Lost: true}, nil
	case len(raw) > HashSize+8:
		return Record{
			Hash:   raw[:HashSize],
			Before: binary.BigEndian.Uint64(raw[HashSize:]),
			Event:  raw[HashSize+8:],
		}, nil
	}
	return Record{}, fmt.Errorf("%d bytes are no event", len(raw))
}

// Bytes is the record as it lies on disk.
func (r Record) Bytes() []byte {
	switch {
	case r.Event == nil && r.Lost && r.Hash != nil:
		return append(r.Hash[:HashSize:HashSize], 0)
	case r.Event == nil:
		return r.Hash
	}
	b := make([]byte, 0, HashSize+8+len(r.Event))
	b = append(b, r.Hash...)
	b = binary.BigEndian.AppendUint64(b, r.Before)
	return append(b, r.Event...)
}

// Pruned reports whether retention removed the event and left its hash.
func (r Record) Pruned() bool { return r.Event == nil && !r.Lost }

// Decode reads the event of a record that has one, and holds it against the key it is stored under.
func (r Record) Decode(seq uint64) (e state.Event, err error) {
	if err := json.Unmarshal(r.Event, &e); err != nil {
		return e, fmt.Errorf("%w: event %d can't be read: %w", ErrDamaged, seq, err)
	}
	if e.Seq != seq {
		return e, fmt.Errorf("%w: event %d says that it is event %d", ErrDamaged, seq, e.Seq)
	}
	return e, nil
}

// ReadRoot is the last event that was pruned from the chain's beginning, and its hash; 0 and nil for none.
func ReadRoot(meta *bolt.Bucket) (seq uint64, hash []byte, err error) {
	switch raw := meta.Get(MetaRoot); {
	case raw == nil:
		return 0, nil, nil
	case len(raw) == 8+HashSize:
		return Number(raw[:8]), raw[8:], nil
	default:
		return 0, nil, fmt.Errorf("%w: the root of the chain is %d bytes long", ErrDamaged, len(raw))
	}
}
