package officetest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"testing"

	"galla/internal/office"
	"galla/internal/segment"
	"galla/state/statetest"
)

// Box is a box that has traded, and its chain in pieces.
type Box struct {
	Terminal    office.Terminal
	Submissions []office.Submission // in their order, from the first event on
	Events      int
}

// NewBox makes box n, whose chain has at least that many events, in pieces of some size. The same numbers make the same
// box.
func NewBox(t testing.TB, n, events, size int) Box {
	seed := binary.BigEndian.AppendUint64(nil, uint64(n))
	s := newShop(t, 0, uint64(n))
	s.key = ed25519.NewKeyFromSeed(append(seed, bytes.Repeat([]byte{1}, ed25519.SeedSize-len(seed))...))
	s.id = segment.TerminalID(s.key.Public().(ed25519.PublicKey))
	s.tr = statetest.NewTraffic(uint64(n), 5, 300)
	for len(s.log) < events {
		s.trade(1)
	}
	b := Box{Terminal: s.terminal(), Events: len(s.log)}
	for at := 0; at < len(s.log); at += size {
		b.Submissions = append(b.Submissions, s.submission(at, min(len(s.log), at+size)))
	}
	return b
}
