package till

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/till/request"
	"galla/internal/till/terms"
	"galla/state"
)

const (
	// refundPatience is how long an unanswered refund is looked for before a person must look at the gateway's
	// dashboard.
	refundPatience = 24 * time.Hour
	// followPatience is the same for one that the gateway accepted and no longer tells of. Banks take 5 to 7 working
	// days.
	followPatience = 15 * 24 * time.Hour
	// refundSettle is how long "no such refund" counts for nothing after a send that may have arrived: lists lag
	// behind.
	refundSettle = 30 * time.Second
	// recordSettle is the same where the payment's own record is all there is to see: a refund that is under way may
	// not be in it.
	recordSettle = 15 * time.Minute
	// readingPatience is how long the end of a failed refund waits for a reading of its payment.
	readingPatience = 5 * time.Minute
	// leastTried is how long this process must have tried in any case: a wall clock that is set makes a minute look
	// like years.
	leastTried = time.Hour
)

// overdue says whether a refund was looked for long enough, by the wall clock and by what this process did itself. A
// wall clock that was set back says nothing; then this process alone counts.
func (t *Till) overdue(r *state.Refund, patience, tried time.Duration) bool {
	return tried >= leastTried && t.o.Wall().Sub(r.AskedAt) > patience || tried > patience
}

// refundRequest names a refund for its gateway, or says that the gateway is gone.
func (t *Till) refundRequest(s *state.Sale, key string) (gateway.Gateway, gateway.RefundRequest, error) {
	name, req, err := terms.ToRefundRequest(s, key)
	if err != nil {
		return nil, req, err
	}
	if gw := t.gateways[name]; gw != nil {
		return gw, req, nil
	}
	return nil, req, fmt.Errorf("gateway %q is no longer configured", name)
}

// refund sends a refund with its stored key. Unless it is fresh, it is looked for first: an answer may have been lost,
// and it is sent again only where the gateway says that there is none.
func (t *Till) refund(s state.Sale, key string, fresh bool, tried time.Duration) result {
	gw, req, err := t.refundRequest(&s, key)
	if err != nil {
		return t.setAside(state.Effect{Key: "refund:" + key, SaleID: s.ID}, err.Error())
	}
	ctx, cancel := t.within(gateway.LaneRefund, openTimeout)
	defer cancel()
	if !fresh {
		found, err := gw.ReadRefund(ctx, req)
		switch {
		case err == nil && found.Status != gateway.RefundUnknown:
			return t.refundSeen(s, key, found, tried)
		case errors.Is(err, gateway.ErrUnsupported):
			return t.refundUnknown(s, key, "this gateway can't say what became of the refund: look at its dashboard")
		case !errors.Is(err, gateway.ErrNotFound): // or an answer that doesn't say whether there is such a refund
			if t.overdue(s.Refund(key), refundPatience, tried) {
				return t.refundUnknown(s, key, "the gateway has not said for a day what became of the refund: look "+
					"at its dashboard")
			}
			return result{}
		case tried < refundSettle, errors.Is(err, gateway.ErrByRecord) && tried < recordSettle:
			return result{}
		}
	}

	done, err := gw.Refund(ctx, req)
	t.observe(gw.Name(), err)
	if err == nil {
		return t.refundSeen(s, key, done, tried)
	}
	switch gateway.ClassOf(err) {
	case gateway.ClassRejected, gateway.ClassMisconfigured:
		end := &state.Refund{Key: key, Status: state.RefundFailed,
			Problem: terms.Problem(err), TooMuch: errors.Is(err, gateway.ErrLessLeft)}
		return t.refundFailed(s, end, refusal{sent: true, first: end.TooMuch || errors.Is(err, gateway.ErrNothingLeft)},
			tried)
	case gateway.ClassUnknown:
		// sent for a day, and each poll says that there is none: one that its bank failed is told of by nobody
		if t.overdue(s.Refund(key), refundPatience, tried) {
			return t.refundUnknown(s, key, "the gateway has not said for a day what became of the refund: "+
				"look at its dashboard")
		}
	}

	if t.ctx.Err() == nil {
		t.o.Log.Warn("refund not certain: looking it up", "sale", s.ID, "refund", key, "err", err)
	}
	return result{}
}

