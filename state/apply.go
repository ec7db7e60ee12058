package state

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"galla/internal/money"
)

// ErrReplay says that the event was already applied: the sale is as it should be, and nothing is to be written.
var ErrReplay = errors.New("this event is already in the sale")

// RefusedError says that an event may not happen to a sale as it stands. Its text is for people.
type RefusedError struct {
	Kind  Kind
	Phase Phase
	Why   string // a sentence with the next step
}

func (e *RefusedError) Error() string { return e.Why }

func refuse(s *Sale, e Event, format string, args ...any) error {
	return &RefusedError{Kind: e.Kind, Phase: s.Phase, Why: fmt.Sprintf(format, args...)}
}

// Apply decides what an event makes of a sale: the sale after it, and the effects that became pending by it.
// It is pure: no clock, no I/O, no randomness, and s is not changed. A replayed event answers ErrReplay; an event that
// may not happen in the sale's phase, or a change of phase that is not in Transitions, is an error and changes nothing.
func Apply(s Sale, e Event) (Sale, []Effect, error) {
	if e.Seq != 0 && e.Seq <= s.Seq {
		return s, nil, ErrReplay // answered from the stored fact, before any logic
	}
	before := s.Phase
	if !slices.Contains(allowed[e.Kind], before) && !(s.Rules >= 2 && e.Kind == EventAttemptLost &&
		slices.Contains(asked, before)) {
		if replayed(&s, e) {
			return s, nil, ErrReplay
		}
		return s, nil, refuse(&s, e, "%s", notNow(&s, e))
	}
	if (e.Seq == 0 || e.At.IsZero()) && (s.Rules >= 2 || e.Rules >= 2 || e.Opened != nil && e.Opened.Rules >= 2) {
		return s, nil, refuse(&s, e, "%s of sale %q has no sequence number or no time: the journal names both", e.Kind,
			e.SaleID)
	}
	n := s.clone()
	if err := n.record(e); err != nil {
		return s, nil, err
	}
	n.Seq = max(n.Seq, e.Seq)
	n.UpdatedAt = e.At
	n.Elapsed = max(n.Elapsed, e.Elapsed)
	n.settle(e)
	if n.Phase != before && !slices.Contains((&Sale{Kind: n.Kind, Phase: before}).transitions(), n.Phase) {
		return s, nil, fmt.Errorf("sale %s: %s would take it from %q to %q, which is not a transition of a sale: "+
			"this is a bug", s.ID, e.Kind, before, n.Phase)
	}
	var fresh []Effect
	old := Pending(s)
	for _, f := range Pending(n) {
		if !slices.ContainsFunc(old, func(o Effect) bool { return o.Key == f.Key }) {
			fresh = append(fresh, f)
		}
	}
	return n, fresh, nil
}

// settle recomputes what follows from the facts. The two moments that later facts must not move, the moment of being
// paid and the moment of being closed, become facts themselves here.
func (s *Sale) settle(e Event) {
	if s.Rules < 2 && s.waiting() && s.covered1() {
		s.PaidAt = e.At
	}
	if s.waiting() && s.ended(e) {
		if s.Closing == nil { // no gateway gave a QR
			s.Closing = &Closing{Reason: CloseFailed, By: "till", At: e.At}
		}
		s.ClosedAt = e.At
	}
	s.Phase = phase(s)
	if s.Rules < 2 {
		s.Tender, s.Attention = tender1(s), attention1(s)
		return
	}
	for i := range s.Payments { // what failed refunds brought back is named only as far as it still lies there
		p := &s.Payments[i]
		p.FellToPrice, p.FellToAccepted = min(p.FellToPrice, s.balance(p.price())),
			min(p.FellToAccepted, s.balance(p.accepted()))
	}
	s.Tender, s.Attention = tender(s), attention(s)
}

// ended reports whether it is certain, as far as gateways let us be, that the sale ends unpaid.
func (s *Sale) ended(e Event) bool {
	if s.Closing == nil {
		if a := s.debitAttempt(); a != nil {
			return a.State == AttemptFailed
		}
		if NextGateway(*s) != "" || len(s.Attempts) == 0 {
			return false
		}
		return !slices.ContainsFunc(s.Attempts, func(a Attempt) bool {
			return a.State == AttemptAsked || a.State == AttemptQuoted
		})
	}
	for _, a := range s.Attempts {
		if a.State == AttemptAsked || a.State == AttemptQuoted && !a.CloseDone {
			return false
		}
	}
	return e.Kind == EventPatienceOver || !s.inFlight(PaymentProcessing)
}

// inFlight reports whether a payment of an order the customer could see stands in one of the given states.
func (s *Sale) inFlight(states ...PaymentStatus) bool {
	return slices.ContainsFunc(s.Payments, func(p Payment) bool {
		return slices.Contains(states, p.Status) && s.Attempt(p.Attempt).State == AttemptQuoted
	})
}

