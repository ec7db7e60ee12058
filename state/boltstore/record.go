package boltstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"galla/state"
)

// record is an event as it lies on disk. Its hash is taken over the hash before it and the event's bytes, so that changing,
// removing or inserting an event breaks the chain from there on.
//
//	hash 32 │ before 8 │ event as JSON     an event; before is the sequence number of the same sale's event before it, 0 for none
//	hash 32                                pruned: the event is gone, its place in the chain is kept
//	hash 32 │ 0                            lost in a salvage, and its place in the chain is kept
//	(empty)                                lost in a salvage, and the chain begins anew behind it
type record struct {
	hash   []byte
	before uint64
	event  []byte
	lost   bool
}

const hashSize = sha256.Size

func parseRecord(raw []byte) (record, error) {
	switch {
	case len(raw) == 0:
		return record{lost: true}, nil
	case len(raw) == hashSize:
		return record{hash: raw}, nil
	case len(raw) == hashSize+1:
		return record{hash: raw[:hashSize], lost: true}, nil
	case len(raw) > hashSize+8:
		return record{hash: raw[:hashSize], before: binary.BigEndian.Uint64(raw[hashSize:]), event: raw[hashSize+8:]}, nil
	}
	return record{}, fmt.Errorf("%d bytes are no event", len(raw))
}

func (r record) bytes() []byte {
	switch {
	case r.event == nil && r.lost && r.hash != nil:
		return append(r.hash[:hashSize:hashSize], 0)
	case r.event == nil:
		return r.hash
	}
	b := make([]byte, 0, hashSize+8+len(r.event))
	b = append(b, r.hash...)
	b = binary.BigEndian.AppendUint64(b, r.before)
	return append(b, r.event...)
}

func (r record) pruned() bool { return r.event == nil && !r.lost }

// decode reads the event of a record that has one, and holds it against the key it is stored under.
func (r record) decode(seq uint64) (e state.Event, err error) {
	if err := json.Unmarshal(r.event, &e); err != nil {
		return e, fmt.Errorf("%w: event %d can't be read: %w", ErrDamaged, seq, err)
	}
	if e.Seq != seq {
		return e, fmt.Errorf("%w: event %d says that it is event %d", ErrDamaged, seq, e.Seq)
	}
	return e, nil
}

func link(prev, event []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(event)
	return h.Sum(nil)
}
