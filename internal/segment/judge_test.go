package segment

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"galla/state/chain"
)

// shelf is what an office holds of one terminal, as simple as can be: the judge is told of it and never asked.
type shelf struct {
	branches []Branch
	own      []log // places From+1 … Head of each branch
}

func (s *shelf) at(n int, seq uint64) (chain.Hash, bool, error) {
	b := s.branches[n]
	if seq <= b.From || seq >= b.Head {
		return chain.Hash{}, false, fmt.Errorf("place %d is none of branch %d's own, %d to %d",
			seq, n, b.From+1, b.Head-1)
	}
	return s.own[n][seq-b.From-1].Hash, true, nil
}

// begin makes a branch.
func (s *shelf) begin(parent int, from uint64, base chain.Hash) {
	s.branches = append(
		s.branches,
		Branch{N: len(s.branches), Parent: parent, From: from, Base: base, Head: from, Hash: base},
	)
	s.own = append(s.own, nil)
}

func (s *shelf) add(n int, places log) {
	s.own[n] = append(s.own[n], places...)
	b := &s.branches[n]
	b.Head += uint64(len(places))
	b.Hash = places[len(places)-1].Hash
}

// take does what a verdict says.
func (s *shelf) take(v Verdict) {
	switch v.Kind {
	case Append, Fork, Hole:
		if v.Branch == len(s.branches) {
			s.begin(v.Parent, v.From, v.Base)
		}
		s.add(v.Branch, v.Places)
	}
}

// TestJudge has a row for each line of the table in fleet.md §3, and for what lies between them. The office holds
// places 1 to 100 of the chain "a", and 41 to 60 of "b", which parted from it behind 40.
func TestJudge(t *testing.T) {
	a := log{}.add(150, "a")
	b := a[:40].add(60, "b")
	c := a[:20].add(50, "c")
	d := b[:50].add(30, "d")
	other := log{}.add(200, "other")
	s := &shelf{}
	s.begin(-1, 0, chain.Hash{})
	s.add(0, a[:100])
	s.begin(0, 40, a.hash(40))
	s.add(1, b[40:60])

	rooted := func(l log, after, last uint64) chain.Stretch {
		st := l.stretch(after, last)
		st.Root = true
		return st
	}
	for _, r := range []struct {
		name    string
		held    *shelf
		stretch chain.Stretch
		want    Kind
		branch  int
		parent  int
		from    uint64
		events  int
	}{
		{"its prev is a branch's head", s, a.stretch(100, 120), Append, 0, -1, 100, 20},
		{"its prev is another branch's head", s, b.stretch(60, 61), Append, 1, 0, 60, 1},
		{"it overlaps a head", s, a.stretch(90, 120), Append, 0, -1, 100, 20},
		{"it overlaps a young branch and its parent", s, b.stretch(10, 70), Append, 1, 0, 60, 10},
		{"its hash is ours at last", s, a.stretch(50, 80), Duplicate, 0, -1, 80, 0},
		{"its hash is a head", s, a.stretch(99, 100), Duplicate, 0, -1, 100, 0},
		{"its hash is ours, from where a branch has its parent's places", s, b.stretch(0, 60), Duplicate, 1, 0, 60, 0},
		{"its hash is ours, its prev is not looked at", s, rooted(a, 50, 80), Duplicate, 0, -1, 80, 0},
		{"it parts behind its prev", s, c.stretch(20, 30), Fork, 2, 0, 20, 10},
		{"it parts inside", s, c.stretch(10, 70), Fork, 2, 0, 20, 50},
		{"it parts from the younger branch", s, d.stretch(45, 80), Fork, 2, 1, 50, 30},
		{"it parts from the younger branch, and shares less with the older", s, d.stretch(30, 80), Fork, 2, 1, 50, 30},
		{"it parts before the first event", s, other.stretch(0, 5), Fork, 2, 0, 0, 5},
		{"it begins behind all heads", s, a.stretch(101, 120), Gap, 0, 0, 0, 0},
		{"its prev is not ours", s, other.stretch(50, 60), Gap, 0, 0, 0, 0},
		{"its prev is not ours, nor its end beyond a head", s, other.stretch(50, 160), Gap, 0, 0, 0, 0},
		{"a box that pruned begins behind all heads", s, rooted(a, 101, 120), Hole, 2, -1, 101, 19},
		{"a box that pruned goes on from another chain", s, rooted(other, 50, 60), Hole, 2, -1, 50, 10},
		{"a box that pruned joins a head", s, rooted(a, 100, 120), Append, 0, -1, 100, 20},
		{"the first segment of a terminal", &shelf{}, a.stretch(0, 10), Append, 0, -1, 0, 10},
		{"the first that comes is not the first", &shelf{}, a.stretch(10, 20), Gap, 0, 0, 0, 0},
		{"the first of a box that pruned", &shelf{}, rooted(a, 10, 20), Hole, 0, -1, 10, 10},
	} {
		t.Run(r.name, func(t *testing.T) {
			v, err := Judge(segmentOf(t, keyOf(1), r.stretch), public(keyOf(1)), r.held.branches, r.held.at)
			if err != nil {
				t.Fatal(err)
			}
			if v.Kind != r.want {
				t.Fatalf("%s, want %s", v.Kind, r.want)
			}
			if v.Kind == Gap {
				return
			}
			if v.Branch != r.branch || v.Parent != r.parent || v.From != r.from || len(v.Places) != r.events {
				t.Errorf("branch %d of %d, %d events behind %d; want branch %d of %d, %d events behind %d",
					v.Branch, v.Parent, len(v.Places), v.From, r.branch, r.parent, r.events, r.from)
			}
			if v.From > r.stretch.After && v.Base != r.stretch.Places[v.From-r.stretch.After-1].Hash {
				t.Errorf("the hash behind which they come is %x", v.Base[:4])
			}
			equal(t, v.Places, r.stretch.Places[v.From-r.stretch.After:])
		})
	}
}

