package segment

import (
	"crypto/ed25519"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"galla/state/chain"
)

var (
	modelSeeds = flag.Int("model.seeds", 100, "how many random histories TestModel walks")
	modelFrom  = flag.Uint64("model.from", 1, "the first seed of TestModel")
)

// world is boxes and two offices, and what travels between them.
type world struct {
	t       *testing.T
	r       *rand.Rand
	boxes   []*box
	offices [2]map[string]*shelf // by terminal
	sent    []letter             // on its way: comes late, twice, in another order, or never
	told    int
}

// box has a log, copies of it from earlier, and an end that it believes each office to have.
type box struct {
	key    ed25519.PrivateKey
	id     string
	log    log
	root   uint64 // places up to here were pruned away
	copies []log
	after  [2]uint64
	ever   map[uint64]map[chain.Hash]string // all events it ever wrote, by place and hash
}

type letter struct {
	office int
	from   *box
	raw    []byte
}

// step is one thing that happens.
func (w *world) step() {
	b := w.boxes[w.r.IntN(len(w.boxes))]
	office := w.r.IntN(2)
	switch n := w.r.IntN(100); {
	case n < 35:
		w.write(b, 1+w.r.IntN(8))
	case n < 38:
		b.copies = append(b.copies, b.log)
	case n < 40 && len(b.copies) > 0: // put back to an older copy: what came after it is forgotten
		b.log = b.copies[w.r.IntN(len(b.copies))]
	case n < 42:
		for i := b.root; i < uint64(len(b.log)) && w.r.IntN(4) > 0; i++ { // retention takes events and leaves hashes
			b.log = append(log{}, b.log...)
			b.log[i].Event = nil
		}
	case n < 62:
		b.post(w, office, b.after[office])
	case n < 66:
		b.post(w, office, uint64(w.r.IntN(len(b.log)+1))) // from anywhere: an old process, a stick
	case n < 72:
		w.locate(b, office)
	case len(w.sent) > 0:
		i := w.r.IntN(len(w.sent))
		l := w.sent[i]
		if w.r.IntN(5) > 0 { // else it comes twice
			w.sent = append(w.sent[:i], w.sent[i+1:]...)
		}
		if w.r.IntN(8) > 0 { // else it is lost
			w.arrive(l, w.r.IntN(6) > 0)
		}
	}
}

// write adds events that no other history has.
func (w *world) write(b *box, n int) {
	for range n {
		w.told++
		b.log = b.log.add(1, fmt.Sprint("event ", w.told))
		p := b.log[len(b.log)-1]
		seq := uint64(len(b.log))
		if b.ever[seq] == nil {
			b.ever[seq] = map[chain.Hash]string{}
		}
		b.ever[seq][p.Hash] = string(p.Event)
	}
}

