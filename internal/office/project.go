package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"galla/internal/day"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
)

// projection makes the rows of a branch follow its events.
type projection struct {
	*past
	branch segment.Branch
	now    time.Time        // zero: nothing found is new
	sales  map[string]*Sale // that this segment touches
}

func newProjection(p *past, branch int, now time.Time) *projection {
	return &projection{p, p.t.Branches[branch], now, map[string]*Sale{}}
}

// Rebuild makes a terminal's rows again from its segments, in one transaction: after an update of the office, whose
// newer rules may follow what older ones did not. What was found stays found, and nothing is found twice.
func (o *Office) Rebuild(ctx context.Context, terminal string) error {
	return o.store.Update(ctx, []string{terminal}, func(tx Tx) error {
		t, found, err := tx.Terminal(terminal)
		if err == nil && !found {
			err = fmt.Errorf("terminal %.40q: %w", terminal, ErrUnknown)
		}
		if err == nil {
			err = tx.Forget(terminal)
		}
		for _, b := range t.Branches {
			for at := b.From; at < b.Head && err == nil; {
				var places []chain.Place
				if places, err = newPast(tx, &t).behind(b.N, at); err == nil {
					err = newProjection(newPast(tx, &t), b.N, time.Time{}).replay(at, places)
					at += uint64(len(places))
				}
			}
		}
		return err
	})
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
			err = j.find("event", seq, "event %d can't be read: %v", seq, err)
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
		s := j.sales[id]
		if err := j.tx.PutSale(j.t.ID, j.branch.N, *s); err != nil {
			return err
		}
		for _, p := range s.Payments {
			if err := j.payment(s, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *projection) find(kind string, seq uint64, format string, args ...any) error {
	if j.now.IsZero() {
		return nil
	}
	return j.tx.AddFinding(Finding{kind, j.t.ID, j.branch.N, seq, fmt.Sprintf(format, args...), j.now})
}

// sale applies an event to its sale.
func (j *projection) sale(e state.Event) error {
	s := j.sales[e.SaleID]
	if s == nil {
		is, err := j.saleBefore(e)
		if err != nil {
			return err
		}
		s = &is
		j.sales[e.SaleID] = s
	}
	if s.Trouble != "" {
		return nil
	}
	next, _, err := state.Apply(s.Sale, e)
	if errors.Is(err, state.ErrReplay) {
		return nil
	}
	if err != nil {
		s.Trouble = TroubleRefused
		switch {
		case !known[e.Kind]:
			s.Trouble = TroubleNewer
		case s.Seq == 0:
			s.Trouble = TroubleHole
		}
		s.ID = e.SaleID
		return j.find(
			"sale",
			e.Seq,
			"sale %s can't be followed from event %d on (%s): %v",
			e.SaleID,
			e.Seq,
			s.Trouble,
			err,
		)
	}
	s.Sale = next
	return nil
}

// saleBefore is a sale as the branch has it, or as it was where the branch parted from another.
func (j *projection) saleBefore(e state.Event) (s Sale, err error) {
	id := e.SaleID
	s, found, err := j.tx.Sale(j.t.ID, j.branch.N, id)
	if err != nil || found || e.Kind == state.EventOpened { // the parents' one was opened after the branch began
		return s, err
	}
	branch, upTo, found, asIs, err := j.before(j.branch, func(n int) (uint64, bool, error) {
		is, found, err := j.tx.Sale(j.t.ID, n, id)
		s = is
		return is.Seq, found, err
	})
	switch {
	case err != nil || !found:
		return Sale{}, err
	case asIs:
		return s, nil
	}
	s = Sale{}
	events, err := j.events(branch, upTo, id)
	for _, e := range events {
		if next, _, err := state.Apply(s.Sale, e); err == nil {
			s.Sale = next
		}
	}
	return s, err
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
		return j.find("event", e.Seq, "operation %s can't be followed at event %d: %v", id, e.Seq, err)
	}
	return j.tx.PutOperation(j.t.ID, j.branch.N, next)
}

// payment writes a payment of a sale, and what it changes of its day's sum.
func (j *projection) payment(s *Sale, p state.Payment) error {
	if !p.Received() || s.Demo {
		return nil
	}
	row := Payment{
		Gateway:    p.Gateway,
		ID:         p.ID,
		Terminal:   j.t.ID,
		Branch:     j.branch.N,
		Sale:       s.ID,
		Day:        s.Day,
		RRN:        p.RRN,
		CapturedAt: p.CapturedAt.UTC().Truncate(time.Microsecond),
		Late:       p.Late,
		Sum: Sum{
			Payments: 1,
			Received: p.Amount,
			Kept:     s.PriceOf(p.ID) + s.AcceptedOf(p.ID),
			Surplus:  s.SurplusOf(p.ID),
		},
	}

	if len(row.Gateway) > MaxKey || len(row.ID) > MaxKey {
		return j.find("payment", s.Seq, "payment %.100q… of %.100q is not counted: its id or its gateway's name has "+
			"more than %d bytes", row.ID, row.Gateway, MaxKey)
	}
	row.Gone = row.Received - row.Kept - row.Surplus
	was, found, err := j.tx.Payment(row.Gateway, row.ID)
	switch {
	case err != nil || found && was == row:
		return err
	case found && (was.Terminal != row.Terminal || was.Sale != row.Sale):
		return j.find("payment", s.Seq, "payment %s of %s is claimed by sale %s too, and is sale %s's of terminal %s: "+
			"two boxes may have one sales file", row.ID, row.Gateway, row.Sale, was.Sale, was.Terminal)
	case found && was.Branch > row.Branch:
		return nil // what a younger branch says of it is newer
	}

	if err := j.tx.PutPayment(row); err != nil {
		return err
	}
	if found {
		if err := j.addToDay(was.Day, hour(was), Sum{}.minus(was.Sum)); err != nil {
			return err
		}
	}
	return j.addToDay(row.Day, hour(row), row.Sum)
}

// hour is where a payment stands in the hours of its day.
func hour(p Payment) int {
	start, err := day.Start(p.Day, 0)
	if err != nil { // a box's day that is none: the sum is right all the same
		return 0
	}
	return int(min(max(0, p.CapturedAt.Sub(start)/time.Hour), 23))
}

func (j *projection) addToDay(day string, hour int, change Sum) error {
	d, _, err := j.tx.Day(j.t.ID, day)
	if err != nil {
		return err
	}
	d.Terminal, d.Day, d.Sum = j.t.ID, day, d.Sum.plus(change)
	d.Hours[hour] += change.Received
	return j.tx.PutDay(d)
}

// known are the kinds of events of sales that this office was built with.
var known = func() map[state.Kind]bool {
	m := map[state.Kind]bool{}
	for _, k := range []state.Kind{
		state.EventOpened,
		state.EventAttemptAsked,
		state.EventAttemptQuoted,
		state.EventAttemptFailed,
		state.EventAttemptLost,
		state.EventShown,
		state.EventReading,
		state.EventUnseen,
		state.EventCloseAsked,
		state.EventAttemptClosed,
		state.EventPatienceOver,
		state.EventWatched,
		state.EventRefundAsked,
		state.EventRefundSeen,
		state.EventPrintAsked,
		state.EventPrintBegun,
		state.EventPrintDone,
		state.EventResolved,
		state.EventEffectSetAside,
		state.EventRules,
	} {
		m[k] = true
	}
	return m
}()
