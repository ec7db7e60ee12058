package segment

import (
	"cmp"
	"slices"

	"galla/state/chain"
)

// Place is a place that somebody names: its number and its hash.
type Place struct {
	Seq  uint64     `json:"seq"`
	Hash chain.Hash `json:"hash"`
}

// MaxLocator bounds the places of a locator: a head, 64 powers of two below it, and a root.
const MaxLocator = 66

// Locator lists the places at which a box tells its hashes, so that an office finds the newest one that both have in
// one question: head, then 1, 2, 4, 8 … below it, and last the root.
func Locator(root, head uint64) []uint64 {
	places := []uint64{head}
	for step := uint64(1); step != 0 && head-root > step; step *= 2 {
		places = append(places, head-step)
	}
	if root != head {
		places = append(places, root)
	}
	return places
}

// Known is the newest of a box's places that the office has too, in any branch; found is false for none.
func Known(locator []Place, branches []Branch, at At) (p Place, found bool, err error) {
	locator = slices.Clone(locator)
	slices.SortFunc(locator, func(a, b Place) int { return cmp.Compare(b.Seq, a.Seq) })
	for _, p := range locator {
		for i := range branches {
			if hash, known, err := lookUp(branches, i, p.Seq, at); err != nil || known && same(p.Seq, hash, p.Hash) {
				return p, err == nil, err
			}
		}
	}
	return Place{}, false, nil
}