// record adds the event's facts. It must not read Phase, Tender or Attention of the sale it changes, other than to
// refuse.
func (s *Sale) record(e Event) error {
	if err := s.checkDebit(e); err != nil {
		return err
	}
	switch e.Kind {
	case EventOpened:
		o := e.Opened
		if o == nil || o.Amount <= 0 || len(o.Route) == 0 || e.SaleID == "" {
			return refuse(s, e, "a sale needs an id, an amount above zero and a gateway to ask")
		}
		if o.Rules >= 2 && slices.ContainsFunc(o.Route, func(g string) bool { return strings.Contains(g, "/") }) {
			return refuse(s, e, "route %q has a name with a slash: a gateway's name has none", o.Route)
		}
		if o.Rules > Rules || o.Rules >= 2 && o.Amount > money.Max {
			return refuse(s, e, "sale %q has rules %d and amount %d: this gallad knows rules up to %d and amounts "+
				"up to %s", e.SaleID, o.Rules, int64(o.Amount),
				Rules, money.Max)
		}
		*s = Sale{ID: e.SaleID, Number: o.Number, Day: o.Day, Amount: o.Amount, Reference: o.Reference,
			Note: o.Note, By: e.By,
			Terminal: o.Terminal, Invoice: o.Invoice, Route: slices.Clone(o.Route),
			Life: o.Life, Demo: o.Demo, OpenedAt: e.At,
			Rules: o.Rules, Kind: o.Kind, Debit: o.Debit, Box: o.Box, Again: o.Again, PrintAsked: o.PrintAsked,
			Bill: o.Bill, Cash: o.Cash, RoundOff: o.RoundOff}
	case EventStanding:
		return s.recordStanding(e)
	case EventAttemptAsked:
		if s.Attempt(e.Attempt) != nil || e.Attempt == "" {
			return refuse(s, e, "attempt reference %q was used before: a reference is never reused", e.Attempt)
		}
		if want := NextGateway(*s); want != e.Gateway || want == "" && s.Rules >= 2 {
			return refuse(s, e, "sale %s: the next gateway to ask is %q, not %q", s.ID, want, e.Gateway)
		}
		s.Attempts = append(s.Attempts, Attempt{Ref: e.Attempt, Gateway: e.Gateway, State: AttemptAsked, AskedAt: e.At})
	case EventAttemptQuoted, EventAttemptFailed, EventAttemptLost:
		return s.recordAnswer(e)
	case EventShown:
		if s.ShownAt.IsZero() {
			s.ShownAt = e.ShownAt
			if s.ShownAt.IsZero() {
				s.ShownAt = e.At
			}
		}
	case EventReading:
		return s.byRules(e, (*Sale).recordReading1, (*Sale).recordReading)
	case EventUnseen:
		if e.Unseen == nil || e.Unseen.Since.IsZero() {
			return refuse(s, e, "payments that can't be seen need the time since when")
		}
		if s.Unseen != nil {
			return ErrReplay // one time of darkness has one beginning
		}
		seen := *e.Unseen
		s.Unseen = &seen
	case EventAttemptClosed:
		if a := s.Attempt(e.Attempt); a != nil && a.State == AttemptQuoted && s.Closing == nil && s.PaidAt.IsZero() {
			return refuse(s, e, "sale %s is on offer: its order %q is closed only after a close was asked", s.ID,
				e.Attempt)
		}
		if err := s.byRules(e, (*Sale).recordReading1, (*Sale).recordReading); err != nil {
			return err
		}
		s.Attempt(e.Attempt).CloseDone = true
	case EventCloseAsked:
		if e.Close == "" {
			return refuse(s, e, "a close needs a reason")
		}
		s.Closing = &Closing{Reason: e.Close, By: e.By, At: e.At}
	case EventPatienceOver: // read by ended
	case EventWatched:
		s.Watched = max(s.Watched, e.Step)
	case EventRefundAsked, EventRefundSeen:
		return s.byRules(e, (*Sale).recordRefund1, (*Sale).recordRefund)
	case EventPrintAsked, EventPrintBegun, EventPrintDone:
		return s.recordPrint(e)
	case EventResolved:
		return s.byRules(e, (*Sale).recordResolution1, (*Sale).recordResolution)
	case EventRules:
		return s.recordRules(e)
	case EventEffectSetAside:
		if e.SetAside == nil || e.SetAside.Key == "" {
			return refuse(s, e, "an effect to set aside needs its key")
		}
		if s.Rules >= 2 && slices.ContainsFunc(s.SetAside, func(k SetAside) bool { return k.Key == e.SetAside.Key }) {
			return ErrReplay
		}
		s.SetAside = append(s.SetAside, *e.SetAside)
	default:
		return refuse(s, e, "%q is not an event of a sale", e.Kind)
	}

	return nil
}

// Rules are what a new sale is folded by. A sale keeps the rules it was opened with until EventRules says otherwise.
const Rules = 2

func (s *Sale) byRules(e Event, rules1, rules2 func(*Sale, Event) error) error {
	if s.Rules < 2 {
		return rules1(s, e)
	}
	return rules2(s, e)
}

