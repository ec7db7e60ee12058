package state

import "galla/internal/money"

// Do names an effect: something outside that must be done because of what is on disk.
type Do string

const (
	DoAttempt Do = "attempt" // write down a new attempt at Gateway (EventAttemptAsked), then open it
	DoQuote   Do = "quote"   // open the order of Attempt; after a restart look for it first
	DoClose   Do = "close"   // close the order of Attempt at its gateway, then read it
	DoRefund  Do = "refund"  // send Refund with its key; after a restart read it first
	DoFollow  Do = "follow"  // read the pending refund until its end is known
	DoPrint   Do = "print"   // print the slip with Print's key
)

// Effect is one thing to do. It is pending for as long as the facts say so: Pending recomputes the list from the sale,
// so an effect can be neither lost nor done for a sale that no longer wants it.
type Effect struct {
	Key     string      `json:"key"` // unique for all time: kind and reference
	Do      Do          `json:"do"`
	SaleID  string      `json:"sale_id"`
	Attempt string      `json:"attempt,omitempty"`
	Gateway string      `json:"gateway,omitempty"`
	Refund  string      `json:"refund,omitempty"` // its key
	Print   string      `json:"print,omitempty"`  // its key
	Amount  money.Paise `json:"amount_paise,omitempty"`
}

// Pending lists what must be done outside for the sale, in the order the facts arose.
func Pending(s Sale) []Effect {
	var out []Effect
	add := func(e Effect) {
		e.SaleID = s.ID
		for _, a := range s.SetAside {
			if a.Key == e.Key {
				return
			}
		}
		out = append(out, e)
	}
	for _, a := range s.Attempts {
		switch {
		case a.State == AttemptAsked:
			add(Effect{Key: "quote:" + a.Ref, Do: DoQuote, Attempt: a.Ref, Gateway: a.Gateway})
		case a.State == AttemptOrphan && !a.CloseDone,
			a.State == AttemptQuoted && !a.CloseDone && wantsClose(&s, a):
			add(Effect{Key: "close:" + a.Ref, Do: DoClose, Attempt: a.Ref, Gateway: a.Gateway})
		}
	}
	if gw := NextGateway(s); gw != "" {
		add(Effect{Key: "attempt:" + s.ID + ":" + itoa(len(s.Attempts)+1), Do: DoAttempt, Gateway: gw})
	}
	for _, r := range s.Refunds {
		switch r.Status {
		case RefundAsked:
			add(Effect{Key: "refund:" + r.Key, Do: DoRefund, Refund: r.Key, Amount: r.Amount})
		case RefundPending:
			add(Effect{Key: "follow:" + r.Key, Do: DoFollow, Refund: r.Key, Amount: r.Amount})
		}
	}
	for _, p := range s.Prints {
		if p.Status == "" {
			add(Effect{Key: "print:" + p.Key, Do: DoPrint, Print: p.Key})
		}
	}
	return out
}

// wantsClose says whether a quoted attempt's order must be closed: the sale is ending, has ended, or is paid through
// another order. The order the money came through is left to the gateway, and a debit can't be closed.
func wantsClose(s *Sale, a Attempt) bool {
	if s.Kind == KindMandate {
		return false
	}
	switch s.Phase {
	case PhaseClosing, PhaseClosed:
		return true
	case PhasePaid:
		for _, p := range s.Payments {
			if p.Attempt == a.Ref && p.Received() {
				return false
			}
		}
		return true
	}
	return false
}

// NextGateway says which gateway to try next for a sale that has no QR and no attempt under way, or "" for none.
// A gateway that refused, or is misconfigured, isn't asked again for the same sale.
func NextGateway(s Sale) string {
	if s.Closing != nil || !s.ClosedAt.IsZero() || len(s.Payments) > 0 {
		return ""
	}
	barred := map[string]bool{}
	for _, a := range s.Attempts {
		if a.State == AttemptAsked || a.State == AttemptQuoted {
			return ""
		}
		if a.Problem != nil && (a.Problem.Class == "rejected" || a.Problem.Class == "misconfigured") {
			barred[a.Gateway] = true
		}
	}
	for _, gw := range s.Route[min(len(s.Attempts), len(s.Route)):] {
		if !barred[gw] {
			return gw
		}
	}
	return ""
}
