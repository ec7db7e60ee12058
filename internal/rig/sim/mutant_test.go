package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/state"
	"galla/state/statetest"
)

// mutant is a box that is wrong in one way. honest is the box as it is.
type mutant struct {
	name string
	// over is how the store lies to the process; nil: not.
	over func(*world, statetest.Store) statetest.Store
	// client is how the client of a gateway lies; nil: not.
	client func(*world, gateway.Gateway) gateway.Gateway
	// dies is what a crash does beside ending the process.
	dies func(*world)
	// needs says which runs can show it; nil: all.
	needs func(plan) bool
}

var honest mutant

func (m mutant) store(w *world, s statetest.Store) statetest.Store {
	if m.over == nil {
		return s
	}
	return m.over(w, s)
}

func (m mutant) gateway(w *world, g gateway.Gateway) gateway.Gateway {
	g = newFakeGateway(w, g)
	if m.client == nil {
		return g
	}
	return m.client(w, g)
}

func (m mutant) crash(w *world) {
	if m.dies != nil {
		m.dies(w)
	}
}

// mutants are the mistakes that the invariants are for.
var mutants = []mutant{
	{
		name: "a store that answers before the commit",
		over: func(_ *world, s statetest.Store) statetest.Store { return &hasty{Store: s} },
	},
	{
		name: "a store whose last commit a crash takes back",
		over: func(w *world, s statetest.Store) statetest.Store { return &recorder{s, w} },
		dies: rollBack,
	},
	{
		name: "a store that forgets idempotency keys",
		over: func(_ *world, s statetest.Store) statetest.Store { return keyless{s} },
	},
	{
		name: "a restart that forgets sales that are over",
		over: func(_ *world, s statetest.Store) statetest.Store { return forgetful{s} },
	},
	{
		name:   "an unknown answer taken for a no",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return deaf{g} },
	},
	{
		name:   "an order that is there, and not found",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return blind{g} },
	},
	{
		name:   "an order that may not be shown, forgotten",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return tidy{g} },
	},
	{name: "paid without evidence", client: func(_ *world, g gateway.Gateway) gateway.Gateway { return gullible{g} }},
	{
		name:   "money of a closed order isn't read",
		client: func(w *world, g gateway.Gateway) gateway.Gateway { return finished{g, w} },
	},
	{name: "a QR changed by one byte", client: func(_ *world, g gateway.Gateway) gateway.Gateway { return editor{g} }},
	{
		name:   "a refund with a new key each time",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return &rekeyed{Gateway: g} },
	},
	{
		name:   "a refund that is confirmed and never sent",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return miser{g} },
	},
	{
		name:   "a refund of one paisa more",
		client: func(_ *world, g gateway.Gateway) gateway.Gateway { return generous{g} },
	},
	{name: "a debit asked again after an answer that says nothing", client: pushy, needs: mandated},
	{name: "a debit of unknown end taken for one that failed", client: hasteful, needs: mandated},
	{name: "a standing payment dropped", client: dropping, needs: stood},
}

func mandated(p plan) bool { return p.round }
func stood(p plan) bool    { return p.stand }

// TestMutants: every mistake is seen within a hundred seeds, most within ten.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			for seed := uint64(1); seed <= 1500 && runs < 100; seed++ {
				if p := newPlan(seed); p.http || p.pictures || p.file && m.dies != nil || m.needs != nil &&
					!m.needs(p) {
					continue
				}
				runs++
				if w := run(t, seed, m); len(w.violations) > 0 {
					t.Logf("seen in run %d: %s", runs, strings.SplitN(w.violations[0], "\n", 2)[0])
					return
				}
			}
			t.Errorf("not seen in %d runs", runs)
		})
	}
}

// hasty writes a batch only when the next one comes.
type hasty struct {
	statetest.Store
	held []state.Batch
}

func (h *hasty) Commit(b state.Batch) error {
	for _, was := range h.held {
		if err := h.Store.Commit(was); err != nil {
			return err
		}
	}
	h.held = []state.Batch{b}
	return nil
}

// recorder remembers what was committed, so that rollBack can take the last batch away.
type recorder struct {
	statetest.Store
	w *world
}

func (r *recorder) Commit(b state.Batch) error {
	err := r.Store.Commit(b)
	if err == nil {
		r.w.batches = append(r.w.batches, b)
	}
	return err
}

func rollBack(w *world) {
	w.batches = w.batches[:max(0, len(w.batches)-1)]
	m := statetest.NewMemory()
	for _, b := range w.batches {
		if err := m.Commit(b); err != nil {
			w.t.Fatal(err)
		}
	}
	w.disk = memoryDisk{m}
}

type keyless struct{ statetest.Store }

func (k keyless) Commit(b state.Batch) error {
	if b.Keys = nil; len(b.Events) == 0 {
		return nil
	}
	return k.Store.Commit(b)
}

