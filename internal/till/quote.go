package till

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/till/terms"
	"galla/state"
)

const (
	// Both are a little longer than what the gateway package gives one call, so that the call says what it waited for.
	openTimeout = 27 * time.Second // for the whole of an Open, several requests at EnKash
	findTimeout = 12 * time.Second
	// "not found" counts only this long after the order may have been made: lists lag behind
	findSettle = 3 * time.Second

	// A customer waits this long for a clear answer of one gateway before another is asked, and where there is no
	// other.
	failOver     = 4500 * time.Millisecond
	lastPatience = 12 * time.Second
	// That is without the time that calls wait for our own budget; this is how long the first of them may.
	failOverQueue = 2 * time.Second
	lastQueue     = 10 * time.Second
)

// attempt writes down the next attempt of a sale, with its reference, before anyone is asked.
func (u *txn) attempt(saleID string) error {
	s, err := u.sale(saleID)
	if err != nil {
		return err
	}
	gw := state.NextGateway(s)
	if gw == "" {
		return nil
	}
	// If we die after the commit, the reference is on disk and the gateway has never heard of it, or has: Find tells.
	return u.apply(state.Event{Kind: state.EventAttemptAsked, SaleID: saleID, Gateway: gw,
		Attempt: terms.Reference(s.ID, len(s.Attempts)+1, u.t.random.Token(8))})
}

// others reports whether another gateway than the attempt's own is asked next when the attempt fails.
func others(s *state.Sale, ref string) bool {
	after := *s
	after.Attempts = slices.Clone(s.Attempts)
	a := after.Attempt(ref)
	a.State = state.AttemptLost
	next := state.NextGateway(after)
	return next != "" && next != a.Gateway
}

// opened is what became of an Open.
type opened struct {
	quote gateway.Quote
	err   error
	panic any // what it broke down over
}

// ask sends an Open beside the caller, who may have no patience to see its end.
func (t *Till) ask(ctx context.Context, gw gateway.Gateway, c gateway.Charge) <-chan opened {
	answer := make(chan opened, 1)
	t.workers.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				answer <- opened{panic: p}
			}
		}()
		q, err := gw.Open(ctx, c)
		answer <- opened{quote: q, err: err}
	})
	return answer
}

// quote opens the order of an attempt, and looks for it when the answer isn't clear. Where no clear answer comes in
// time the attempt is lost: the next gateway is asked, and what this one says later is recorded when it comes.
func (t *Till) quote(s state.Sale, ref string, fresh bool) result {
	a := s.Attempt(ref)
	gw := t.gateways[a.Gateway]
	if gw == nil {
		return certain(terms.Lost(&s, a, gateway.ErrUnsupported,
			fmt.Sprintf("gateway %q is no longer configured", a.Gateway)))
	}
	charge := terms.ToCharge(&s, a, terms.Asker{Terminal: t.o.Terminal, Box: t.o.Box})
	limit, queue := lastPatience, lastQueue
	if others(&s, ref) {
		limit, queue = failOver, failOverQueue
	}
	patience, stop := t.within(gateway.LaneCounter, limit)
	defer stop()
	ended := time.Now() // when the gateway may have made the order, at the latest
	var err error
	if fresh {
		// The call outlives the patience: an order that it makes is better known than looked for.
		ctx, cancel := gateway.Errand{Lane: gateway.LaneCounter, Limit: openTimeout, Patience: queue}.Begin(
			context.WithoutCancel(patience),
		)
		stopped := context.AfterFunc(t.ctx, cancel)
		answer := t.ask(ctx, gw, charge)
		var got opened
		select {
		case got = <-answer:
			stopped()
			cancel()
		case <-patience.Done():
			if t.ctx.Err() != nil {
				return result{}
			}
			t.workers.Go(func() {
				defer cancel()
				defer stopped()
				t.late(s, a, <-answer)
			})
			return t.silent(s, a, ctx)
		}
		if got.panic != nil {
			panic(got.panic)
		}
		err = got.err
		t.observe(a.Gateway, err)
		if err == nil {
			return certain(terms.Quoted(&s, a, got.quote, t.o.Demo))
		}
		if t.ctx.Err() != nil {
			return result{} // stopping: whether it was opened is looked up at the next start
		}
		if gateway.ClassOf(err) != gateway.ClassUnknown {
			return certain(terms.Failed(&s, a, err))
		}
		ended = time.Now()
		t.o.Log.Warn("order outcome unknown: looking it up", "sale", s.ID, "attempt", ref, "err", err)
	}

	missing := 0
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 4*time.Second) {
		looked := time.Now()
		ctx, cancel := gateway.Errand{Lane: gateway.LaneCounter, Limit: findTimeout}.Begin(patience)
		q, findErr := gw.Find(ctx, charge)
		cancel()
		if patience.Err() == nil {
			t.observe(a.Gateway, findErr)
		}
		switch {
		case findErr == nil:
			return certain(terms.Quoted(&s, a, q, t.o.Demo))
		case errors.Is(findErr, gateway.ErrNotFound):
			if missing++; missing >= 2 && looked.Sub(ended) >= findSettle {
				return certain(terms.Failed(&s, a, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: a.Gateway,
					Op: "create order", Err: err,
					Text: "the gateway has no such order", Cashier: gateway.CashierUnclear}))
			}
		case errors.Is(findErr, gateway.ErrUnsupported):
			return certain(terms.Lost(&s, a, findErr, "this gateway can't look an order up by our reference"))
		case terms.Existing(findErr) != "" && !gateway.ClassOf(findErr).Later():
			return certain(terms.Failed(&s, a, findErr)) // found, and not to be shown
		}
		if !sleep(patience, wait) {
			if t.ctx.Err() != nil {
				return result{}
			}
			return certain(terms.Lost(&s, a, findErr, "the gateway gave no certain answer in time"))
		}
	}
}

// silent gives an Open up that has not ended, and says whose doing that is.
func (t *Till) silent(s state.Sale, a *state.Attempt, ctx context.Context) result {
	err := &gateway.Error{Class: gateway.ClassUnknown, Gateway: a.Gateway, Op: "create order",
		Cashier: gateway.CashierUnknown,
		Err:     errors.New("no answer while a customer waits")}
	if gateway.Held(ctx) {
		err.Class, err.Cashier = gateway.ClassBusy, gateway.CashierOwnBudget
	}
	t.observe(a.Gateway, err)
	return certain(terms.Lost(&s, a, err, "the gateway has not answered while a customer waits"))
}

// late records what a gateway said of an order that was given up meanwhile: one that was made is closed, and watched.
func (t *Till) late(s state.Sale, a *state.Attempt, got opened) {
	switch {
	case t.ctx.Err() != nil:
	case got.panic != nil:
		t.o.Log.Error("an answer that came late panicked", "sale", s.ID, "attempt", a.Ref,
			"panic", fmt.Sprint(got.panic))
	case got.err == nil:
		t.observe(a.Gateway, nil)
		t.bring(certain(terms.Quoted(&s, a, got.quote, t.o.Demo)))
	case gateway.ClassOf(got.err) != gateway.ClassUnknown:
		t.bring(certain(terms.Failed(&s, a, got.err)))
	}
}
