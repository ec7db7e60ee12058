package office

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"galla/internal/segment"
)

const (
	MaxBatch    = 1000 // submissions that one transaction takes
	MaxBranches = 256  // of a terminal: a box that parts more often is broken, or somebody's hand
	MaxSeq      = uint64(math.MaxInt64)
	MaxKey      = 500 // bytes of an id, a day or a gateway's name that a store has to look up
)

// ErrUnknown says that a terminal is none of this office's.
var ErrUnknown = errors.New("this office does not know the terminal, or it has left: join again")

// Submission is a segment as it came, and the terminal whose signature the request bore.
type Submission struct {
	Terminal string
	Raw      []byte
}

// Office takes segments into a store.
type Office struct {
	store Store
	wall  func() time.Time
	rules rules
}

// New makes an office. wall nil means time.Now.
func New(store Store, wall func() time.Time) *Office {
	if wall == nil {
		wall = time.Now
	}
	return &Office{store, wall, builtIn}
}

// Take takes submissions in their order, in one transaction, and answers each. With an error nothing is answered: all
// of it may be there or nothing, and the boxes ask for the heads.
func (o *Office) Take(ctx context.Context, submissions []Submission) (answers []segment.Taken, err error) {
	if len(submissions) > MaxBatch {
		return nil, fmt.Errorf("%d submissions at once: want at most %d", len(submissions), MaxBatch)
	}
	ids := map[string]bool{}
	for _, l := range submissions {
		ids[l.Terminal] = true
	}
	now := o.wall()
	// If we die in it, nothing is there and the boxes send again; behind its commit, that is a duplicate.
	err = o.store.Update(ctx, slices.Sorted(maps.Keys(ids)), func(tx Tx) error {
		answers = answers[:0]
		if err := ahead(tx, submissions); err != nil {
			return err
		}
		for _, l := range submissions {
			answer, err := o.takeOne(tx, l, now)
			if err != nil {
				return fmt.Errorf("a segment of terminal %s: %w", l.Terminal, err)
			}
			answers = append(answers, answer)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// takeOne judges one submission and writes what follows.
func (o *Office) takeOne(tx Tx, l Submission, now time.Time) (segment.Taken, error) {
	t, found, err := tx.Terminal(l.Terminal)
	if err != nil {
		return segment.Taken{}, err
	}
	g, reason := segment.Parse(l.Raw)
	if reason == nil && g.Terminal != l.Terminal {
		reason = fmt.Errorf("%w: terminal %s sends one of terminal %s", errStranger, l.Terminal, g.Terminal)
	}
	if reason == nil && g.Last > MaxSeq {
		reason = fmt.Errorf("%w: it ends at place %d: no chain is longer than %d", segment.ErrRefused, g.Last, MaxSeq)
	}
	if !found || !t.LeftAt.IsZero() {
		reason = ErrUnknown
	}
	v := segment.Verdict{Kind: segment.Refused, Reason: reason}
	p := newPast(tx, &t)
	if reason == nil {
		if v, err = segment.Judge(&g, t.Key, t.Branches, p.hash); err != nil {
			return segment.Taken{}, err
		}
	}
	if v.Branch == MaxBranches {
		v = segment.Verdict{Kind: segment.Refused, Reason: errBranches}
	}

	note := Finding{Terminal: l.Terminal, Branch: v.Branch, Seq: v.From, At: now}
	switch v.Kind {
	case segment.Refused:
		note.Kind, note.Values = refusal(v.Reason, g.Terminal)
		return segment.Taken{Verdict: v.Kind, Reason: v.Reason.Error()}, tx.AddFinding(note)
	case segment.Gap, segment.Duplicate:
		return segment.Taken{Verdict: v.Kind, Heads: heads(t.Branches)}, nil
	case segment.Fork:
		note.Kind = FindingFork
		note.Values = Values{
			"parent":    text(v.Parent),
			"place":     text(v.From),
			"forgotten": text(t.Branches[v.Parent].Head - v.From),
		}
	case segment.Hole:
		note.Kind, note.Values = FindingHole, Values{"place": text(v.From + 1)}
	}
	if note.Kind != "" {
		if err := tx.AddFinding(note); err != nil {
			return segment.Taken{}, err
		}
	}

	if v.Branch == len(t.Branches) {
		t.Branches = append(t.Branches, segment.Branch{N: v.Branch, Parent: v.Parent, From: v.From, Base: v.Base})
	}
	b := &t.Branches[v.Branch]
	b.Head, b.Hash = g.Last, g.Hash
	if err := tx.PutBranch(t.ID, *b); err != nil {
		return segment.Taken{}, err
	}
	if err := tx.PutSegment(v.Branch, v.From, &g, now); err != nil {
		return segment.Taken{}, err
	}
	j, err := o.newProjection(p, v.Branch, now)
	if err == nil {
		err = j.replay(v.From, v.Places)
	}
	if err != nil {
		return segment.Taken{}, err
	}

	return segment.Taken{Verdict: v.Kind, Heads: heads(t.Branches)}, nil
}

var (
	errStranger = fmt.Errorf("%w: it is another terminal's", segment.ErrRefused)
	errBranches = fmt.Errorf("%w: this terminal has %d histories already: look at the box, and let it join anew",
		segment.ErrRefused, MaxBranches)
)

// refusal is the finding that a refused segment is.
func refusal(reason error, of string) (kind string, values Values) {
	switch {
	case errors.Is(reason, ErrUnknown):
		return FindingUnknown, nil
	case errors.Is(reason, errStranger):
		return FindingStranger, Values{"other_terminal": of}
	case errors.Is(reason, errBranches):
		return FindingBranches, Values{"branches": text(MaxBranches)}
	}
	return FindingRefused, Values{"reason": reason.Error()}
}

// heads are where branches end, the newest branch first.
func heads(branches []segment.Branch) (heads []segment.Place) {
	for _, b := range slices.Backward(branches) {
		if len(heads) < segment.MaxHeads {
			heads = append(heads, segment.Place{Seq: b.Head, Hash: b.Hash})
		}
	}
	return heads
}

// Heads says where a terminal's branches end, and which Z reports of it are lacking.
func (o *Office) Heads(ctx context.Context, terminal string) (h segment.Heads, err error) {
	err = o.look(ctx, terminal, func(p *past) error {
		h.Heads = heads(p.t.Branches)
		h.Wants, err = p.tx.Wanted(terminal, segment.MaxWants)
		return err
	})
	return h, err
}

// Known says which of a box's places is the newest that is here too.
func (o *Office) Known(ctx context.Context, terminal string, m segment.Places) (l segment.Located, err error) {
	err = o.look(ctx, terminal, func(p *past) error {
		place, found, err := segment.Known(m.Places, p.t.Branches, p.hash)
		if found {
			l.Place = &place
		}
		return err
	})
	return l, err
}

// look reads what is held of a terminal that has not left.
func (o *Office) look(ctx context.Context, terminal string, do func(*past) error) error {
	return o.store.View(ctx, func(tx Tx) error {
		t, found, err := tx.Terminal(terminal)
		switch {
		case err != nil:
			return err
		case !found || !t.LeftAt.IsZero():
			return fmt.Errorf("terminal %.40q: %w", terminal, ErrUnknown)
		}
		return do(newPast(tx, &t))
	})
}
