package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"galla/internal/money"
	"galla/internal/office"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
)

// Chain is a box's chain: a sales file, or what was exported of one. Stretch reads the places behind one, at most max
// bytes of events and one event more, from the nearest place on that is there.
type Chain interface {
	Stretch(after uint64, max int) (chain.Stretch, error)
}

// Box is a chain that the office should have.
type Box struct {
	Name     string // of its file, for the report
	Terminal string // "": found by its chain
	Chain    Chain
	Old      bool   // a copy that its box went back behind: it may have forgotten what it never sent
	Sent     uint64 // of an old copy: the places up to here are at the office all the same
}

// Store is the office's database.
type Store interface {
	// Look runs do on one moment of it.
	Look(ctx context.Context, do func(View) error) error
}

// View reads rows. Each calls its function row by row.
type View interface {
	// Terminals are all, those that left too, in the order of their ids.
	Terminals() ([]office.Terminal, error)
	// Segments are those of a terminal, by branch and last place.
	Segments(terminal string, each func(Segment) error) error
	Sales(terminal string, each func(Sale) error) error
	Operations(terminal string, each func(Operation) error) error
	Payments(terminal string, each func(office.Payment) error) error
	Days(terminal string, each func(office.Day) error) error
	Refunds(terminal string, each func(office.Refund) error) error
	// Zs are a terminal's Z reports, each as its row says and as its events prove its bytes now.
	Zs(terminal string, each func(z, proved office.Z) error) error
	Refund(gateway, key string) (r office.Refund, found bool, err error)
	Payment(gateway, id string) (p office.Payment, found bool, err error)
	// Totals are of the whole database: what hangs off no terminal shows in them.
	Totals() (Totals, error)
}

// Segment is a stored one: it was taken for places From+1 to Last of a branch.
type Segment struct {
	Branch     int
	From, Last uint64
	Raw        []byte
}

// Sale is a row: what columns say, and the sale behind it.
type Sale struct {
	Branch int
	Seq    uint64
	ID     string
	Day    string
	Number int
	Amount money.Paise
	Phase  state.Phase
	Body   office.Sale
}

// Operation is a row.
type Operation struct {
	Branch int
	ID     string
	Body   state.Operation
}

// Totals count rows.
type Totals struct {
	Branches, Segments, Sales, Operations, Payments, Refunds, Days int
	Received, OfDays                                               money.Paise
}

// Options say what the boxes are.
type Options struct {
	Boxes []Box
	All   bool // they are all chains that there ever were: what no box has is wrong
}

// sendAtOnce is how many bytes of a box's events are read at once.
const sendAtOnce = 256 << 10

// Run checks. The error says that it could not be done; what is wrong is in the report.
func Run(ctx context.Context, store Store, o Options) (r Report, err error) {
	err = store.Look(ctx, func(v View) error {
		r = Report{}
		all, err := v.Terminals()
		if err != nil {
			return err
		}
		boxes, err := belong(v, all, o.Boxes, &r)
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := &checked{v: v, r: &r, t: t, boxes: boxes[t.ID], all: o.All, replaced: replaced(all, t)}
			if err := c.run(); err != nil {
				return fmt.Errorf("terminal %s: %w", t.ID, err)
			}
		}
		is, err := v.Totals()
		if err == nil && is != r.Totals {
			r.find(Wrong, "", 0, 0, "table", "", "the tables hold %+v, and the terminals' rows are %+v", is, r.Totals)
		}
		return err
	})
	return r, err
}

// belong finds whose the boxes' chains are.
func belong(v View, all []office.Terminal, boxes []Box, r *Report) (map[string][]Box, error) {
	its := map[string][]Box{}
	for _, b := range boxes {
		r.Boxes++
		if b.Terminal == "" {
			var err error
			if b.Terminal, err = whose(v, all, b); err != nil {
				return nil, fmt.Errorf("%s: %w", b.Name, err)
			}
		}
		known := slices.ContainsFunc(all, func(t office.Terminal) bool { return t.ID == b.Terminal })
		if !known {
			r.find(Missing, b.Terminal, 0, 0, "chain", b.Name, "the office has nothing of the chain in %s", b.Name)
			continue
		}
		its[b.Terminal] = append(its[b.Terminal], b)
	}
	return its, nil
}

// whose finds the terminal that sent a chain; "" for none. A box's first event has its box's id in no other chain.
func whose(v View, all []office.Terminal, b Box) (string, error) {
	root, err := b.Chain.Stretch(0, 1)
	if err != nil || len(root.Places) == 0 {
		return "", err
	}
	head, err := b.Chain.Stretch(math.MaxUint64, 0)
	if err != nil {
		return "", err
	}
	for _, t := range all {
		h := history{t: t}
		if err := h.read(v); err != nil {
			return "", err
		}
		for n := range h.own {
			found := false
			err := h.places(n, 0, math.MaxUint64, func(seq uint64, p chain.Place) error {
				found = found || seq == root.After+1 && p.Hash == root.Places[0].Hash ||
					seq == head.After && p.Hash == head.Before
				if found {
					return errEnough
				}
				return nil
			})
			if err != nil && !errors.Is(err, errEnough) && !errors.Is(err, segment.ErrRefused) { // refused: found below
				return "", err
			}
			if found {
				return t.ID, nil
			}
		}
	}
	return "", nil
}

// replaced are the terminals whose place one took, the youngest first.
func replaced(all []office.Terminal, t office.Terminal) (ids []string) {
	of := map[string]string{}
	for _, is := range all {
		of[is.ID] = is.Replaces
	}
	for id := t.Replaces; id != "" && id != t.ID && !slices.Contains(ids, id); id = of[id] {
		ids = append(ids, id)
	}
	return ids
}
