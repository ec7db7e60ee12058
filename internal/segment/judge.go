package segment

import (
	"crypto/ed25519"

	"galla/state/chain"
)

// Branch is one of the chains that an office holds of a terminal. The places up to From are its parent's.
type Branch struct {
	N      int // its number: 0, 1, 2 … in the order of their beginning
	Parent int // a lower number; -1: it hangs off nothing that is held
	From   uint64
	Base   chain.Hash // of place From; zero before the first event
	Head   uint64
	Hash   chain.Hash // of place Head
}

// At looks up the hash of a place that lies in a branch itself, From < seq < Head; known is false where it has none.
type At func(branch int, seq uint64) (hash chain.Hash, known bool, err error)

// Kind is what becomes of a segment.
type Kind string

const (
	Append    Kind = "append"    // it continues Branch, which is new if it is the terminal's first
	Duplicate Kind = "duplicate" // Branch holds all of it: nothing is written
	Fork      Kind = "fork"      // it parted from Parent behind place From: Branch is new
	Hole      Kind = "hole"      // nothing of the box joins it to what is held: Branch is new, and begins behind From
	Gap       Kind = "gap"       // it joins nothing that is held: the box looks at the heads and goes back
	Refused   Kind = "refused"   // it proves nothing: see Reason
)

// Verdict is what an office does with a segment.
type Verdict struct {
	Kind   Kind
	Branch int           // that it belongs to
	Parent int           // of a new branch; -1 for none
	From   uint64        // the new places are From+1 and those that follow
	Base   chain.Hash    // of place From
	Places []chain.Place // the new ones
	Reason error         // of Refused
}

// Judge decides about a segment, by all branches that are held of its terminal, in the order of their numbers. It is
// pure: what it answers holds as long as nobody adds to the branches. The error is at's.
func Judge(g *Segment, key ed25519.PublicKey, branches []Branch, at At) (Verdict, error) {
	places, err := g.Open(key)
	if err != nil {
		return Verdict{Kind: Refused, Reason: err}, nil
	}
	own := func(seq uint64) chain.Hash {
		if seq == g.After {
			return g.Prev
		}
		return places[seq-g.After-1].Hash
	}

	behind := func(kind Kind, branch, parent int, from uint64) (Verdict, error) {
		return Verdict{kind, branch, parent, from, own(from), places[from-g.After:], nil}, nil
	}

	// Where the segment and a branch end at the same place, or one of them goes further, one comparison says all: two
	// chains with one hash at a place are the same up to there.
	joined := -1
	for i, b := range branches {
		both := min(b.Head, g.Last)
		if both < g.After {
			continue
		}
		hash, known, err := lookUp(branches, i, both, at)
		if err != nil {
			return Verdict{}, err
		}
		if known && same(both, hash, own(both)) {
			if both == g.Last {
				return behind(Duplicate, b.N, b.Parent, g.Last)
			}
			joined = i
		}
	}

	if joined >= 0 {
		return behind(Append, branches[joined].N, branches[joined].Parent, branches[joined].Head)
	}

	parent, from := -1, uint64(0)
	for i, b := range branches {
		last, found, err := parted(branches, i, g.After, min(b.Head, g.Last), own, at)
		if err != nil {
			return Verdict{}, err
		}
		if found && (parent < 0 || last > from) {
			parent, from = i, last
		}
	}

	switch {
	case parent >= 0:
		return behind(Fork, len(branches), branches[parent].N, from)
	case len(branches) == 0 && g.After == 0:
		return behind(Append, 0, -1, 0)
	case g.Root:
		return behind(Hole, len(branches), -1, g.After)
	}

	return Verdict{Kind: Gap}, nil
}

// parted finds the last place from after to last that a segment shares with a branch.
func parted(
	branches []Branch,
	i int,
	after, last uint64,
	own func(uint64) chain.Hash,
	at At,
) (shared uint64, found bool, err error) {
	for seq := after; seq <= last; seq++ {
		hash, known, err := lookUp(branches, i, seq, at)
		if err != nil || !known || !same(seq, hash, own(seq)) {
			return shared, found, err
		}
		shared, found = seq, true
	}
	return shared, found, nil
}

// lookUp is the hash of a place of a branch or of what it hangs off.
func lookUp(branches []Branch, i int, seq uint64, at At) (hash chain.Hash, known bool, err error) {
	for {
		switch b := branches[i]; {
		case seq > b.Head:
			return hash, false, nil
		case seq == b.Head:
			return b.Hash, true, nil
		case seq > b.From:
			return at(b.N, seq)
		case seq == b.From:
			return b.Base, true, nil
		case b.Parent < 0 || b.Parent >= i:
			return hash, false, nil
		default:
			i = b.Parent
		}
	}
}

// same reports whether two hashes of a place are one. Lost ones are not.
func same(seq uint64, a, b chain.Hash) bool { return a == b && (seq == 0 || a != chain.Hash{}) }
