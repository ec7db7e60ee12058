package till

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/gateway"
	"galla/state"
)

const (
	// refundPatience is how long an unanswered refund is looked for before a person must look at the gateway's dashboard.
	refundPatience = 24 * time.Hour
	// followPatience is the same for one that the gateway accepted and no longer tells of. Banks take 5 to 7 working days.
	followPatience = 15 * 24 * time.Hour
	// leastTried is how long this process must have tried in any case: a wall clock that is set makes a minute look like years.
	leastTried = time.Hour
)

// overdue says whether a refund was looked for long enough, by the wall clock and by what this process did itself. A wall
// clock that was set back says nothing; then this process alone counts.
func (t *Till) overdue(r *state.Refund, patience, tried time.Duration) bool {
	return tried >= leastTried && t.o.Wall().Sub(r.AskedAt) > patience || tried > patience
}

// refundRequest names a refund for its gateway, or says that the gateway is gone.
func (t *Till) refundRequest(s *state.Sale, key string) (gateway.Gateway, gateway.RefundRequest, error) {
	r := s.Refund(key)
	for i, p := range s.Payments {
		if p.ID != r.PaymentID {
			continue
		}
		req := toRefundRequest(s, &s.Payments[i], r)
		if gw := t.gateways[p.Gateway]; gw != nil {
			return gw, req, nil
		}
		return nil, req, fmt.Errorf("gateway %q is no longer configured", p.Gateway)
	}
	return nil, gateway.RefundRequest{}, fmt.Errorf("payment %q is not in sale %s", r.PaymentID, s.ID)
}

// refund sends a refund with its stored key. Unless it is fresh, it is looked for first: an answer may have been lost.
func (t *Till) refund(s state.Sale, key string, fresh bool, tried time.Duration) func(*turn) error {
	gw, req, err := t.refundRequest(&s, key)
	if err != nil {
		return t.setAside(state.Effect{Key: "refund:" + key, SaleID: s.ID}, err.Error())
	}
	ctx, cancel := t.within(openTimeout)
	defer cancel()
	if !fresh {
		found, err := gw.ReadRefund(ctx, req)
		switch {
		case err == nil && found.Status != gateway.RefundUnknown:
			return t.refundSeen(s, key, found)
		case errors.Is(err, gateway.ErrUnsupported):
			return t.refundUnknown(s, key, "this gateway can't say what became of the refund: look at its dashboard")
		case !errors.Is(err, gateway.ErrNotFound): // or an answer that doesn't say whether there is such a refund
			if t.overdue(s.Refund(key), refundPatience, tried) {
				return t.refundUnknown(s, key, "the gateway has not said for a day what became of the refund: look at its dashboard")
			}
			return nil
		}
	}
	done, err := gw.Refund(ctx, req)
	t.observe(gw.Name(), err)
	if err == nil {
		return t.refundSeen(s, key, done)
	}
	switch gateway.ClassOf(err) {
	case gateway.ClassRejected, gateway.ClassMisconfigured:
		return func(u *turn) error {
			return u.note(state.Event{Kind: state.EventRefundSeen, SaleID: s.ID, Refund: &state.Refund{Key: key, Status: state.RefundFailed, Problem: Problem(err)}})
		}
	}
	if t.ctx.Err() == nil {
		t.o.Log.Warn("refund not certain: looking it up", "sale", s.ID, "refund", key, "err", err)
	}
	return nil
}

// follow reads a pending refund. Nil means: not over yet.
func (t *Till) follow(s state.Sale, key string, tried time.Duration) func(*turn) error {
	gw, req, err := t.refundRequest(&s, key)
	if err != nil {
		return t.setAside(state.Effect{Key: "follow:" + key, SaleID: s.ID}, err.Error())
	}
	ctx, cancel := t.within(readTimeout)
	defer cancel()
	r, err := gw.ReadRefund(ctx, req)
	switch {
	case errors.Is(err, gateway.ErrUnsupported):
		return t.refundUnknown(s, key, "the gateway accepted the refund and can't say what became of it: look at its dashboard")
	case (err != nil || r.Status == gateway.RefundUnknown) && t.overdue(s.Refund(key), followPatience, tried):
		return t.refundUnknown(s, key, "the gateway accepted the refund and has not said for two weeks what became of it: look at its dashboard")
	}
	if err != nil || r.Status == gateway.RefundPending || r.Status == gateway.RefundUnknown {
		return nil
	}
	return t.refundSeen(s, key, r)
}

func (t *Till) refundSeen(s state.Sale, key string, r gateway.Refund) func(*turn) error {
	return func(u *turn) error {
		return u.note(state.Event{Kind: state.EventRefundSeen, SaleID: s.ID, Refund: fromRefund(key, r)})
	}
}

func (t *Till) refundUnknown(s state.Sale, key, why string) func(*turn) error {
	return func(u *turn) error {
		return u.note(state.Event{Kind: state.EventRefundSeen, SaleID: s.ID, Refund: &state.Refund{Key: key, Status: state.RefundUnknown,
			Problem: &state.Problem{Class: string(gateway.ClassUnknown), Text: why, Cashier: "Whether this refund happened is not known. Do not refund again; ask the owner."}}})
	}
}

// Refund asks to send money of a sale back. It returns once the refund and its key are on disk.
func (t *Till) Refund(ctx context.Context, r RefundRequest) (state.Sale, error) {
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID, fingerprint(r.SaleID, r.PaymentID, r.Amount, r.Reason), func(u *turn) error {
		s, err := u.sale(r.SaleID)
		if err != nil {
			return err
		}
		return u.refund(s, r.PaymentID, r)
	})
}

// refund writes one refund down, with a key of its own, before the gateway hears of it.
func (u *turn) refund(s state.Sale, paymentID string, r RefundRequest) error {
	if paymentID == "" {
		p := s.PaidBy()
		if p == nil {
			return &RequestError{Field: "payment_id", Why: fmt.Sprintf("sale %s has no money to refund", s.Name())}
		}
		paymentID = p.ID
	}
	amount := r.Amount
	if amount == 0 {
		if amount = s.Refundable(paymentID); amount == 0 {
			return &RequestError{Field: "amount_paise", Why: fmt.Sprintf("nothing of payment %q of sale %s is left to refund", paymentID, s.Name())}
		}
	}
	return u.apply(state.Event{Kind: state.EventRefundAsked, SaleID: s.ID, By: r.By, Refund: &state.Refund{
		Key: "R" + s.ID + u.t.chance.token(10), PaymentID: paymentID, Amount: amount, Reason: r.Reason, By: r.By, Approver: r.Approver,
		Answers: r.Answers, Goods: r.Goods, Confirmed: r.Confirmed}})
}