// TestJudgeRefuses: a row for each way in which a segment proves nothing. Branches are not looked at.
func TestJudgeRefuses(t *testing.T) {
	l := log{}.add(10, "a")
	for name, c := range map[string]struct {
		change func(*Segment)
		key    ed25519.PrivateKey
	}{
		"it does not prove itself":    {func(g *Segment) { g.Hash[0]++ }, keyOf(1)},
		"its signature is wrong":      {func(g *Segment) { g.Signature[9]++ }, keyOf(1)},
		"it is of another terminal":   {func(*Segment) {}, keyOf(2)},
		"it says another terminal":    {func(g *Segment) { g.Terminal = TerminalID(public(keyOf(2))) }, keyOf(2)},
		"it says another place":       {func(g *Segment) { g.After, g.Last = 1, 11 }, keyOf(1)},
		"it says that it is the root": {func(g *Segment) { g.Root = true }, keyOf(1)},
	} {
		g := segmentOf(t, keyOf(1), l.stretch(0, 10))
		c.change(g)
		v, err := Judge(g, public(c.key), nil, nil)
		if err != nil || v.Kind != Refused || !errors.Is(v.Reason, ErrRefused) {
			t.Errorf("%s: %s, %v %v", name, v.Kind, v.Reason, err)
		}
	}
	liar := segmentOf(t, keyOf(2), l.stretch(0, 10)) // another terminal signs it, and signs that it is the first's
	liar.Terminal = TerminalID(public(keyOf(1)))
	_, sum, err := liar.Prove()
	copy(liar.Signature[:], ed25519.Sign(keyOf(2), liar.signed(sum)))
	for _, n := range []byte{1, 2} {
		if v, _ := Judge(liar, public(keyOf(n)), nil, nil); err != nil || v.Kind != Refused {
			t.Errorf("signed in another's name, and held against key %d: %s %v", n, v.Kind, err)
		}
	}
	if v, _ := Judge(segmentOf(t, keyOf(1), l.stretch(0, 10)), nil, nil, nil); v.Kind != Refused {
		t.Errorf("without a key: %s", v.Kind)
	}
}

