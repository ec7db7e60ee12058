//go:build realtill

package counter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/printer"
	"galla/state"
	"galla/state/statetest"
)

// TestRealTill is the second column: the tests of overTheEngine over till.Till, in a bubble of time each.
func TestRealTill(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(overTheEngine)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, overTheEngine[name]) })
	}
}

func init() { realTill = newEngine }

const razorpayHost = "127.0.0.1:8802"

// engine is a till over the memory store, with Razorpay's client, whose QRs may be paid twice, before the calm
// simulator.
type engine struct {
	*till.Till
	t   testing.TB
	sim *gatewaytest.Sim
	ops *operations.Operations

	mu  sync.Mutex
	ids []string // of the sales, in the order they were opened
}

// paper prints every slip at once.
type paper struct{}

func (paper) PrintOrderSlip(context.Context, string, printer.OrderSlip, func() string) (printer.Status, string) {
	return printer.StatusPrinted, "Printed."
}

func (paper) PrintReceipt(context.Context, string, printer.Receipt, func() string) (printer.Status, string) {
	return printer.StatusPrinted, "Printed."
}

func newEngine(t testing.TB) (column, func() time.Time) {
	t.Helper()
	// The bubble begins in the year 2000, and the tests' day is 22 November 2026.
	time.Sleep(time.Until(time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)))

	knobs := gatewaytest.Calm()
	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 7, Knobs: &knobs, NoPictures: true})
	net := gatewaytest.NewNetwork()
	net.Serve(razorpayHost, sim.Razorpay())
	client, err := razorpay.New(razorpay.Config{BaseURL: "http://" + razorpayHost, KeyID: gatewaytest.RazorpayKeyID,
		KeySecret: gatewaytest.RazorpayKeySecret, Transport: net.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	store := statetest.NewMemory()
	o := till.Options{
		Store:    store,
		Refused:  func(err error) bool { return errors.Is(err, statetest.ErrConflict) },
		Gateways: []gateway.Gateway{client},
		Log:      slog.New(slog.DiscardHandler),
		Paper:    paper{},
		Terminal: "T1",
		Shop:     printer.Shop{Name: "Test Shop"},
		Random:   rand.NewPCG(1, 2),
	}
	e := &engine{t: t, sim: sim}
	if e.Till, err = till.New(o); err != nil {
		t.Fatal(err)
	}

	e.ops, err = operations.New(
		operations.Options{Till: e.Till, Store: store, Gateways: o.Gateways, Terminal: o.Terminal, Log: o.Log},
	)
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- e.Run(ctx) }()
	go func() { ended <- e.ops.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	<-e.Ready()
	synctest.Wait() // the operations run too
	return e, time.Now
}

// Operations writes acts down in the till's own chain.
func (e *engine) Operations() Operations { return e.ops }

// Newest is the newest event's number.
func (e *engine) Newest() uint64 {
	seq, err := e.Seq()
	if err != nil {
		e.t.Fatal(err)
	}
	return seq
}

// id is the till's own id of the nth sale, where a test calls it S00000n.
func (e *engine) id(name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	if _, err := fmt.Sscanf(name, "S%06d", &n); err != nil || n < 1 || n > len(e.ids) || len(name) != 7 {
		return name
	}
	return e.ids[n-1]
}

// Open answers when the QR is there, as the fake does.
func (e *engine) Open(ctx context.Context, r till.OpenRequest) (state.Sale, error) {
	s, err := e.Till.Open(ctx, r)
	if err != nil {
		return s, err
	}
	e.mu.Lock()
	if !slices.Contains(e.ids, s.ID) {
		e.ids = append(e.ids, s.ID)
	}
	e.mu.Unlock()
	return e.until(
		s.ID,
		func(s state.Sale) bool { return s.Phase != state.PhaseOpened && s.Phase != state.PhaseQuoting },
	), nil
}

func (e *engine) Sale(ctx context.Context, id string) (state.Sale, error) {
	return e.Till.Sale(ctx, e.id(id))
}

func (e *engine) Cancel(ctx context.Context, r till.CancelRequest) (state.Sale, error) {
	r.SaleID = e.id(r.SaleID)
	return e.settled(e.Till.Cancel(ctx, r))
}

func (e *engine) Refund(ctx context.Context, r till.RefundRequest) (state.Sale, error) {
	r.SaleID = e.id(r.SaleID)
	return e.settled(e.Till.Refund(ctx, r))
}

func (e *engine) Print(ctx context.Context, r till.PrintRequest) (state.Sale, error) {
	r.SaleID = e.id(r.SaleID)
	return e.settled(e.Till.Print(ctx, r))
}

func (e *engine) Resolve(ctx context.Context, r till.ResolveRequest) (state.Sale, error) {
	r.SaleID = e.id(r.SaleID)
	return e.settled(e.Till.Resolve(ctx, r))
}

// settled answers a write with how the sale stands once the gateway and the printer have answered, as the fake does.
func (e *engine) settled(s state.Sale, err error) (state.Sale, error) {
	if err != nil {
		return s, err
	}
	return e.until(s.ID, func(s state.Sale) bool {
		return s.Phase != state.PhaseClosing &&
			!slices.ContainsFunc(s.Refunds, func(r state.Refund) bool { return r.Status == state.RefundAsked }) &&
			!slices.ContainsFunc(s.Prints, func(p state.Print) bool { return p.Status == "" })
	}), nil
}

// until lets time pass until the sale is so: an hour at most, in which every poll has its turn.
func (e *engine) until(id string, so func(state.Sale) bool) state.Sale {
	for range 3600 * 4 {
		s, err := e.Till.Sale(context.Background(), e.id(id))
		if err != nil {
			e.t.Fatalf("sale %s: %v", id, err)
		}
		if so(s) {
			return s
		}
		time.Sleep(time.Second / 4)
	}
	e.t.Fatalf("sale %s did not come so far within an hour", id)
	return state.Sale{}
}

// act has the customer do something with the newest QR of the sale, and waits until the till knows of it.
func (e *engine) act(id string, a gatewaytest.Act, known func(state.Payment) bool) string {
	s, err := e.Till.Sale(context.Background(), e.id(id))
	if err != nil {
		e.t.Fatal(err)
	}
	quote := s.Attempts[len(s.Attempts)-1].Quote
	if quote == nil {
		e.t.Fatalf("sale %s has no QR to pay", id)
	}
	seen := map[string]state.PaymentStatus{}
	for _, p := range s.Payments {
		seen[p.ID] = p.Status
	}

	a.Payload = quote.Payload
	if _, err := e.sim.Phone().Do(a); err != nil {
		e.t.Fatalf("sale %s: %v", id, err)
	}
	e.Hint("razorpay", quote.OrderID)
	paid := ""
	e.until(id, func(s state.Sale) bool {
		for _, p := range s.Payments {
			if was, there := seen[p.ID]; known(p) && (!there || was != p.Status) {
				paid = p.ID
			}
		}
		return paid != ""
	})
	return paid
}

func captured(p state.Payment) bool { return p.Status == state.PaymentCaptured }

// Pay pays what the QR asks, or another amount; again, or late, where the gateway would not have it.
func (e *engine) Pay(id string, amount money.Paise) string {
	s, err := e.Till.Sale(context.Background(), e.id(id))
	if err != nil {
		e.t.Fatal(err)
	}
	a := gatewaytest.Act{Action: gatewaytest.Pay}
	switch {
	case s.Phase == state.PhasePaid:
		a.Action = gatewaytest.PayMore // PayTwice would be two more
	case s.Phase == state.PhaseClosed || s.Phase == state.PhaseClosing:
		a.Action = gatewaytest.PayLate
	case amount != 0 && amount != s.Amount:
		a.Action, a.Amount = gatewaytest.PayAmount, amount
	}
	return e.act(id, a, captured)
}

func (e *engine) Start(id string) string {
	return e.act(id, gatewaytest.Act{Action: gatewaytest.Start}, func(state.Payment) bool { return true })
}

func (e *engine) Finish(id, _ string) { e.act(id, gatewaytest.Act{Action: gatewaytest.Pay}, captured) }

func (e *engine) Fail(id, _ string) {
	e.act(
		id,
		gatewaytest.Act{Action: gatewaytest.Decline},
		func(p state.Payment) bool { return p.Status == state.PaymentFailed },
	)
}

// Expire waits until nobody has paid for too long.
func (e *engine) Expire(id string) {
	e.until(id, func(s state.Sale) bool { return s.Phase == state.PhaseClosed })
}