// follow reads a pending refund. The zero result means: not over yet.
func (t *Till) follow(s state.Sale, key string, tried time.Duration) result {
	gw, req, err := t.refundRequest(&s, key)
	if err != nil {
		return t.setAside(state.Effect{Key: "follow:" + key, SaleID: s.ID}, err.Error())
	}
	ctx, cancel := t.within(gateway.LaneRefund, readTimeout)
	defer cancel()
	r, err := gw.ReadRefund(ctx, req)
	switch {
	case errors.Is(err, gateway.ErrUnsupported):
		return t.refundUnknown(s, key, "the gateway accepted the refund and can't say what became of it: "+
			"look at its dashboard")
	case (err != nil || r.Status == gateway.RefundUnknown) && t.overdue(s.Refund(key), followPatience, tried):
		return t.refundUnknown(s, key, "the gateway accepted the refund and has not said for two weeks what became "+
			"of it: look at its dashboard")
	}
	if err != nil || r.Status == gateway.RefundPending || r.Status == gateway.RefundUnknown {
		return result{}
	}
	return t.refundSeen(s, key, r, tried)
}

func (t *Till) refundSeen(s state.Sale, key string, r gateway.Refund, tried time.Duration) result {
	now := terms.FromRefund(key, r)
	if now.Status == state.RefundFailed {
		return t.refundFailed(s, now, refusal{}, tried)
	}
	return seen(state.Event{Kind: state.EventRefundSeen, SaleID: s.ID, Refund: now})
}

// refusal is how a refund came to fail.
type refusal struct {
	sent  bool // the gateway refused to take it: it never was in the gateway's counter
	first bool // because others were there first, so that what the counter shows needs no second reading
}

// reread is what is known of the payment of a refund that failed.
type reread struct {
	how     refusal
	reading *state.Event // asked after the failure; nil: it can't be read, and was waited for long enough
	asked   uint64       // what onDisk was before that
	payment string       // its name, with the gateway's
}

// refundFailed brings a refund that did not happen, together with a reading of its payment asked after that: before a
// person is told that money is still here, it is known whether others sent it back. The zero result: the gateway can't
// be read now, and the end waits for it.
//
// If we die before the commit, the refund stands as it did; it is looked up at the next start, and fails again.
func (t *Till) refundFailed(s state.Sale, end *state.Refund, how refusal, tried time.Duration) result {
	payment := s.Payment(s.Refund(end.Key).PaymentID)
	after := reread{how: how, asked: t.onDisk.Load(), payment: payment.Gateway + "/" + payment.ID}
	if a := s.Attempt(payment.Attempt); a != nil && a.Quote != nil {
		ctx, cancel := t.within(gateway.LaneRefund, readTimeout)
		r, err := ReadOrder(ctx, t.gateways[payment.Gateway], &s, a)
		cancel()
		t.observe(payment.Gateway, err)
		switch {
		case err == nil:
			e := terms.ReadBy(&s, a, r, after.asked)
			after.reading = &e
		case t.ctx.Err() != nil || tried < readingPatience:
			return result{}
		}
	}
	return result{kind: resultUnrefunded, event: state.Event{Kind: state.EventRefundSeen, SaleID: s.ID, Refund: end},
		after: after}
}

