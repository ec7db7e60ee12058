package state

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	if !slices.Contains(allowed[e.Kind], before) {
		if replayed(&s, e) {
			return s, nil, ErrReplay
		}
		return s, nil, refuse(&s, e, "%s", notNow(&s, e))
	}
	n := s.clone()
	if err := n.record(e); err != nil {
		return s, nil, err
	}
	n.Seq = max(n.Seq, e.Seq)
	n.UpdatedAt = e.At
	n.Elapsed = max(n.Elapsed, e.Elapsed)
	n.settle(e)
	if n.Phase != before && !slices.Contains(Transitions[before], n.Phase) {
		return s, nil, fmt.Errorf("sale %s: %s would take it from %q to %q, which is not a transition of a sale: this is a bug", s.ID, e.Kind, before, n.Phase)
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
	if s.PaidAt.IsZero() && s.ClosedAt.IsZero() && s.covered() {
		s.PaidAt = e.At
	}
	if s.PaidAt.IsZero() && s.ClosedAt.IsZero() && s.ended(e) {
		if s.Closing == nil { // no gateway gave a QR
			s.Closing = &Closing{Reason: CloseFailed, By: "till", At: e.At}
		}
		s.ClosedAt = e.At
	}
	s.Phase = phase(s)
	s.Tender = tender(s)
	s.Attention = attention(s)
}

// covered reports whether the captured payments cover the amount, or a person accepted less.
func (s *Sale) covered() bool {
	return s.Captured() >= s.Amount && s.Amount > 0 || s.Override() != ""
}

