package office

import (
	"encoding/json"
	"fmt"
	"slices"

	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
)

// past is what is held of a terminal, read back from its segments.
type past struct {
	tx Tx
	t  *Terminal

	in     int // of the segment that was read last: its branch, and what it holds
	after  uint64
	places []chain.Place
}

func newPast(tx Tx, t *Terminal) *past { return &past{tx: tx, t: t} }

// place is a place that lies in a branch itself. One segment is kept: who reads places reads neighbours.
func (p *past) place(branch int, seq uint64) (chain.Place, bool, error) {
	if branch != p.in || seq <= p.after || seq > p.after+uint64(len(p.places)) {
		g, found, err := p.tx.Segment(p.t.ID, branch, seq)
		if err != nil || !found {
			return chain.Place{}, false, err
		}
		places, _, err := g.Prove()
		if err == nil && (seq <= g.After || seq > g.Last) {
			err = fmt.Errorf("places %d to %d are stored for place %d", g.After+1, g.Last, seq)
		}
		if err != nil {
			return chain.Place{}, false, fmt.Errorf("branch %d of terminal %s is damaged here: %w", branch, p.t.ID, err)
		}
		p.in, p.after, p.places = branch, g.After, places
	}
	return p.places[seq-p.after-1], true, nil
}

// hash is a segment.At.
func (p *past) hash(branch int, seq uint64) (chain.Hash, bool, error) {
	place, found, err := p.place(branch, seq)
	return place.Hash, found, err
}

// behind are the places behind one, to the end of the segment that holds the next.
func (p *past) behind(branch int, at uint64) ([]chain.Place, error) {
	_, found, err := p.place(branch, at+1)
	if err == nil && !found {
		err = fmt.Errorf("branch %d of terminal %s lacks place %d, which it had", branch, p.t.ID, at+1)
	}
	if err != nil {
		return nil, err
	}
	return p.places[at-p.after:], nil
}

// events are those of one sale or operation up to a place of a branch, in their order, from the one that began it on.
// They are none where that one is not here.
func (p *past) events(branch int, upTo uint64, subject string) (events []state.Event, err error) {
	for seq := upTo; seq > 0; seq-- {
		for branch >= 0 && seq <= p.t.Branches[branch].From {
			branch = p.t.Branches[branch].Parent
		}
		if branch < 0 {
			return nil, nil
		}
		place, found, err := p.place(branch, seq)
		if err != nil || !found {
			return nil, err
		}
		var e state.Event
		if place.Event == nil || json.Unmarshal(place.Event, &e) != nil || e.Subject() != subject {
			continue
		}
		events = append(events, e)
		if e.Begins() || e.Kind == state.EventOperationAsked {
			slices.Reverse(events)
			return events, nil
		}
	}
	return nil, nil
}

// before finds what a branch's parents have of a sale or operation at the moment the branch begins. seqOf is the
// number of the event that last changed the row of a branch; found is false where it has none. It returns the branch
// whose row is still as it was then, or else, with found, a branch and a place up to which its events make it.
func (p *past) before(
	b segment.Branch,
	seqOf func(branch int) (seq uint64, found bool, err error),
) (branch int, upTo uint64, found, asIs bool, err error) {
	upTo = b.From
	for n := b.Parent; n >= 0; n = p.t.Branches[n].Parent {
		seq, there, err := seqOf(n)
		if err != nil {
			return 0, 0, false, false, err
		}
		if there {
			return n, upTo, true, seq <= upTo, nil
		}
		upTo = min(upTo, p.t.Branches[n].From)
	}
	return 0, 0, false, false, nil
}