// TestJudgeFails: where what is held can't be read, there is no verdict.
func TestJudgeFails(t *testing.T) {
	l := log{}.add(10, "a")
	broken := errors.New("no database")
	at := func(int, uint64) (chain.Hash, bool, error) { return chain.Hash{}, false, broken }
	branches := []Branch{{Parent: -1, Head: 20, Hash: chain.Hash{1}}}
	v, err := Judge(segmentOf(t, keyOf(1), l.stretch(5, 10)), public(keyOf(1)), branches, at)
	if !errors.Is(err, broken) {
		t.Errorf("%s, %v", v.Kind, err)
	}
	if _, _, err := Known([]Place{{Seq: 5}}, branches, at); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestJudgeLost: hashes that a salvage lost are never taken for the same, and the office keeps what it has.
func TestJudgeLost(t *testing.T) {
	whole := log{}.add(30, "a")
	torn := append(log{}, whole...)
	torn[9], torn[10].Event = chain.Place{}, nil // place 10 is lost, and 11 can't be proved without it
	s := &shelf{}
	s.begin(-1, 0, chain.Hash{})
	s.add(0, whole[:10]) // the office's head is the place that the box lost
	v, err := Judge(segmentOf(t, keyOf(1), torn.stretch(5, 20)), public(keyOf(1)), s.branches, s.at)
	if err != nil || v.Kind != Fork || v.From != 9 || len(v.Places) != 11 {
		t.Fatalf("%s behind %d, %d places: %v", v.Kind, v.From, len(v.Places), err)
	}
	s.add(0, whole[10:15]) // behind it, the chains are one again
	v, err = Judge(segmentOf(t, keyOf(1), torn.stretch(5, 20)), public(keyOf(1)), s.branches, s.at)
	if err != nil || v.Kind != Append || v.From != 15 {
		t.Errorf("%s behind %d: %v", v.Kind, v.From, err)
	}

	s = &shelf{} // both lost place 10: it says nothing of whether the chains are one
	s.begin(-1, 0, chain.Hash{})
	s.add(0, torn[:20])
	other := log{}.add(30, "other")
	other[9], other[10].Event = chain.Place{}, nil
	v, err = Judge(segmentOf(t, keyOf(1), other.stretch(10, 15)), public(keyOf(1)), s.branches, s.at)
	if err != nil || v.Kind != Gap {
		t.Errorf("%s behind %d: %v", v.Kind, v.From, err)
	}
	if p, found, err := Known([]Place{{Seq: 10}}, s.branches, s.at); found || err != nil {
		t.Errorf("place %d is known: %v", p.Seq, err)
	}
}

// FuzzJudge draws what an office holds and what comes: two chains that part somewhere, held up to somewhere. Whatever
// is drawn, the verdict is the only one that the chains allow, and what it lets in continues what is held.
func FuzzJudge(f *testing.F) {
	f.Add(uint8(20), uint8(30), uint8(30), uint8(25), uint8(10), false)
	f.Add(uint8(0), uint8(1), uint8(1), uint8(0), uint8(1), true)
	f.Add(uint8(40), uint8(10), uint8(50), uint8(50), uint8(9), false)
	f.Fuzz(func(t *testing.T, common, mine, theirs, after, count uint8, root bool) {
		shared := log{}.add(int(common), "shared")
		held := shared.add(int(mine), "held")
		sent := shared.add(int(theirs), "sent")
		if int(after) >= len(sent) || count == 0 {
			return
		}
		last := min(uint64(after)+uint64(count), uint64(len(sent)))
		s := &shelf{}
		if len(held) > 0 {
			s.begin(-1, 0, chain.Hash{})
			s.add(0, held)
		}
		stretch := sent.stretch(uint64(after), last)
		stretch.Root = root
		v, err := Judge(segmentOf(t, keyOf(1), stretch), public(keyOf(1)), s.branches, s.at)
		if err != nil {
			t.Fatal(err)
		}

		want := Gap
		switch parts := uint64(common); {
		case len(held) == 0 && after == 0:
			want = Append
		case len(held) == 0 && root:
			want = Hole
		case len(held) == 0:
		case last <= parts:
			want = Duplicate
		case uint64(after) <= parts && uint64(len(held)) == parts:
			want = Append
		case uint64(after) <= parts:
			want = Fork
		case root:
			want = Hole
		}
		if v.Kind != want {
			t.Fatalf("%s, want %s", v.Kind, want)
		}
		if want == Gap || want == Duplicate {
			return
		}
		s.take(v)
		if b := s.branches[v.Branch]; b.Head != last || b.Hash != sent.hash(last) {
			t.Fatalf("branch %d ends at %d", v.Branch, b.Head)
		}
		if want == Fork && v.From != uint64(common) {
			t.Fatalf("it parted behind %d, and the fork is said to be behind %d", common, v.From)
		}
	})
}
