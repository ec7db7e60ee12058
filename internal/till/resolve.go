package till

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/day"
	"galla/internal/till/request"
	"galla/state"
	"galla/state/answer"
)

// decisionAfter is how long a refund must be unknown, counted from its asking, before a person may say how it ended:
// until then the gateway's dashboard may be as ignorant as we are.
const decisionAfter = 24 * time.Hour

// Resolve records a person's decision about open attention items, or asks for the refunds that answer them, in one
// commit. The same answer to an item that has it already is answered with the sale as it is; another answer to it is
// refused.
func (t *Till) Resolve(ctx context.Context, r ResolveRequest) (state.Sale, error) {
	if err := request.Written("note", r.Note); err != nil {
		return state.Sale{}, err
	}
	print := []any{"resolve", r.SaleID, r.Attention, r.Action, r.Note}
	if r.Amount != 0 || r.Confirmed { // added later: the prints of keys that were kept before stay what they are
		print = append(print, r.Amount, r.Confirmed)
	}
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID,
		request.Fingerprint(print...), func(u *txn) error {
			s, err := u.sale(r.SaleID)
			if err != nil {
				return err
			}
			items := slices.Clone(s.Attention)
			if r.Attention != "" {
				items = slices.DeleteFunc(items, func(a state.Attention) bool { return a.ID != r.Attention })
			}
			if len(items) == 0 {
				if r.Attention != "" && !answer.Given(&s, r.Attention) {
					return &RequestError{Field: "attention",
						Why: fmt.Sprintf("sale %s has no open item %q", s.Name(), r.Attention)}
				}
				return answer.Before(&s, r.Attention, r.Action)
			}
			if r.Amount != 0 && len(items) > 1 {
				return &RequestError{Field: "attention",
					Why: fmt.Sprintf("%s is said of %d open items of sale %s: say which item it is about", r.Amount,
						len(items), s.Name())}
			}

			for _, a := range items {
				if a.Kind == state.AttentionShort && s.Phase == state.PhaseClosing {
					return &RequestError{Field: "attention",
						Why: fmt.Sprintf("sale %s is being closed at the gateway: once it is closed, say what "+
							"becomes of its %s",
							s.Name(), a.Amount)}
				}
				if r.Action == state.ActionRefund {
					err = u.refundItem(s, a, r)
				} else {
					err = u.answerItem(s, a, r)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
}

// answerItem records the answer to one item.
func (u *txn) answerItem(s state.Sale, a state.Attention, r ResolveRequest) error {
	switch {
	case r.Action == state.ActionTheySent && r.Amount == 0:
		return &RequestError{Field: "amount_paise", Why: fmt.Sprintf("item %q needs the sum that others sent back: "+
			"look at the gateway's dashboard and state it", a.ID)}
	case r.Action == state.ActionItWent || r.Action == state.ActionItDidNot:
		for _, f := range s.Refunds {
			if until := f.AskedAt.Add(decisionAfter); a.ID == "refund_unknown:"+f.Key && u.t.o.Wall().Before(until) {
				return &RequestError{Field: "action", Why: fmt.Sprintf("how this refund ended may be decided 24 "+
					"hours after it was asked for, from %s on: "+
					"until then the payment company's own record may not show it",
					until.In(day.IST).Format("2 January 15:04"))}
			}
		}
	}
	// the gateway may say that the money went another way: it is asked now, not at the next step
	if r.Action == state.ActionItDidNot {
		for _, p := range s.Payments {
			u.after = append(u.after, func() { u.t.Hint(p.Gateway, p.ID) })
		}
	}
	return u.apply(state.Event{Kind: state.EventResolved, SaleID: s.ID, By: r.By, Resolution: &state.Resolution{
		Attention: a.ID, Action: r.Action, Amount: cmp.Or(r.Amount, a.Amount),
		Note: r.Note, By: r.By, Approver: r.Approver}})
}

// refundItem sends back the money an item is about. Each refund that answers it is the decision, and no other event is.
func (u *txn) refundItem(s state.Sale, a state.Attention, r ResolveRequest) error {
	refunds := s.RefundsFor(a)
	switch {
	case !slices.Contains(a.Answers(), state.ActionRefund) || len(refunds) == 0:
		return &RequestError{Field: "action", Why: fmt.Sprintf("item %q can't be answered with a refund: give %s", a.ID,
			state.Choice(a.Answers()))}
	case r.Amount != 0 && r.Amount != a.Amount:
		return &RequestError{Field: "amount_paise", Why: fmt.Sprintf("item %q is about %s now, not %s: look at it "+
			"again before you decide", a.ID, a.Amount, r.Amount)}
	}
	for _, f := range refunds {
		if least := u.leastRefund(s, f.PaymentID); f.Amount < least && len(refunds) > 1 {
			return &RequestError{Field: "amount_paise", Code: gateway.SentenceCode(gateway.CashierPartTooFew),
				Why: fmt.Sprintf("%s sends back %s at least, and payment %q of item %q is %s: nothing was asked of it",
					s.Payment(f.PaymentID).Gateway, least, f.PaymentID, a.ID, f.Amount)}
		}
	}
	for _, f := range refunds {
		if err := u.refund(s, f.PaymentID, RefundRequest{Amount: f.Amount, By: r.By, Approver: r.Approver,
			Reason: string(a.Kind), Answers: f.Answers,
			Confirmed: r.Confirmed}); err != nil {
			return err
		}
	}
	return nil
}
