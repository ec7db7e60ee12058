package office

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
)

// projection makes the rows of a branch follow its events.
type projection struct {
	*past
	branch segment.Branch

	replaced []string // terminals whose place this one took, the youngest first

	rules rules
	now   time.Time
	again *again              // of a rebuild; nil: what is found is new
	sales map[string]*touched // that this segment touches
	days  map[string]*Day     // what changes of them
}

// touched is a sale that changes, and as the branch had it.
type touched struct {
	Sale
	was   Sale
	there bool // the branch had it
}

func (o *Office) newProjection(p *past, branch int, now time.Time) (*projection, error) {
	replaced, err := replacedBy(p.tx, p.t)
	return &projection{
		past:     p,
		branch:   p.t.Branches[branch],
		replaced: replaced,
		rules:    o.rules,
		now:      now,
		sales:    map[string]*touched{},
		days:     map[string]*Day{},
	}, err
}

// replay applies the events behind a place, and writes the rows that changed.
func (j *projection) replay(from uint64, places []chain.Place) error {
	for i, place := range places {
		seq := from + 1 + uint64(i)
		if place.Event == nil {
			continue
		}
		var e state.Event
		err := json.Unmarshal(place.Event, &e)
		if err == nil && (e.Seq != seq || e.Subject() == "") {
			err = fmt.Errorf("it says that it is event %d of %.100q", e.Seq, e.Subject())
		}
		if opened := e.Opened; err == nil && (len(e.Subject()) > MaxKey || opened != nil && len(opened.Day) > MaxKey) {
			err = fmt.Errorf("its id or day has more than %d bytes", MaxKey)
		}
		switch {
		case err != nil:
			err = j.find(FindingUnread, seq, Values{"reason": err.Error()})
		case e.SaleID == "":
			err = j.operation(e)
		default:
			err = j.sale(e)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(j.sales)) {
		if err := j.write(j.sales[id]); err != nil {
			return err
		}
	}
	for _, d := range slices.Sorted(maps.Keys(j.days)) {
		if err := j.addToDay(j.days[d]); err != nil {
			return err
		}
	}
	return nil
}

// write writes a sale, and what follows from it.
func (j *projection) write(s *touched) error {
	if err := j.count(s); err != nil {
		return err
	}
	if err := j.tx.PutSale(j.t.ID, j.branch.N, s.Sale); err != nil || s.Demo {
		return err
	}
	for _, p := range s.Payments {
		if err := j.payment(s, p); err != nil {
			return err
		}
	}
	return j.refunds(s)
}

func (j *projection) find(kind string, seq uint64, values Values) error {
	f := Finding{kind, j.t.ID, j.branch.N, seq, values, j.now}
	if j.again != nil {
		j.again.found(f)
		return nil
	}
	return j.tx.AddFinding(f)
}

// sale applies an event to its sale.
func (j *projection) sale(e state.Event) error {
	s := j.sales[e.SaleID]
	if s == nil {
		is, there, err := j.saleBefore(e)
		if err != nil {
			return err
		}
		s = &touched{is, is, there}
		j.sales[e.SaleID] = s
	}
	if s.Trouble != "" {
		return nil
	}
	next, err := j.rules.apply(s.Sale.Sale, e)
	switch {
	case errors.Is(err, state.ErrReplay):
		return nil
	case err == nil:
		s.Sale.Sale = next
		return nil
	}

	id, first := e.SaleID, s.Seq == 0
	s.ID = id
	switch {
	case !j.rules.knows[e.Kind]:
		s.Trouble = TroubleNewer
		return j.find(FindingNewer, e.Seq, Values{"sale": id, "event": string(e.Kind)})
	case first:
		s.Trouble = TroubleHole
		return j.find(FindingHoled, e.Seq, Values{"sale": id, "event": string(e.Kind)})
	}
	s.Trouble = TroubleRefused
	return j.find(FindingSale, e.Seq, Values{"sale": id, "event": string(e.Kind), "reason": err.Error()})
}

// saleBefore is a sale as the branch has it (there), or as it was where the branch parted from another.
func (j *projection) saleBefore(e state.Event) (s Sale, there bool, err error) {
	id := e.SaleID
	s, there, err = j.tx.Sale(j.t.ID, j.branch.N, id)
	if err != nil || there || e.Begins() { // the parents' one was opened after the branch began
		return s, there, err
	}
	branch, upTo, found, asIs, err := j.before(j.branch, func(n int) (uint64, bool, error) {
		is, found, err := j.tx.Sale(j.t.ID, n, id)
		s = is
		return is.Seq, found, err
	})
	switch {
	case err != nil || !found:
		return Sale{}, false, err
	case asIs:
		return s, false, nil
	}
	s = Sale{}
	events, err := j.events(branch, upTo, id)
	for _, e := range events {
		if next, err := j.rules.apply(s.Sale, e); err == nil {
			s.Sale = next
		}
	}
	return s, false, err
}

// operation applies an event to its operation. What can't be applied is a finding: an operation is no money.
func (j *projection) operation(e state.Event) error {
	id := e.Subject()
	o, found, err := j.tx.Operation(j.t.ID, j.branch.N, id)
	if err == nil && !found && e.Kind != state.EventOperationAsked {
		var branch int
		var upTo uint64
		var asIs bool
		branch, upTo, found, asIs, err = j.before(j.branch, func(n int) (uint64, bool, error) {
			is, found, err := j.tx.Operation(j.t.ID, n, id)
			o = is
			return is.Seq, found, err
		})
		if err == nil && !(found && asIs) {
			o = state.Operation{}
		}
		if err == nil && found && !asIs {
			var events []state.Event
			events, err = j.events(branch, upTo, id)
			for _, e := range events {
				if next, err := state.ApplyOperation(o, e); err == nil {
					o = next
				}
			}
		}
	}
	if err != nil {
		return err
	}
	next, err := state.ApplyOperation(o, e)
	switch {
	case errors.Is(err, state.ErrReplay):
		return nil
	case err != nil:
		return j.find(FindingOperation, e.Seq, Values{"operation": id, "event": string(e.Kind), "reason": err.Error()})
	}
	if err := j.tx.PutOperation(j.t.ID, j.branch.N, next); err != nil {
		return err
	}
	return j.closing(next)
}
