package salvage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// replay is a sale as its events make it.
type replay struct {
	Sale  state.Sale `json:"sale"`
	Last  uint64     `json:"last"`            // its last event that was found
	Holes string     `json:"holes,omitempty"` // why the replay can't be believed; empty if it can
}

// replay applies an event to its sale, and returns the sale's event before it in the new file.
func (b *builder) replay(e state.Event, before uint64) (uint64, error) {
	p, err := b.replayed(e.SaleID)
	if err != nil {
		return 0, err
	}
	last := p.Last
	if before != last && p.Holes == "" {
		p.Holes = fmt.Sprintf("event %d is missing", before)
	}
	p.Last = e.Seq
	next, _, err := state.Apply(p.Sale, e)
	switch {
	case err == nil:
		p.Sale = next
	case !errors.Is(err, state.ErrReplay) && p.Holes == "":
		p.Holes = fmt.Sprintf("event %d does not fit: %v", e.Seq, err)
	}
	if len(b.cache) > 5000 {
		return last, b.spill()
	}
	return last, nil
}

func (b *builder) replayed(id string) (*replay, error) {
	p := b.cache[id]
	if p == nil {
		p = &replay{}
		if raw := b.get(workReplay, []byte(id)); raw != nil {
			if err := json.Unmarshal(raw, p); err != nil {
				return nil, err
			}
		}
		b.cache[id] = p
	}
	return p, nil
}

func (b *builder) spill() error {
	for id, p := range b.cache {
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		b.put(workReplay, []byte(id), raw)
	}
	clear(b.cache)
	return b.flush()
}

// sales writes every sale that events or rows tell of, and with each its indexes.
func (b *builder) sales() error {
	if err := b.spill(); err != nil {
		return err
	}
	rows, replays := b.tx.Bucket(workSales).Cursor(), b.tx.Bucket(workReplay).Cursor()
	row, _ := rows.First()
	rep, _ := replays.First()
	for row != nil || rep != nil {
		err := b.batch(func(tx *bolt.Tx) error {
			for range 1000 {
				var id []byte
				switch {
				case row == nil && rep == nil:
					return nil
				case rep == nil || row != nil && bytes.Compare(row, rep) <= 0:
					id = row
				default:
					id = rep
				}
				sale, err := b.decide(id)
				if err == nil && sale != nil {
					err = b.place(tx, sale)
				}
				if err != nil {
					return err
				}
				same := bytes.Equal(row, rep)
				if atRow := bytes.Equal(id, row); atRow || same {
					row, _ = rows.Next()
					if same {
						rep, _ = replays.Next()
					}
				} else {
					rep, _ = replays.Next()
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}

	err := b.tx.Bucket(workDays).ForEach(func(id, day []byte) error {
		if b.get(workSales, id) == nil && b.get(workReplay, id) == nil {
			b.report.Add("sale %s, %s, is lost: neither its row nor any of its events was found", id, day)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.doubtful > 0 {
		b.report.Add(
			"%d more sales had ended before event %d was lost; if it was a refund or a late payment of one of them, "+
				"it is not known",
			b.doubtful,
			b.lastLost,
		)
	}

	return nil
}

// decide says what a sale was: what its events make of it, or its row where events are missing.
func (b *builder) decide(id []byte) (*state.Sale, error) {
	var row *state.Sale
	if raw := b.get(workSales, id); raw != nil {
		row = &state.Sale{}
		if err := salesfile.DecodeRow(id, raw, row); err != nil {
			return nil, err
		}
		last := b.get(workEvents, append(salesfile.Key(row.Seq), b.get(workTree, salesfile.Key(row.Seq))...))
		if row.Seq <= b.root || len(last) == salesfile.HashSize && b.get(workReplay, id) == nil {
			return nil, nil // pruned by retention; its row was on a free page
		}
	}

	raw := b.get(workReplay, id)
	if raw == nil {
		b.report.Add("sale %s: none of its events were found; it is kept as its row says", id)
		return row, nil
	}
	var p replay
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, err
	}
	switch {
	case p.Sale.ID == "" && row == nil:
		b.report.Add("sale %s: %s, and its row was not found: the sale is lost", id, p.Holes)
		return nil, nil
	case p.Holes == "" && (row == nil || p.Sale.Seq >= row.Seq):
		if row != nil && row.Seq == p.Sale.Seq {
			was, err1 := json.Marshal(row)
			is, err2 := json.Marshal(p.Sale)
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			if !bytes.Equal(was, is) {
				b.report.Add("sale %s: its row is not what its events say; the events are believed", id)
			}
		}
		b.doubt(&p.Sale)
		return &p.Sale, nil
	case row != nil && row.Seq >= p.Sale.Seq:
		if p.Holes == "" {
			p.Holes = fmt.Sprintf("event %d is missing", row.Seq)
		}
		b.report.Add("sale %s: %s; it is kept as its row says", id, p.Holes)
		return row, nil
	default:
		b.report.Add(
			"sale %s: %s, and no newer row was found: it is kept as the other events make it; look at it "+
				"with the gateway's list",
			id,
			p.Holes,
		)
		return &p.Sale, nil
	}
}

// doubt reports a sale that may have gone on by an event that is lost: nothing says whose event that was, and where the
// rows of sales are damaged too, a newer row may be lost with it.
func (b *builder) doubt(s *state.Sale) {
	switch {
	case s.Seq > b.lastLost || !b.damaged[string(salesfile.BucketSales)]:
	case state.Watching(*s):
		b.report.Add(
			"sale %s: it was under way when later events were lost, and is kept as of event %d; look at it "+
				"with the gateway's list",
			s.ID,
			s.Seq,
		)
	default:
		b.doubtful++
	}
}

// place writes a sale, unless another one has its number, a reference or a payment of it.
func (b *builder) place(tx *bolt.Tx, s *state.Sale) error {
	if err := salesfile.Claim(tx, nil, s); errors.Is(err, salesfile.ErrConflict) {
		b.report.Add("sale %s is left out: %v", s.ID, err)
		return nil
	} else if err != nil {
		return err
	}
	return salesfile.Insert(tx, s)
}

// copy brings the idempotency keys of the sales that are there, and the settings.
func (b *builder) copy() error {
	return b.batch(func(tx *bolt.Tx) error {
		err := b.tx.Bucket(workKeys).ForEach(func(k, row []byte) error {
			var rec state.KeyRecord
			if err := salesfile.DecodeRow(k, row, &rec); err != nil {
				return err
			}
			return salesfile.PutRow(tx.Bucket(salesfile.BucketKeys), salesfile.OwnedKey(rec.Owner, rec.Key), rec)
		})
		if err != nil {
			return err
		}
		err = b.tx.Bucket(workSettings).
			ForEach(func(k, row []byte) error { return tx.Bucket(salesfile.BucketSettings).Put(k, row) })
		if err != nil {
			return err
		}
		return b.zs(tx.Bucket(salesfile.BucketSettings))
	})
}