type forgetful struct{ statetest.Store }

func (f forgetful) Watching() (left []state.Sale, err error) {
	sales, err := f.Store.Watching()
	for _, s := range sales {
		if !s.Phase.Final() {
			left = append(left, s)
		}
	}
	return left, err
}

type deaf struct{ gateway.Gateway }

func (d deaf) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	q, err := d.Gateway.Open(ctx, c)
	if e, ok := errors.AsType[*gateway.Error](err); ok && e.Class == gateway.ClassUnknown {
		e.Class = gateway.ClassUnavailable
	}
	return q, err
}

type blind struct{ gateway.Gateway }

func (blind) Find(context.Context, gateway.Charge) (gateway.Quote, error) {
	return gateway.Quote{}, gateway.ErrNotFound
}

type tidy struct{ gateway.Gateway }

func (d tidy) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	q, err := d.Gateway.Open(ctx, c)
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		e.Order = ""
	}
	return q, err
}

type gullible struct{ gateway.Gateway }

func (d gullible) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	r, err := d.Gateway.Read(ctx, o)
	for i := range r.Payments {
		if s := r.Payments[i].Status; s == gateway.PaymentStarted || s == gateway.PaymentProcessing ||
			s == gateway.PaymentUnknown {
			r.Payments[i].Status = gateway.PaymentCaptured
		}
	}
	return r, err
}

type finished struct {
	gateway.Gateway
	w *world
}

func (d finished) Close(ctx context.Context, o gateway.Order) error {
	d.w.mu.Lock()
	d.w.done["closed "+o.Reference] = true
	d.w.mu.Unlock()
	return d.Gateway.Close(ctx, o)
}

func (d finished) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	d.w.mu.Lock()
	closed := d.w.done["closed "+o.Reference]
	d.w.mu.Unlock()
	if closed {
		return gateway.Reading{Status: gateway.OrderClosed}, nil
	}
	return d.Gateway.Read(ctx, o)
}

type editor struct{ gateway.Gateway }

func (d editor) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	q, err := d.Gateway.Open(ctx, c)
	if q.Payload != "" {
		q.Payload += " "
	}
	return q, err
}

type rekeyed struct {
	gateway.Gateway
	mu sync.Mutex
	n  int
}

func (d *rekeyed) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	d.mu.Lock()
	d.n++
	r.Key = fmt.Sprintf("%.30s-%d", r.Key, d.n)
	d.mu.Unlock()
	return d.Gateway.Refund(ctx, r)
}

type miser struct{ gateway.Gateway }

func (miser) Refund(_ context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	return gateway.Refund{ID: "rfnd_" + r.Key, Amount: r.Amount, Status: gateway.RefundProcessed}, nil
}

type generous struct{ gateway.Gateway }

func (d generous) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	r.Amount += money.Paise(1)
	return d.Gateway.Refund(ctx, r)
}

// teller is a gateway with mandates whose debits are asked in another way.
type teller struct {
	debitGateway
	execute func(gateway.Mandates, context.Context, gateway.MandateDebit) (gateway.Debit, error)
}

type tellerBook struct {
	gateway.Mandates
	t teller
}

func (t teller) Mandates() gateway.Mandates { return tellerBook{t.debitGateway.Mandates(), t} }

func (b tellerBook) Execute(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	return b.t.execute(b.Mandates, ctx, d)
}

func pushy(_ *world, g gateway.Gateway) gateway.Gateway {
	d, ok := g.(debitGateway)
	if !ok {
		return g
	}
	return teller{d, func(m gateway.Mandates, ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
		r, err := m.Execute(ctx, d)
		if gateway.ClassOf(err) == gateway.ClassUnknown && err != nil && ctx.Err() == nil {
			return m.Execute(ctx, d)
		}
		return r, err
	}}
}

func hasteful(_ *world, g gateway.Gateway) gateway.Gateway {
	d, ok := g.(debitGateway)
	if !ok {
		return g
	}
	return teller{d, func(m gateway.Mandates, ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
		r, err := m.Execute(ctx, d)
		if e, ok := errors.AsType[*gateway.Error](err); ok && e.Class == gateway.ClassUnknown {
			e.Class = gateway.ClassRejected
		}
		return r, err
	}}
}

// dropper is a gateway that lists every payment at a standing QR but some.
type dropper struct{ fullGateway }

func (d dropper) StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]gateway.Payment, error) {
	all, err := d.fullGateway.StandingPayments(ctx, qr, from, to)
	return slices.DeleteFunc(all, func(p gateway.Payment) bool { return p.ID[len(p.ID)-1] < 'M' }), err
}

func dropping(_ *world, g gateway.Gateway) gateway.Gateway {
	if d, ok := g.(fullGateway); ok {
		return dropper{d}
	}
	return g
}
