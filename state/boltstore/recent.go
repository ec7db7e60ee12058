package boltstore

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// recentEvents is how many events lie in the recent bucket before it is emptied into the history: some sixteen sales.
// A commit rewrites the pages from a row up to the root of its tree. This bucket is two pages deep and holds all that an
// ordinary commit touches; the trees of the history are four deep each, and more with every year.
const recentEvents = 128

// Keys of the recent bucket: "e" and a sequence number, or "s" and a sale's id. The values are those of events and sales.
var recentSales = []byte("s")

func recentEvent(seq uint64) []byte { return append([]byte("e"), key(seq)...) }

func recentSale(id []byte) []byte { return append([]byte("s"), id...) }

// eachRecent shows the rows of sales that are open or ended a moment ago, by rising id.
func eachRecent(tx *bolt.Tx, show func(id, row []byte) error) error {
	b := tx.Bucket(bucketRecent)
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

// eventCursor walks the events in order: those of the history, then the recent ones.
type eventCursor struct {
	history, recent *bolt.Cursor
	late            bool // it stands in recent
}

func newEventCursor(tx *bolt.Tx) *eventCursor {
	c := &eventCursor{history: tx.Bucket(bucketEvents).Cursor()}
	if b := tx.Bucket(bucketRecent); b != nil {
		c.recent = b.Cursor()
	}
	return c
}

// seek moves to the first event from seq on, and returns its number and record; 0 at the end.
func (c *eventCursor) seek(seq uint64) (uint64, []byte) {
	c.late = false
	if k, v := c.history.Seek(key(seq)); k != nil {
		return number(k), v
	}
	return c.toRecent(seq)
}

func (c *eventCursor) next() (uint64, []byte) {
	if !c.late {
		if k, v := c.history.Next(); k != nil {
			return number(k), v
		}
		return c.toRecent(0)
	}
	return recentRecord(c.recent.Next())
}

func (c *eventCursor) toRecent(seq uint64) (uint64, []byte) {
	if c.recent == nil {
		return 0, nil
	}
	c.late = true
	return recentRecord(c.recent.Seek(recentEvent(seq)))
}

func recentRecord(k, v []byte) (uint64, []byte) {
	if len(k) != 9 || k[0] != 'e' {
		return 0, nil
	}
	return number(k[1:]), v
}

// eventAt is the record of an event; nil if there is none.
func eventAt(tx *bolt.Tx, seq uint64) []byte {
	if v := tx.Bucket(bucketRecent).Get(recentEvent(seq)); v != nil {
		return v
	}
	return tx.Bucket(bucketEvents).Get(key(seq))
}

// lastEvent is the number of the newest event there is; 0 for none.
func lastEvent(tx *bolt.Tx) uint64 {
	if b := tx.Bucket(bucketRecent); b != nil {
		k, _ := lastBefore(b.Cursor(), recentSales)
		if seq, _ := recentRecord(k, nil); seq > 0 {
			return seq
		}
	}
	k, _ := tx.Bucket(bucketEvents).Cursor().Last()
	return number(k)
}

// fileRecent moves the recent events, and the sales that have ended, into the history, and writes the indexes of those
// sales. It is part of the commit that makes recent too large: if we die, all of that commit is there or nothing.
func fileRecent(tx *bolt.Tx) error {
	recent, events := tx.Bucket(bucketRecent), tx.Bucket(bucketEvents)
	events.FillPercent = 0.95 // only ever appended to
	var moved [][]byte
	c := recent.Cursor()
	for k, v := c.First(); len(k) == 9 && k[0] == 'e'; k, v = c.Next() {
		if err := events.Put(bytes.Clone(k[1:]), bytes.Clone(v)); err != nil {
			return err
		}
		moved = append(moved, bytes.Clone(k))
	}
	err := eachRecent(tx, func(id, row []byte) error {
		sale, err := decodeSale(id, row)
		if err != nil || !sale.Phase.Final() {
			return err
		}
		moved = append(moved, recentSale(id))
		return putHistory(tx, nil, &sale, bytes.Clone(row))
	})
	for _, k := range moved {
		if err == nil {
			err = recent.Delete(k)
		}
	}
	return err
}

// putHistory writes the row of a sale that has ended into the history, and brings the indexes to it. old is the row it
// replaces there; nil for none.
func putHistory(tx *bolt.Tx, old, s *state.Sale, row []byte) error {
	if err := putRow(tx, old, s, row); err != nil {
		return err
	}
	return putLookups(tx.Bucket(bucketLookup), old, s)
}

// putRow is putHistory without what the sale can be found by.
func putRow(tx *bolt.Tx, old, s *state.Sale, row []byte) error {
	id := []byte(s.ID)
	sales := tx.Bucket(bucketSales)
	if old == nil {
		sales.FillPercent = 0.9 // sales end nearly in the order of their ids
	}
	if err := sales.Put(id, row); err != nil {
		return err
	}
	if err := setMember(tx.Bucket(bucketWatch), id, state.Watching(*s)); err != nil {
		return err
	}
	if err := setMember(tx.Bucket(bucketAttention), id, len(s.Attention) > 0); err != nil {
		return err
	}
	if old == nil {
		return tx.Bucket(bucketDays).Put(dayKey(s.Day, s.Number), id)
	}
	return nil
}

// insert writes a sale into a file that does not have it: one that has ended into the history.
func insert(tx *bolt.Tx, s *state.Sale) error {
	row, err := sealJSON([]byte(s.ID), s)
	if err != nil {
		return err
	}
	if s.Phase.Final() {
		return putHistory(tx, nil, s, row)
	}
	return tx.Bucket(bucketRecent).Put(recentSale([]byte(s.ID)), row)
}