// ended reports whether it is certain, as far as gateways let us be, that the sale ends unpaid.
func (s *Sale) ended(e Event) bool {
	if s.Closing == nil {
		if NextGateway(*s) != "" || len(s.Attempts) == 0 {
			return false
		}
		return !slices.ContainsFunc(s.Attempts, func(a Attempt) bool { return a.State == AttemptAsked || a.State == AttemptQuoted })
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

// record adds the event's facts. It must not read Phase, Tender or Attention of the sale it changes, other than to refuse.
func (s *Sale) record(e Event) error {
	switch e.Kind {
	case EventOpened:
		o := e.Opened
		if o == nil || o.Amount <= 0 || len(o.Route) == 0 || e.SaleID == "" {
			return refuse(s, e, "a sale needs an id, an amount above zero and a gateway to ask")
		}
		*s = Sale{ID: e.SaleID, Number: o.Number, Day: o.Day, Amount: o.Amount, Reference: o.Reference, Note: o.Note, By: e.By,
			Terminal: o.Terminal, Invoice: o.Invoice, Route: slices.Clone(o.Route), Life: o.Life, Demo: o.Demo, OpenedAt: e.At}
	case EventAttemptAsked:
		if s.Attempt(e.Attempt) != nil || e.Attempt == "" {
			return refuse(s, e, "attempt reference %q was used before: a reference is never reused", e.Attempt)
		}
		if want := NextGateway(*s); want != e.Gateway {
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
		return s.recordReading(e)
	case EventAttemptClosed:
		if a := s.Attempt(e.Attempt); a != nil && a.State == AttemptQuoted && s.Closing == nil && s.PaidAt.IsZero() {
			return refuse(s, e, "sale %s is on offer: its order %q is closed only after a close was asked", s.ID, e.Attempt)
		}
		if err := s.recordReading(e); err != nil {
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
		return s.recordRefund(e)
	case EventPrintAsked, EventPrintDone:
		return s.recordPrint(e)
	case EventResolved:
		return s.recordResolution(e)
	case EventEffectSetAside:
		if e.SetAside == nil || e.SetAside.Key == "" {
			return refuse(s, e, "an effect to set aside needs its key")
		}
		s.SetAside = append(s.SetAside, *e.SetAside)
	default:
		return refuse(s, e, "%q is not an event of a sale", e.Kind)
	}
	return nil
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
		a.Quote, a.QuotedAt, a.Order = &q, e.At, "open"
		if a.State == AttemptLost || q.Payload == "" { // never shown: the sale went on without it, or there is nothing to show
			a.State = AttemptOrphan
			if e.Problem != nil {
				a.Problem = e.Problem
			}
		} else {
			a.State = AttemptQuoted
		}
	case e.Kind == EventAttemptFailed && (a.State == AttemptAsked || a.State == AttemptLost):
		a.State, a.Problem = AttemptFailed, e.Problem
	case e.Kind == EventAttemptLost && a.State == AttemptAsked:
		a.State, a.Problem = AttemptLost, e.Problem
	default:
		return ErrReplay
	}
	return nil
}

// recordReading merges the gateway's record into ours. What was captured once stays captured: a gateway that forgets
// money doesn't make us forget it.
func (s *Sale) recordReading(e Event) error {
	a := s.Attempt(e.Attempt)
	if a == nil || a.Quote == nil || e.Reading == nil {
		return refuse(s, e, "sale %s has no quoted attempt %q to read", s.ID, e.Attempt)
	}
	if e.Reading.Order != "" {
		a.Order = e.Reading.Order
	}
	for _, p := range e.Reading.Payments {
		i := slices.IndexFunc(s.Payments, func(k Payment) bool { return k.ID == p.ID && k.Gateway == a.Gateway })
		if i < 0 {
			p.Gateway, p.Attempt, p.At, p.Late = a.Gateway, a.Ref, e.At, false
			s.Payments = append(s.Payments, p)
			i = len(s.Payments) - 1
		}
		k := &s.Payments[i]
		if k.Received() && !p.Received() || k.Status == PaymentRefunded && p.Status == PaymentCaptured {
			continue
		}
		k.Status, k.Reason = p.Status, p.Reason
		k.Refunded = max(k.Refunded, p.Refunded)
		if p.Status == PaymentRefunded && k.Refunded == 0 {
			k.Refunded = k.Amount
		}
		k.VPA, k.RRN, k.UPITxnID = or(p.VPA, k.VPA), or(p.RRN, k.RRN), or(p.UPITxnID, k.UPITxnID)
		if k.Received() && k.CapturedAt.IsZero() {
			k.CapturedAt, k.Late = e.At, !s.ClosedAt.IsZero()
			k.Amount = p.Amount
		}
	}
	if a.Order == "closed" && s.Closing == nil && !s.covered() && a.State == AttemptQuoted && s.Shown() == a {
		// The gateway closed the order itself: its own expiry, or somebody at its dashboard. We close too, and read once more.
		s.Closing = &Closing{Reason: CloseExpired, By: "gateway:" + a.Gateway, At: e.At}
	}
	return nil
}

func (s *Sale) recordRefund(e Event) error {
	f := e.Refund
	if f == nil || f.Key == "" {
		return refuse(s, e, "a refund needs its key")
	}
	k := s.Refund(f.Key)
	if e.Kind == EventRefundAsked {
		if k != nil {
			return ErrReplay
		}
		if f.Amount <= 0 {
			return refuse(s, e, "a refund of %s is not possible: give an amount above zero", f.Amount)
		}
		if left := s.Refundable(f.PaymentID); f.Amount > left {
			return refuse(s, e, "%s can't be refunded from payment %q: %s of it can still be refunded", f.Amount, f.PaymentID, left)
		}
		n := *f
		n.Status, n.By, n.AskedAt, n.UpdatedAt = RefundAsked, or(f.By, e.By), e.At, e.At
		s.Refunds = append(s.Refunds, n)
		return nil
	}
	if k == nil {
		return refuse(s, e, "sale %s has no refund %q", s.ID, f.Key)
	}
	if k.Status == RefundProcessed || k.Status == RefundFailed || k.Status == f.Status && k.ID == or(f.ID, k.ID) {
		return ErrReplay
	}
	k.Status, k.UpdatedAt, k.Problem = f.Status, e.At, f.Problem
	k.ID, k.RRN = or(f.ID, k.ID), or(f.RRN, k.RRN)
	if k.Status == RefundProcessed || k.Status == RefundFailed {
		k.DoneAt = e.At
	}
	return nil
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
		switch {
		case p.Copy != "order" && p.Copy != "receipt" && p.Copy != "merchant":
			return refuse(s, e, "copy %q is not printable: ask for \"order\", \"receipt\" or \"merchant\"", p.Copy)
		case p.Copy == "order" && s.Shown() == nil:
			return refuse(s, e, "sale %d has no QR to print", s.Number)
		case p.Copy == "order" && s.Phase.Final():
			return refuse(s, e, "sale %d is %s: its QR must not be paid any more, so it is not printed", s.Number, s.Phase)
		case p.Copy != "order" && s.Phase != PhasePaid:
			return refuse(s, e, "sale %d is %s, not paid: a receipt is printed for a paid sale only", s.Number, s.Phase)
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
	if s.Prints[i].Status != "" {
		return ErrReplay
	}
	s.Prints[i].Status, s.Prints[i].Detail = p.Status, p.Detail
	return nil
}

func (s *Sale) recordResolution(e Event) error {
	r := e.Resolution
	if r == nil {
		return refuse(s, e, "a resolution needs the attention item it is about")
	}
	i := slices.IndexFunc(s.Attention, func(a Attention) bool { return a.ID == r.Attention })
	if i < 0 {
		if slices.ContainsFunc(s.Resolutions, func(k Resolution) bool { return k.Attention == r.Attention }) {
			return ErrReplay
		}
		return refuse(s, e, "sale %d has no open item %q", s.Number, r.Attention)
	}
	if r.Action != ActionAccept && r.Action != ActionRefund && r.Action != ActionOtherTender {
		return refuse(s, e, "action %q is not known: give \"accept\", \"refund\" or \"other_tender\"", r.Action)
	}
	n := *r
	n.Kind, n.By, n.At = s.Attention[i].Kind, or(r.By, e.By), e.At
	s.Resolutions = append(s.Resolutions, n)
	return nil
}

// clone copies everything Apply may change.
func (s Sale) clone() Sale {
	s.Route = slices.Clone(s.Route)
	s.Attempts = slices.Clone(s.Attempts)
	s.Payments = slices.Clone(s.Payments)
	s.Refunds = slices.Clone(s.Refunds)
	s.Prints = slices.Clone(s.Prints)
	s.Resolutions = slices.Clone(s.Resolutions)
	s.SetAside = slices.Clone(s.SetAside)
	s.Attention = slices.Clone(s.Attention)
	return s
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func itoa(n int) string { return strconv.Itoa(n) }