func (s *Sale) recordAnswer(e Event) error {
	a := s.Attempt(e.Attempt)
	if a == nil {
		return refuse(s, e, "sale %s has no attempt %q", s.ID, e.Attempt)
	}
	switch {
	case e.Kind == EventAttemptQuoted && e.Quote != nil && (a.State == AttemptAsked || a.State == AttemptLost):
		q := *e.Quote
		q.TransactionIDs = slices.Clone(q.TransactionIDs)
		a.Quote, a.QuotedAt, a.Order = &q, e.At, OrderOpen
		// never shown: the sale went on without it, or there is nothing to show
		if s.Kind != KindMandate && (a.State == AttemptLost || q.Payload == "") {
			a.State = AttemptOrphan
			if e.Problem != nil {
				a.Problem = e.Problem
			}
		} else {
			a.State = AttemptQuoted
		}
	case e.Kind == EventAttemptFailed && (a.State == AttemptAsked || a.State == AttemptLost):
		a.State, a.Problem = AttemptFailed, e.Problem
	case e.Kind == EventAttemptLost && (a.State == AttemptAsked || a.State == AttemptQuoted &&
		s.Kind == KindMandate && s.waiting()):
		a.State, a.Problem = AttemptLost, e.Problem
	default:
		return ErrReplay
	}
	if s.Kind == KindMandate && e.Reading != nil { // the answer to a debit says how it ended
		return s.recordReading(e)
	}
	return nil
}

// Unprintable says why a copy of the sale must not be printed as the sale stands now, in a sentence; "" where it may.
// What asks for paper asks it, and what prints asks it again before the first byte.
func (s *Sale) Unprintable(copy string) string {
	switch {
	case copy != CopyOrder && copy != CopyReceipt && copy != CopyMerchant:
		return fmt.Sprintf("copy %q is not printable: ask for \"order\", \"receipt\" or \"merchant\"", copy)
	case copy == CopyOrder && (s.Shown() == nil || s.Kind == KindMandate):
		return fmt.Sprintf("sale %s has no QR to print", s.Name())
	case copy == CopyOrder && s.Phase.Final():
		return fmt.Sprintf("sale %s is %s: its QR must not be paid any more, so it is not printed", s.Name(), s.Phase)
	case copy == CopyOrder && s.Rules >= 2 && s.Phase != PhaseClosing && s.Offered() == nil:
		return fmt.Sprintf("sale %s has money of its QR already, and one QR pays once: it is not printed", s.Name())
	case copy == CopyOrder && s.Phase == PhaseClosing && s.Rules >= 2:
		return fmt.Sprintf("sale %s is being closed: its QR must not be paid any more, so it is not printed", s.Name())
	case copy != CopyOrder && s.Phase != PhasePaid:
		return fmt.Sprintf("sale %s is %s, not paid: a receipt is printed for a paid sale only", s.Name(), s.Phase)
	}
	return ""
}

func (s *Sale) recordPrint(e Event) error {
	p := e.Print
	if p == nil || p.Key == "" {
		return refuse(s, e, "a print needs its key")
	}
	i := slices.IndexFunc(s.Prints, func(k Print) bool { return k.Key == p.Key })
	if e.Kind == EventPrintAsked {
		if i >= 0 {
			return ErrReplay
		}
		if why := s.Unprintable(p.Copy); why != "" {
			return refuse(s, e, "%s", why)
		}
		n := *p
		n.Status, n.At, n.By, n.N = "", e.At, or(p.By, e.By), 0
		for _, k := range s.Prints {
			if k.Copy == n.Copy {
				n.N++
			}
		}
		s.Prints = append(s.Prints, n)
		return nil
	}
	if i < 0 {
		return refuse(s, e, "sale %s has no print %q", s.ID, p.Key)
	}
	if s.Prints[i].Status != "" || e.Kind == EventPrintBegun && s.Prints[i].Stage == PrintBegun {
		return ErrReplay
	}
	if e.Kind == EventPrintBegun {
		s.Prints[i].Stage = PrintBegun
		return nil
	}
	s.Prints[i].Status, s.Prints[i].Detail = p.Status, p.Detail
	return nil
}

// clone copies everything Apply may change.
func (s Sale) clone() Sale {
	s.Route = slices.Clone(s.Route)
	s.Attempts = slices.Clone(s.Attempts)
	s.Payments = slices.Clone(s.Payments)
	s.Journal = slices.Clip(s.Journal) // never edited: an append makes its own copy
	s.Refunds = slices.Clone(s.Refunds)
	s.Prints = slices.Clone(s.Prints)
	s.Resolutions = slices.Clone(s.Resolutions)
	s.SetAside = slices.Clone(s.SetAside)
	s.Attention = slices.Clone(s.Attention)
	s.account = nil
	return s
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func itoa(n int) string    { return strconv.Itoa(n) }
func utoa(n uint64) string { return strconv.FormatUint(n, 10) }