// post sends one segment behind a place, as a box does that believes the office to end there.
func (b *box) post(w *world, office int, after uint64) {
	after = min(max(after, b.root), uint64(len(b.log)))
	last := min(uint64(len(b.log)), after+1+uint64(w.r.IntN(12)))
	if last == after {
		return
	}
	s := b.log.stretch(after, last)
	s.Root = after == b.root
	g, err := New(b.key, s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sent = append(w.sent, letter{office, b, g.Bytes()})
}

// arrive is a segment at an office; heard says whether the box gets the answer.
func (w *world) arrive(l letter, heard bool) {
	g, err := Parse(l.raw)
	if err != nil {
		w.t.Fatal(err)
	}
	s := w.shelf(l.office, l.from)
	v, err := Judge(&g, public(l.from.key), s.branches, s.at)
	if err != nil || v.Kind == Refused {
		w.t.Fatalf("%s: %v %v", v.Kind, v.Reason, err)
	}
	s.take(v)
	if heard && v.Kind != Gap {
		l.from.after[l.office] = g.Last
	} else if heard {
		w.locate(l.from, l.office)
	}
}

// locate finds where an office goes on, by the heads and by a locator.
func (w *world) locate(b *box, office int) {
	s := w.shelf(office, b)
	var ours []Place
	for _, seq := range Locator(b.root, uint64(len(b.log))) {
		ours = append(ours, Place{seq, b.log.hash(seq)})
	}
	p, found, err := Known(ours, s.branches, s.at)
	if err != nil {
		w.t.Fatal(err)
	}
	b.after[office] = b.root
	if found {
		b.after[office] = p.Seq
	}
}

func (w *world) shelf(office int, b *box) *shelf {
	if w.offices[office][b.id] == nil {
		w.offices[office][b.id] = &shelf{}
	}
	return w.offices[office][b.id]
}

// true wants an office to hold of a box nothing but what the box wrote, in chains that prove themselves.
func (w *world) true(office int, b *box) {
	s := w.shelf(office, b)
	for n, branch := range s.branches {
		prev := branch.Base
		if branch.Parent >= 0 {
			base, known, err := lookUp(s.branches, branch.Parent, branch.From, s.at)
			if err != nil || !known || base != branch.Base {
				w.t.Fatalf("branch %d hangs off place %d of branch %d, which has another hash",
					n, branch.From, branch.Parent)
			}
		}
		for i, p := range s.own[n] {
			seq := branch.From + 1 + uint64(i)
			event, wrote := b.ever[seq][p.Hash]
			if !wrote || p.Event != nil && event != string(p.Event) {
				w.t.Fatalf("office %d holds at place %d what the box never wrote: %q", office, seq, p.Event)
			}
			if p.Event != nil && p.Hash != link(seq, prev, p.Event) {
				w.t.Fatalf("branch %d breaks at place %d", n, seq)
			}
			prev = p.Hash
		}
		if branch.Hash != prev || branch.Head != branch.From+uint64(len(s.own[n])) {
			w.t.Fatalf("branch %d says that it ends at %d", n, branch.Head)
		}
		for m := range n { // two branches never hold one place twice
			if len(s.own[n]) > 0 {
				if h, known, err := lookUp(s.branches, m, branch.From+1, s.at); err == nil && known &&
					h == s.own[n][0].Hash {
					w.t.Fatalf("place %d is in branches %d and %d", branch.From+1, m, n)
				}
			}
		}
	}
}

// settle lets a box tell an office all it has, as it does when nothing is in the way.
func (w *world) settle(b *box, office int) {
	w.sent = nil
	w.locate(b, office)
	for range 10_000 {
		if b.post(w, office, b.after[office]); len(w.sent) == 0 {
			return
		}
		was := b.after[office]
		w.arrive(w.sent[0], true)
		w.sent = nil
		if b.after[office] <= was {
			w.t.Fatalf("box %s stays at place %d of %d", b.id, was, len(b.log))
		}
	}
	w.t.Fatalf("box %s does not come to an end", b.id)
}

// TestModel walks random histories: two boxes write, are put back to older copies, prune, send to two offices; what
// they send is dropped, doubled, late, out of order, and answers get lost. At the end each office holds each box's
// chain as it is, to the byte, and nothing in any branch that the box did not write.
func TestModel(t *testing.T) {
	kinds := map[Kind]int{}
	for seed := range uint64(*modelSeeds) {
		seed += *modelFrom
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{t: t, r: rand.New(rand.NewPCG(seed, 25)), offices: [2]map[string]*shelf{{}, {}}}
			for n := range byte(2) {
				key := keyOf(n + 1)
				w.boxes = append(
					w.boxes,
					&box{key: key, id: TerminalID(public(key)), ever: map[uint64]map[chain.Hash]string{}},
				)
			}
			for range 200 {
				w.step()
			}
			if w.r.IntN(4) == 0 { // an office whose database is gone
				w.offices[w.r.IntN(2)] = map[string]*shelf{}
			}
			for _, b := range w.boxes {
				for office := range 2 {
					w.settle(b, office)
					w.true(office, b)
					w.whole(office, b)
					kinds[Fork] += max(0, len(w.shelf(office, b).branches)-1)
				}
			}
		})
	}
	if *modelSeeds >= 100 && kinds[Fork] < 50 {
		t.Errorf("only %d forks in %d histories: the model no longer tests them", kinds[Fork], *modelSeeds)
	}
}

// whole wants an office to know every place of a box's log, with the event wherever the box had it at any sending.
func (w *world) whole(office int, b *box) {
	s := w.shelf(office, b)
	last := uint64(len(b.log))
	for seq := b.root + 1; seq <= last; seq++ {
		found := false
		for n := range s.branches {
			h, known, err := lookUp(s.branches, n, seq, s.at)
			if err != nil {
				w.t.Fatal(err)
			}
			found = found || known && h == b.log.hash(seq)
		}
		if !found {
			w.t.Fatalf("office %d lacks place %d of %d", office, seq, last)
		}
	}
}
