package salesfile

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// RecentEvents is how many events lie in the recent bucket before it is emptied into the history: some sixteen sales.
// A commit rewrites the pages from a row up to the root of its tree. This bucket is two pages deep and holds all that
// an ordinary commit touches; the trees of the history are four deep each, and more with every year.
const RecentEvents = 128

// Keys of the recent bucket: "e" and a sequence number, or "s" and a sale's id. The values are those of events and
// sales.
var recentSales = []byte("s")

// RecentEvent is the key of an event among the recent rows.
func RecentEvent(seq uint64) []byte { return append([]byte("e"), Key(seq)...) }

// RecentSale is the key of a sale among the recent rows.
func RecentSale(id []byte) []byte { return append([]byte("s"), id...) }

// EachRecent shows the rows of sales that are open or ended a moment ago, by rising id.
func EachRecent(tx *bolt.Tx, show func(id, row []byte) error) error {
	b := tx.Bucket(BucketRecent)
	if b == nil { // a file of an older schema
		return nil
	}
	c := b.Cursor()
	for k, row := c.Seek(recentSales); k != nil; k, row = c.Next() {
		if err := show(k[1:], row); err != nil {
			return err
		}
	}
	return nil
}

// EventCursor walks the events in order: those of the history, then the recent ones.
type EventCursor struct {
	history, recent *bolt.Cursor
	late            bool // it stands in recent
}

// NewEventCursor walks the events of a file of any schema.
func NewEventCursor(tx *bolt.Tx) *EventCursor {
	c := &EventCursor{history: tx.Bucket(BucketEvents).Cursor()}
	if b := tx.Bucket(BucketRecent); b != nil {
		c.recent = b.Cursor()
	}
	return c
}

// Seek moves to the first event from seq on, and returns its number and record; 0 at the end.
func (c *EventCursor) Seek(seq uint64) (uint64, []byte) {
	c.late = false
	if k, v := c.history.Seek(Key(seq)); k != nil {
		return Number(k), v
	}
	return c.toRecent(seq)
}

// Next moves to the next event, and returns its number and record; 0 at the end.
func (c *EventCursor) Next() (uint64, []byte) {
	if !c.late {
		if k, v := c.history.Next(); k != nil {
			return Number(k), v
		}
		return c.toRecent(0)
	}
	return RecentRecord(c.recent.Next())
}

func (c *EventCursor) toRecent(seq uint64) (uint64, []byte) {
	if c.recent == nil {
		return 0, nil
	}
	c.late = true
	return RecentRecord(c.recent.Seek(RecentEvent(seq)))
}

// RecentRecord is the number and record of a row of the recent bucket, if it is an event's; 0 if not.
func RecentRecord(k, v []byte) (uint64, []byte) {
	if len(k) != 9 || k[0] != 'e' {
		return 0, nil
	}
	return Number(k[1:]), v
}

// EventAt is the record of an event; nil if there is none.
func EventAt(tx *bolt.Tx, seq uint64) []byte {
	if v := tx.Bucket(BucketRecent).Get(RecentEvent(seq)); v != nil {
		return v
	}
	return tx.Bucket(BucketEvents).Get(Key(seq))
}

// LastEvent is the number of the newest event there is; 0 for none.
func LastEvent(tx *bolt.Tx) uint64 {
	if b := tx.Bucket(BucketRecent); b != nil {
		k, _ := LastBefore(b.Cursor(), recentSales)
		if seq, _ := RecentRecord(k, nil); seq > 0 {
			return seq
		}
	}
	k, _ := tx.Bucket(BucketEvents).Cursor().Last()
	return Number(k)
}

// FileRecent moves the recent events, and the sales that have ended, into the history, and writes the indexes of those
// sales. It is part of the commit that makes recent too large: if we die, all of that commit is there or nothing.
func FileRecent(tx *bolt.Tx) error {
	recent, events := tx.Bucket(BucketRecent), tx.Bucket(BucketEvents)
	events.FillPercent = 0.95 // only ever appended to
	var moved [][]byte
	c := recent.Cursor()
	for k, v := c.First(); len(k) == 9 && k[0] == 'e'; k, v = c.Next() {
		if err := events.Put(bytes.Clone(k[1:]), bytes.Clone(v)); err != nil {
			return err
		}
		moved = append(moved, bytes.Clone(k))
	}
	err := EachRecent(tx, func(id, row []byte) error {
		sale, err := DecodeSale(id, row)
		if err != nil || !sale.Phase.Final() {
			return err
		}
		moved = append(moved, RecentSale(id))
		return PutHistory(tx, nil, &sale, bytes.Clone(row))
	})
	for _, k := range moved {
		if err == nil {
			err = recent.Delete(k)
		}
	}
	return err
}

// PutHistory writes the row of a sale that has ended into the history, and brings the indexes to it. old is the row it
// replaces there; nil for none.
func PutHistory(tx *bolt.Tx, old, s *state.Sale, row []byte) error {
	if err := PutEnded(tx, old, s, row); err != nil {
		return err
	}
	return putLookups(tx.Bucket(BucketLookup), old, s)
}

// PutEnded is PutHistory without what the sale can be found by.
func PutEnded(tx *bolt.Tx, old, s *state.Sale, row []byte) error {
	id := []byte(s.ID)
	sales := tx.Bucket(BucketSales)
	if old == nil {
		sales.FillPercent = 0.9 // sales end nearly in the order of their ids
	}
	if err := sales.Put(id, row); err != nil {
		return err
	}
	if err := setMember(tx.Bucket(BucketWatch), id, state.Watching(*s)); err != nil {
		return err
	}
	if err := setMember(tx.Bucket(BucketAttention), id, len(s.Attention) > 0); err != nil {
		return err
	}
	if old == nil {
		return tx.Bucket(BucketDays).Put(DayKey(s.Day, s.Number), id)
	}
	return nil
}

// Insert writes a sale into a file that does not have it: one that has ended into the history.
func Insert(tx *bolt.Tx, s *state.Sale) error {
	row, err := EncodeRow([]byte(s.ID), s)
	if err != nil {
		return err
	}
	if s.Phase.Final() {
		return PutHistory(tx, nil, s, row)
	}
	return tx.Bucket(BucketRecent).Put(RecentSale([]byte(s.ID)), row)
}

// LastBefore moves a cursor to the last key below bound.
func LastBefore(c *bolt.Cursor, bound []byte) (k, v []byte) {
	if k, _ := c.Seek(bound); k == nil {
		return c.Last()
	}
	return c.Prev()
}
