package till

import (
	"context"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/till/debit"
	"galla/internal/till/terms"
	"galla/state"
)

// heardFor is how long ago a payment of a standing QR may have been made and still be announced: what came while the
// box was off is on the console, and a voice that counts up a morning's payments would stand before the one that
// somebody waits for.
const heardFor = 2 * time.Minute

// Standing makes a sale of a payment of a standing QR, once: the gateway and the payment's id are its key. A payment
// that a sale has already answers with that sale, whatever its kind, and nothing is written.
//
// If we die before the commit, the gateway lists the payment again, and this makes the sale then.
func (x *Txn) Standing(a terms.Arrival) (s state.Sale, fresh bool, err error) {
	u := x.u
	if s, ok, err := u.holder(a.Gateway, a.Payment.ID); err != nil || ok {
		return s, false, err
	}

	o, id, err := u.fresh(state.Opened{})
	if err != nil {
		return state.Sale{}, false, err
	}
	if err := u.apply(terms.FromArrival(a, id, terms.Reference(id, 1, u.t.random.Token(8)), o)); err != nil {
		return state.Sale{}, false, err
	}
	return u.sales[id], true, nil
}

// holder is the sale that has a payment of a gateway: in this turn, or on disk.
func (u *txn) holder(name, payment string) (state.Sale, bool, error) {
	for _, s := range u.sales {
		if s.Holds(name, payment) {
			return s, true, nil
		}
	}
	found, err := u.t.o.Store.Find(state.FieldPayment, payment, "", referencesAtOnce)
	if err != nil {
		return state.Sale{}, false, err
	}
	for _, s := range found {
		if s.Holds(name, payment) {
			return s, true, nil
		}
	}
	return state.Sale{}, false, nil
}

// withoutOthers leaves out of a reading the payments that came at a standing QR: a gateway that lists one for an order
// too must not have it counted twice.
func (u *txn) withoutOthers(s *state.Sale, e state.Event) (state.Event, error) {
	if e.Reading == nil || s.Kind == state.KindStanding {
		return e, nil
	}
	a := s.Attempt(e.Attempt)
	for i := 0; a != nil && i < len(e.Reading.Payments); i++ {
		id := e.Reading.Payments[i].ID
		if s.Holds(a.Gateway, id) {
			continue
		}
		other, taken, err := u.holder(a.Gateway, id)
		if err != nil {
			return e, err
		}
		if taken && other.Kind == state.KindStanding {
			r := *e.Reading
			r.Payments = slices.Delete(slices.Clone(r.Payments), i, i+1)
			e.Reading = &r
			i--
			u.t.unusual(s.ID, a.Ref, fmt.Sprintf("payment %s is sale %s at a standing QR: it is not counted here", id,
				other.Name()))
		}
	}
	return e, nil
}

// ReadOrder reads what a gateway has of an attempt: the order of its quote, or the debit that it is. A standing QR is
// many people's order: of it, the sale's own payment is read.
func ReadOrder(ctx context.Context, gw gateway.Gateway, s *state.Sale, a *state.Attempt) (gateway.Reading, error) {
	switch s.Kind {
	case state.KindMandate:
		return debit.Read(ctx, gw, s, a)
	case state.KindStanding:
		return gateway.ReadStanding(ctx, gw, a.Quote.OrderID, s.Payments[0].ID)
	}
	return gw.Read(ctx, terms.ToOrder(s, a))
}

// unheard reports whether the payment of a standing QR was made too long ago to be announced.
func (t *Till) unheard(s *state.Sale) bool {
	return s.Standing != nil && (len(s.Attention) > 0 || !s.Standing.At.IsZero() &&
		t.o.Wall().Sub(s.Standing.At) > heardFor)
}
