package salvage

import (
	"encoding/json"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// operations brings back every operation that events or rows tell of: what its events make of it, or its row where that
// is newer because an event is lost.
func (b *builder) operations() error {
	err := b.tx.Bucket(workOperations).ForEach(func(id, row []byte) error {
		var o state.Operation
		if err := salesfile.DecodeRow(id, row, &o); err != nil {
			return err
		}
		switch made, known := b.asked[o.ID]; {
		case known && made.Kind != "" && made.Seq >= o.Seq:
		case o.Seq <= b.root: // pruned by retention; its row was on a free page
		default:
			b.report.Add("operation %s: not all of its events were found; it is kept as its row says", o.ID)
			b.asked[o.ID] = o
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.batch(func(tx *bolt.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(b.asked)) {
			if o := b.asked[id]; o.Kind == "" {
				b.report.Add("operation %s: the event that asked for it is lost, and its row too", id)
			} else if err := salesfile.PutOperation(tx, &o); err != nil {
				return err
			}
		}
		return nil
	})
}

// replayOperation applies an event to its operation, and returns the operation's event before it in the new file.
func (b *builder) replayOperation(e state.Event) (before uint64) {
	id := e.Operation.ID
	was := b.asked[id]
	o, err := state.ApplyOperation(was, e)
	if err != nil { // its first event is lost: the row may still be there
		o = was
		o.ID, o.Seq = id, e.Seq
	}
	b.asked[id] = o
	return was.Seq
}

// takeOperation keeps an operation's row, the newest found.
func (m *salvaged) takeOperation(e salesfile.Element) bool {
	var o, have state.Operation
	raw, err := salesfile.CutChecksum(e.Key, e.Value)
	if err != nil || json.Unmarshal(raw, &o) != nil || o.ID != string(e.Key) || o.Status == "" {
		return false
	}
	if old := m.get(workOperations, e.Key); old == nil || salesfile.DecodeRow(e.Key, old, &have) != nil ||
		o.Seq > have.Seq {
		m.put(workOperations, e.Key, e.Value)
	}
	return true
}