// unrefunded records a refund that did not happen, and what its payment is since.
func (u *txn) unrefunded(failure state.Event, after reread) error {
	x := u.t.sales[failure.SaleID]
	if x != nil {
		u.after = append(u.after, func() { x.nextRead = time.Now() })
	}
	if after.reading != nil && !after.how.sent {
		// What the gateway still counts of the refund that failed is explained by it; the next poll sees it gone.
		if err := u.applyIfChanged(*after.reading); err != nil {
			return err
		}
	}
	if err := u.applyIfChanged(failure); err != nil || after.reading == nil || !after.how.sent {
		return err
	}

	// What is in the gateway's counter, others sent back.
	now, err := u.sale(failure.SaleID)
	if err != nil {
		return err
	}
	if p := now.Payment(after.payment); p == nil || p.Changed > after.asked {
		return nil // a newer reading is there already
	}
	e, reading := *after.reading, *after.reading.Reading
	reading.Asked, e.Reading = now.Seq, &reading
	if x != nil && !after.how.first {
		x.doubts.Mark(now, &e, u.t.o.Wall())
	}
	return u.applyIfChanged(e)
}

func (t *Till) refundUnknown(s state.Sale, key, why string) result {
	return seen(state.Event{Kind: state.EventRefundSeen, SaleID: s.ID,
		Refund: &state.Refund{Key: key, Status: state.RefundUnknown,
			Problem: terms.Said(gateway.ClassUnknown, why, gateway.CashierMaybeBack)}})
}

// Refund asks to send money of a sale back. It returns once the refund and its key are on disk.
func (t *Till) Refund(ctx context.Context, r RefundRequest) (state.Sale, error) {
	if err := r.Check(); err != nil {
		return state.Sale{}, err
	}
	// With All the amount is zero here, as it was when zero meant all: keys of then still find their refund.
	asked := []any{r.SaleID, r.PaymentID, r.Amount, r.Reason}
	if r.Goods { // added later: the prints of keys that were kept before stay what they are
		asked = append(asked, "goods")
	}
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID,
		request.Fingerprint(asked...), func(u *txn) error {
			s, err := u.sale(r.SaleID)
			if err != nil {
				return err
			}
			return u.refund(s, r.PaymentID, r)
		})
}

// refund writes one refund down, with a key of its own, before the gateway hears of it.
func (u *txn) refund(s state.Sale, paymentID string, r RefundRequest) error {
	if paymentID == "" {
		p := s.PaidBy()
		if p == nil {
			return &RequestError{Field: "payment_id", Why: fmt.Sprintf("sale %s has no money to refund", s.Name())}
		}
		paymentID = p.ID
	}
	amount := r.Amount
	if r.All {
		amount = s.Refundable(paymentID)
		if p := s.Payment(paymentID); amount == 0 && p != nil && p.Unnamed {
			return &RequestError{Field: "payment_id",
				Why: fmt.Sprintf("the gateway says that a part of payment %q went back, and not how much: "+
					"first say what others sent back (item unnamed:%s)", paymentID, paymentID)}
		}
		if amount == 0 {
			return &RequestError{Field: "payment_id",
				Why: fmt.Sprintf("nothing of payment %q of sale %s is left to refund", paymentID, s.Name())}
		}
	}
	if least := u.leastRefund(s, paymentID); amount < least {
		return &RequestError{Field: "amount_paise", Code: gateway.SentenceCode(gateway.CashierTooFewBack),
			Why: fmt.Sprintf("%s sends back %s at least, and this refund is of %s: nothing was asked of it",
				s.Payment(paymentID).Gateway, least, amount)}
	}
	return u.apply(state.Event{Kind: state.EventRefundAsked, SaleID: s.ID, By: r.By, Refund: &state.Refund{
		Key: "R" + s.ID + u.t.random.Token(10), PaymentID: paymentID, Amount: amount, Reason: r.Reason, By: r.By,
		Approver: r.Approver, Answers: r.Answers, Goods: r.Goods, Confirmed: r.Confirmed}})
}

// leastRefund is the least that the gateway of a payment sends back.
func (u *txn) leastRefund(s state.Sale, payment string) money.Paise {
	if p := s.Payment(payment); p != nil {
		if l, ok := u.t.gateways[p.Gateway].(gateway.HasLimits); ok {
			return l.Limits().LeastRefund
		}
	}
	return 0
}
