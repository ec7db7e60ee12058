package till

import (
	"cmp"
	"context"
	"fmt"

	"galla/state"
)

// Resolve records a person's decision about open attention items, or asks for the refunds that answer them, in one commit.
func (t *Till) Resolve(ctx context.Context, r ResolveRequest) (state.Sale, error) {
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID, fingerprint("resolve", r.SaleID, r.Attention, r.Action, r.Note), func(u *turn) error {
		s, err := u.sale(r.SaleID)
		if err != nil {
			return err
		}
		items := s.Attention
		if r.Attention != "" {
			items = nil
			for _, a := range s.Attention {
				if a.ID == r.Attention {
					items = append(items, a)
				}
			}
		}
		if len(items) == 0 {
			if s.Answered(r.Attention) {
				return state.ErrReplay
			}
			return &RequestError{Field: "attention", Why: fmt.Sprintf("sale %s has no open item %q", s.Name(), r.Attention)}
		}

		for _, a := range items {
			if r.Action == state.ActionRefund {
				err = u.refundItem(s, a, r)
			} else {
				err = u.apply(state.Event{Kind: state.EventResolved, SaleID: r.SaleID, By: r.By, Resolution: &state.Resolution{
					Attention: a.ID, Action: r.Action, Amount: cmp.Or(r.Amount, a.Amount), Note: r.Note, By: r.By, Approver: r.Approver}})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// refundItem sends back the money an item is about. Each refund that answers it is the decision, and no other event is.
func (u *turn) refundItem(s state.Sale, a state.Attention, r ResolveRequest) error {
	refunds := s.RefundsFor(a)
	if len(refunds) == 0 {
		return &RequestError{Field: "action", Why: fmt.Sprintf("a %q item can't be answered with a refund: give one of %q", a.Kind, a.Answers())}
	}
	for _, f := range refunds {
		if err := u.refund(s, f.PaymentID, RefundRequest{Amount: f.Amount, By: r.By, Approver: r.Approver, Reason: string(a.Kind), Answers: f.Answers,
			Confirmed: r.Confirmed}); err != nil {
			return err
		}
	}
	return nil
}
