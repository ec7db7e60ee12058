package check

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"galla/internal/office"
	"galla/internal/segment"
	"galla/state/chain"
)

var errEnough = errors.New("enough was read")

// history is what the office holds of a terminal's chains.
type history struct {
	t   office.Terminal
	own [][]Segment // of each branch
}

func (h *history) read(v View) error {
	h.own = make([][]Segment, len(h.t.Branches))
	return v.Segments(h.t.ID, func(s Segment) error {
		for s.Branch >= len(h.own) {
			h.own = append(h.own, nil)
		}
		h.own[s.Branch] = append(h.own[s.Branch], s)
		return nil
	})
}

// places reads those that lie in a branch itself, behind one and up to another.
func (h *history) places(branch int, behind, upTo uint64, each func(seq uint64, p chain.Place) error) error {
	for _, s := range h.own[branch] {
		if s.Last <= behind || s.From >= upTo {
			continue
		}
		g, err := segment.Parse(s.Raw)
		if err != nil {
			return err
		}
		all, _, err := g.Prove()
		if err != nil {
			return err
		}
		for i, p := range all {
			seq := g.After + 1 + uint64(i)
			if seq <= max(behind, s.From) || seq > upTo {
				continue
			}
			if err := each(seq, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// leg is a part of a branch's way from the root.
type leg struct {
	branch       int
	behind, upTo uint64
}

// way are the legs from the root to the end of a branch.
func (h *history) way(n int) (legs []leg) {
	upTo := uint64(math.MaxUint64)
	for len(legs) <= len(h.t.Branches) && n >= 0 && n < len(h.t.Branches) {
		b := h.t.Branches[n]
		if b.From < upTo {
			legs = append([]leg{{n, b.From, upTo}}, legs...)
		}
		upTo, n = min(upTo, b.From), b.Parent
	}
	return legs
}

// held is where a place lies.
type held struct {
	branch int32
	bytes  bool // not its hash alone
	asked  bool // a box has it
}

// index names a place: two with the same hash have the same past.
type index [16]byte

func indexOf(h chain.Hash) (i index) { copy(i[:], h[:]); return i }

// prove computes every hash anew, and looks that every place is there once.
func (c *checked) prove() {
	c.held = map[index]*held{}
	for n, its := range c.h.own {
		if n >= len(c.t.Branches) {
			c.broke(Wrong, n, 0, "segment", "%d segments lie in branch %d, which is not there", len(its), n)
			return
		}
		b := c.t.Branches[n]
		if b.N != n || b.Parent >= n || b.Parent < -1 || b.From > b.Head {
			c.broke(
				Wrong,
				n,
				b.From,
				"chain",
				"the branch says that it is %d of %d, from %d to %d",
				b.N,
				b.Parent,
				b.From,
				b.Head,
			)
			return
		}
		at, hash := b.From, b.Base
		for _, s := range its {
			c.r.Segments++
			switch {
			case s.From < at:
				c.broke(Doubled, n, s.From+1, "place", "places %d to %d lie in two segments", s.From+1, min(at, s.Last))
			case s.From > at:
				c.broke(Missing, n, at+1, "place", "places %d to %d lie in no segment", at+1, s.From)
			}
			last, ok := c.segment(n, s, hash)
			if !ok {
				return
			}
			at, hash = s.Last, last
		}
		if at != b.Head || hash != b.Hash {
			c.broke(Wrong, n, b.Head, "head", "the head is place %d, %x, and the segments end at %d, %x", b.Head,
				b.Hash[:6], at, hash[:6])
		}
	}
}

// segment looks at one that should go on behind a hash. ok is false where nothing behind it can be trusted.
func (c *checked) segment(n int, s Segment, before chain.Hash) (last chain.Hash, ok bool) {
	g, err := segment.Parse(s.Raw)
	var places []chain.Place
	if err == nil {
		places, err = g.Open(c.t.Key)
	}
	if err == nil && (g.Terminal != c.t.ID || g.Last != s.Last || g.After > s.From) {
		err = fmt.Errorf("it is of terminal %s, places %d to %d", g.Terminal, g.After+1, g.Last)
	}
	if err != nil {
		c.broke(Wrong, n, s.Last, "segment", "what is stored for places %d to %d: %v", s.From+1, s.Last, err)
		return last, false
	}

	hash := g.Prev
	for i, p := range places {
		seq := g.After + 1 + uint64(i)
		if seq == s.From+1 && hash != before {
			c.broke(Wrong, n, seq, "place", "place %d does not go on behind the hash of place %d", seq, s.From)
			return last, false
		}
		if p.Event != nil && !bytes.Equal(chain.Link(prefix(hash, seq), p.Event), p.Hash[:]) {
			c.broke(Wrong, n, seq, "place", "place %d: its bytes do not make its hash", seq)
			return last, false
		}
		if hash = p.Hash; seq <= s.From {
			continue // what it brought along, and the office had
		}
		c.r.Places++
		if was := c.held[indexOf(hash)]; was != nil {
			c.broke(Doubled, n, seq, "place", "place %d lies in branch %d too", seq, was.branch)
		}
		c.held[indexOf(hash)] = &held{branch: int32(n), bytes: p.Event != nil}
	}
	return hash, true
}

// prefix is what a place's hash is computed over before its event.
func prefix(before chain.Hash, seq uint64) []byte {
	if seq == 1 {
		return nil
	}
	return before[:]
}

// box looks for a box's places.
func (c *checked) box(b Box) error {
	type gap struct{ first, last uint64 }
	var missing *gap
	tell := func() {
		if missing != nil {
			c.find(
				Missing,
				0,
				missing.first,
				"place",
				b.Name,
				"places %d to %d of %s are not at the office",
				missing.first,
				missing.last,
				b.Name,
			)
			missing = nil
		}
	}
	for after := uint64(0); ; {
		s, err := b.Chain.Stretch(after, sendAtOnce)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
		if len(s.Places) == 0 {
			tell()
			return nil
		}
		before := s.Before
		for i, p := range s.Places {
			seq := s.After + 1 + uint64(i)
			c.r.Of++
			if p.Event != nil && (before != chain.Hash{} || seq == 1) &&
				!bytes.Equal(chain.Link(prefix(before, seq), p.Event), p.Hash[:]) {
				return fmt.Errorf("%s is damaged at place %d: its bytes do not make its hash", b.Name, seq)
			}
			before = p.Hash
			if p.Hash == (chain.Hash{}) {
				continue // lost by a salvage: nothing can be said of it
			}
			is := c.held[indexOf(p.Hash)]
			if is == nil && b.Old && seq > b.Sent {
				continue
			}
			if is == nil {
				if missing == nil {
					missing = &gap{seq, seq}
				}
				missing.last = seq
				continue
			}
			tell()
			is.asked = true
			if p.Event != nil && len(p.Event) <= segment.MaxEvent && !is.bytes {
				c.find(
					Missing,
					int(is.branch),
					seq,
					"place",
					b.Name,
					"of place %d the office has the hash alone, and %s its "+
						"bytes",
					seq,
					b.Name,
				)
			}
		}
		after = s.Last()
	}
}
