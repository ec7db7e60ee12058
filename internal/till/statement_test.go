package till

import (
	"context"
	"errors"
	"testing"
	"time"

	"galla/gateway"
	"galla/state"
)

// bookkeeper is a desk that keeps a list.
type bookkeeper struct {
	*desk
	statement gateway.Statement
	origins   map[string]gateway.Origin
	err       error
}

func (b *bookkeeper) Statement(context.Context, time.Time, time.Time) (gateway.Statement, error) {
	return b.statement, b.err
}

func (b *bookkeeper) Origin(_ context.Context, id string) (gateway.Origin, error) {
	o, ok := b.origins[id]
	if !ok && b.err == nil {
		return o, gateway.ErrNotFound
	}
	return o, b.err
}

// TestStatement: a payment is ours by its order's terminal; what fails says so in words, and a gateway without a list is told apart.
func TestStatement(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		b := &bookkeeper{desk: s.desks[0], origins: map[string]gateway.Origin{"pay_mine": {Reference: "R1", Terminal: "T1"}, "pay_other": {Reference: "R2", Terminal: "another"}},
			statement: gateway.Statement{Payments: []gateway.StatementPayment{{Payment: gateway.Payment{ID: "pay_mine"}}}}}
		s.tune = func(o *Options) { o.Gateways = []gateway.Gateway{b, newDesk(t, "plain")} }
		s.start()
		defer s.end()
		ctx := context.Background()
		if got, err := s.till.Statement(ctx, "a", time.Now(), time.Now()); err != nil || len(got.Payments) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		for id, want := range map[string]bool{"pay_mine": true, "pay_other": false, "pay_website": false} {
			if got, _, err := s.till.Ours(ctx, "a", state.Recorded{ID: id}); err != nil || got != want {
				t.Errorf("%s is ours: %v, %v", id, got, err)
			}
		}
		// The list's own word spares the question.
		if got, _, err := s.till.Ours(ctx, "a", state.Recorded{Origin: state.Origin{Reference: "R3", Terminal: "another"}}); err != nil || got {
			t.Errorf("%v, %v", got, err)
		}
		if _, err := s.till.Statement(ctx, "plain", time.Now(), time.Now()); !errors.Is(err, gateway.ErrUnsupported) {
			t.Errorf("without a list: %v", err)
		}
		b.err = &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: "list", Cashier: "The gateway is away."}
		if _, _, err := s.till.Ours(ctx, "a", state.Recorded{ID: "pay_x"}); err == nil || err.Error() != "The gateway is away." {
			t.Errorf("away: %v", err)
		}
		b.err = nil
		sale := s.open(25000)
		s.after(2*time.Second, sale.ID)
		s.desks[0].pay("", gateway.PaymentCaptured, 0)
		sale = s.want(10*time.Second, sale.ID, state.PhasePaid, state.TenderExact)
		// The payment of an order of ours comes with its sale, whichever attempt it was; one of an order that no sale has, without.
		ref := sale.Attempts[0].Ref
		for o, want := range map[state.Origin]string{{Reference: ref, Terminal: "T1"}: sale.ID, {Reference: ref, Terminal: "another"}: "", {Reference: ref[:len(ref)-1] + "_", Terminal: "T1"}: "",
			{Reference: "R3", Terminal: "T1"}: "", {Reference: "G00000099ABCD1ABCDEFGH", Terminal: "T1"}: ""} {
			ours, of, err := s.till.Ours(ctx, "a", state.Recorded{ID: sale.Payments[0].ID, Origin: o})
			if err != nil || ours != (o.Terminal == "T1") || (of != nil) != (want != "") || of != nil && (of.ID != want || len(of.Payments) != 1) {
				t.Errorf("%+v: ours %v, %+v, %v", o, ours, of, err)
			}
		}
		if id, ok := saleIn("G0000002AABCD12ABCDEFGH"); !ok || id != "0000002AABCD" {
			t.Errorf("the twelfth attempt is of sale %q, %v", id, ok)
		}
		if found, err := s.till.Reread(ctx, sale, sale.Attempts[0].Ref); err != nil || len(found) != 1 || found[0].Amount != 25000 {
			t.Errorf("reread: %+v, %v", found, err)
		}
		for what, err := range map[string]error{
			"an unknown gateway": second(s.till.Statement(ctx, "zebra", time.Now(), time.Now())),
			"an unknown attempt": second(s.till.Reread(ctx, sale, "none")),
			"an unknown refund":  second(s.till.RereadRefund(ctx, sale, "none")),
		} {
			if e, ok := errors.AsType[*RequestError](err); !ok || e.Field == "" {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
