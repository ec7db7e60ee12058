package standing

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/internal/till/terms"
	"galla/state"
)

// capturer is a gateway that leaves some payments authorised until they are taken. ErrUnsupported: this account lets
// such money go back.
type capturer interface {
	Capture(context.Context, gateway.Payment) (gateway.Payment, error)
}

// atOnce is how many payments are written in one commit.
const atOnce = 50

// take has the till make sales of what came, in the order in which it was paid.
//
// If we die before the commit, nothing of it is on disk, and the next start asks the gateway for the same payments;
// after it, the till answers that they are sales already.
func (f *found) take(ctx context.Context, w *Watch, s *stand, t task, listed []gateway.Payment) {
	byTime(listed)
	seen := map[string]bool{}
	var arrived []terms.Arrival
	for _, p := range listed {
		_, took := f.taken[p.ID]
		if took || seen[p.ID] || w.known(s, p.ID) {
			continue
		}
		seen[p.ID] = true
		p = w.capture(ctx, t, p)
		f.judge(w, t, p)
		switch p.Status {
		case gateway.PaymentCaptured, gateway.PaymentRefunded:
			arrived = append(arrived, terms.Arrival{
				Gateway: t.gateway,
				At:      state.Standing{QR: t.qr, Name: t.name, At: p.CreatedAt},
				Payment: p,
			})
		case gateway.PaymentFailed:
		default:
			if f.began.Sub(p.CreatedAt) < soon && (f.pending.IsZero() || p.CreatedAt.Before(f.pending)) {
				f.pending = p.CreatedAt
			}
		}
	}
	for some := range slices.Chunk(arrived, atOnce) { // the till's turn is for whoever stands at the counter too
		if f.commit(ctx, w, t, some); f.err != nil {
			return
		}
	}
}

// commit makes sales of payments, all or none.
func (f *found) commit(ctx context.Context, w *Watch, t task, arrived []terms.Arrival) {
	var sales []state.Sale
	var taken map[string]time.Time
	err := w.till.Commit(ctx, func(x *till.Txn) error {
		sales, taken = nil, map[string]time.Time{} // a commit may be made twice
		for _, a := range arrived {
			sale, fresh, err := x.Standing(a)
			if refused, ok := errors.AsType[*state.RefusedError](err); ok {
				f.strange(w, t, a.Payment, "standing_odd_record", "why", refused.Error())
				continue
			}
			if err != nil {
				return err
			}
			if fresh {
				sales = append(sales, sale)
			} else if sale.Kind != state.KindStanding {
				w.log.Warn(
					"a payment of a standing QR is another sale's already",
					"qr",
					t.qr,
					"payment",
					a.Payment.ID,
					"sale",
					sale.ID,
				)
			}
			delete(f.odd, a.Payment.ID)
			taken[a.Payment.ID] = a.Payment.CreatedAt
		}
		return nil
	})
	if err != nil {
		f.err = err
		return
	}
	f.sales = append(f.sales, sales...)
	maps.Copy(f.taken, taken)
}

// judge keeps what a payment is when a person should look at it, and forgets one that is in order again.
func (f *found) judge(w *Watch, t task, p gateway.Payment) {
	switch {
	case p.Status == gateway.PaymentProcessing && f.began.Sub(p.CreatedAt) > soon:
		f.strange(w, t, p, "standing_uncaptured", "", "")
	case p.Status == gateway.PaymentCaptured, p.Status == gateway.PaymentRefunded: // see commit
	case p.Status != gateway.PaymentUnknown:
		delete(f.odd, p.ID)
	case p.Odd.Code == gateway.OddCurrency:
		f.strange(w, t, p, "standing_odd_currency", "word", p.Odd.Word)
	case p.Odd.Code == gateway.OddStatus:
		f.strange(w, t, p, "standing_odd_status", "word", p.Odd.Word)
	default:
		f.strange(w, t, p, "standing_odd_record", "why", cmp.Or(p.Odd.Word, "its record can't be read"))
	}
}

// strange keeps a payment that is no sale, and logs it once.
func (f *found) strange(w *Watch, t task, p gateway.Payment, code, name, value string) {
	o := odd{Problem{code, map[string]any{"payment": cmp.Or(p.ID, "?")}}, p.CreatedAt}
	if name != "" {
		o.Values[name] = value
	}
	if p.CreatedAt.IsZero() {
		o.at = f.began
	}
	if known := f.odd[p.ID]; known.Code != code {
		w.log.Error("a payment of a standing QR makes no sale", "qr", t.qr, "payment", p.ID, "why", code, "says", value)
	}
	f.odd[p.ID] = o
}

// capture takes the money of an authorised payment, where the account is set so.
func (w *Watch) capture(ctx context.Context, t task, p gateway.Payment) gateway.Payment {
	c, ok := w.gateways[t.gateway].(capturer)
	if !ok || p.Status != gateway.PaymentProcessing {
		return p
	}
	ctx, cancel := gateway.Errand{Lane: gateway.LaneStanding, Limit: lookTimeout}.Begin(ctx)
	defer cancel()
	took, err := c.Capture(ctx, p)
	switch {
	case err == nil:
		took.CreatedAt = p.CreatedAt
		return took
	case !errors.Is(err, gateway.ErrUnsupported):
		w.log.Warn(
			"an authorised payment of a standing QR could not be taken; the next look tries again",
			"payment",
			p.ID,
			"err",
			err,
		)
	}
	return p
}

// known reports whether a payment is a sale already, by what this process remembers.
func (w *Watch) known(s *stand, id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := s.taken[id]
	return ok
}

// byTime puts payments in the order in which they began.
func byTime(all []gateway.Payment) {
	slices.SortStableFunc(all, func(a, b gateway.Payment) int { return a.CreatedAt.Compare(b.CreatedAt) })
}
