package till

import (
	"context"
	"fmt"

	"galla/state"
)

// Resolve records a person's decision about open attention items, and the refunds it asks for, in one commit.
func (t *Till) Resolve(ctx context.Context, r ResolveRequest) (state.Sale, error) {
	switch r.Action {
	case state.ActionAccept, state.ActionRefund, state.ActionOtherTender:
	default:
		return state.Sale{}, &RequestError{Field: "action", Why: fmt.Sprintf("action %q is not one of \"accept\", \"refund\" and \"other_tender\"", r.Action)}
	}
	return t.write(ctx, r.Key, r.SaleID, fingerprint("resolve", r.SaleID, r.Attention, r.Action, r.Note), func(u *turn) error {
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
			for _, k := range s.Resolutions {
				if k.Attention == r.Attention || r.Attention == "" {
					return state.ErrReplay
				}
			}
			return &RequestError{Field: "attention", Why: fmt.Sprintf("sale %d has no open item %q", s.Number, r.Attention)}
		}
		for _, a := range items {
			if r.Action == state.ActionRefund {
				if err := u.refundItem(s, a, r); err != nil {
					return err
				}
			}
			if err := u.apply(state.Event{Kind: state.EventResolved, SaleID: r.SaleID, By: r.By, Resolution: &state.Resolution{
				Attention: a.ID, Action: r.Action, Note: r.Note, By: r.By, Approver: r.Approver}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// refundItem sends back the money an item is about.
func (u *turn) refundItem(s state.Sale, a state.Attention, r ResolveRequest) error {
	req := RefundRequest{By: r.By, Approver: r.Approver, Reason: string(a.Kind)}
	switch a.Kind {
	case state.AttentionLate, state.AttentionDuplicate:
	case state.AttentionOver:
		req.Amount = a.Amount
	case state.AttentionUnder: // all that came, of every payment
		for _, p := range s.Payments {
			if s.Refundable(p.ID) > 0 {
				if err := u.refund(s, p.ID, req); err != nil {
					return err
				}
			}
		}
		return nil
	case state.AttentionRefundFailed:
		req.Amount = a.Amount
	default:
		return &RequestError{Field: "action", Why: fmt.Sprintf("a %q item can't be answered with a refund: accept it once you have looked into it", a.Kind)}
	}
	return u.refund(s, a.PaymentID, req)
}
