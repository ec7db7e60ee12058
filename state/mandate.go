package state

import (
	"slices"
	"strings"

	"galla/state/journal"
)

// A sale of KindMandate is one debit under a mandate: opened → quoting → paying → paid or closed. It has one attempt,
// whose reference the payer's notice had too, and that attempt has one payment, whose ID is the reference: whoever
// first speaks of the money, an answer, a look or a person, speaks of the same. What the gateway calls it is
// Payment.GatewayID.
//
// An attempt that is lost is an item debit_unknown: nothing more is debited under the mandate until a look or a person
// settles it. It went is a capture by that person's word; it did not closes the sale, which is watched like any other.

// Debit says which debit under which mandate a sale is.
type Debit struct {
	Mandate  string `json:"mandate"` // the gateway's id of it
	Payer    string `json:"payer,omitempty"`
	PayerVPA string `json:"payer_vpa,omitempty"` // masked
	Day      string `json:"day"`                 // that the payer was told of, "2026-11-29"
	PIN      bool   `json:"pin,omitempty"`       // so large that the payer enters the PIN for it
	Approver string `json:"approver,omitempty"`
}

const debitItem = "debit_unknown:"

// debitTransitions are the changes of phase that a debit may make.
var debitTransitions = map[Phase][]Phase{
	"":           {PhaseOpened},
	PhaseOpened:  {PhaseQuoting},
	PhaseQuoting: {PhasePaying, PhasePaid, PhaseClosed},
	PhasePaying:  {PhasePaid, PhaseClosed},
}

func (s *Sale) transitions() []Phase {
	if s.Kind == KindMandate {
		return debitTransitions[s.Phase]
	}
	return Transitions[s.Phase]
}

// checkDebit refuses what would make a debit happen twice, or makes no debit.
func (s *Sale) checkDebit(e Event) error {
	o := e.Opened
	switch {
	case o != nil && (o.Kind == KindMandate) != (o.Debit != nil):
		return refuse(s, e, "sale %q: a debit under a mandate names its mandate, and no other sale does", e.SaleID)
	case o != nil && o.Debit != nil && (len(o.Route) != 1 || o.Debit.Mandate == ""):
		return refuse(s, e, "sale %q: a debit is asked once, of the one gateway that has the mandate", e.SaleID)
	case e.Kind == EventCloseAsked && s.Kind == KindMandate:
		return refuse(s, e, "sale %s is a debit that was asked of the gateway, and can't be cancelled: if the money "+
			"comes, refund it", s.Name())
	}
	return nil
}

// readDebit ends a debit that its gateway says has failed; of one that came by a person's word, the word was wrong.
func (s *Sale) readDebit(a *Attempt, e Event) {
	i := slices.IndexFunc(e.Reading.Payments, func(p Payment) bool {
		return p.ID == a.Ref && p.Status == PaymentFailed
	})
	if k := s.Payment(a.Ref); i >= 0 && k != nil && s.came(k) == 0 && s.waiting() {
		s.Closing, a.CloseDone = &Closing{Reason: CloseFailed, By: "gateway:" + a.Gateway, At: e.At}, true
	} else if i >= 0 && k != nil && k.DecidedBy != "" {
		s.recordCounter(k, Payment{Refunded: k.Amount}, e)
	}
}

// debitAttempt is the attempt of a debit; nil: it has none yet, or this is no debit.
func (s *Sale) debitAttempt() *Attempt {
	if s.Kind != KindMandate || len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[0]
}

// debitPhase is where a debit stands that is neither paid nor closed.
func (s *Sale) debitPhase() Phase {
	switch a := s.debitAttempt(); {
	case a == nil:
		return PhaseOpened
	case a.Quote == nil:
		return PhaseQuoting
	}
	return PhasePaying
}

// debitUnknown is the item of a debit of which nobody knows whether it happened.
func (s *Sale) debitUnknown() (out []Attention) {
	if a := s.debitAttempt(); a != nil && a.State == AttemptLost && s.waiting() && len(s.captures()) == 0 {
		out = append(out, Attention{ID: debitItem + a.Ref, Kind: AttentionDebitUnknown,
			Amount: s.Amount, At: a.AskedAt})
	}
	return out
}

// decideDebit records a person's word on a debit of unknown end.
func (s *Sale) decideDebit(item string, went bool, by string, e Event) {
	a := s.Attempt(strings.TrimPrefix(item, debitItem))
	if !went {
		s.Closing = &Closing{Reason: CloseFailed, By: by, At: e.At}
		return
	}
	if a.Quote == nil { // so that it is looked at, and can be refunded
		a.Quote, a.QuotedAt = &Quote{OrderID: a.Ref}, e.At
	}
	if s.Payment(a.Ref) == nil {
		s.Payments = append(s.Payments, Payment{ID: a.Ref, Gateway: a.Gateway, Attempt: a.Ref, At: e.At})
	}
	k := s.Payment(a.Ref)
	k.Amount, k.Status, k.CapturedAt, k.DecidedBy = s.Amount, PaymentCaptured, e.At, by
	s.post(journal.Clearing, k.surplus(), k.Amount, e)
	s.cover(e, false)
}
