package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// Maker makes the client that a contract is about. baseURL is the simulator's; transport reaches nothing but it; now is
// the bubble's clock. The credentials are this package's constants.
type Maker func(t *testing.T, baseURL string, transport http.RoundTripper, now func() time.Time) gateway.Gateway

// The addresses a bench serves at; nothing listens there outside the bench's own network.
const (
	enkashAddr   = "127.0.0.1:8801"
	razorpayAddr = "127.0.0.1:8802"
)

// bench is one client, one simulator and the wire between them, inside a testing/synctest bubble.
type bench struct {
	testing.TB
	t    *testing.T // for makers
	api  API
	sim  *Sim
	net  *Network
	gw   gateway.Gateway
	mk   Maker
	base string
	addr string
}

// onBench runs f in a bubble of its own, over a simulator with the given knobs.
func onBench(t *testing.T, mk Maker, api API, seed uint64, k Knobs, f func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{
			TB:   t,
			t:    t,
			mk:   mk,
			api:  api,
			sim:  NewSim(Options{Seed: seed, Knobs: &k}),
			net:  NewNetwork(),
			addr: enkashAddr,
			base: "http://" + enkashAddr,
		}
		if api == Razorpay {
			b.addr, b.base = razorpayAddr, "http://"+razorpayAddr+"/v1"
		}
		b.net.Serve(enkashAddr, b.sim.EnKash())
		b.net.Serve(razorpayAddr, b.sim.Razorpay())
		b.gw = mk(t, b.base, b.net.Transport(), time.Now)
		defer func() { // before the bubble ends, however f ended
			if err := b.net.Close(); err != nil {
				t.Errorf("closing the network: %v", err)
			}
		}()
		f(b)
	})
}

// charge makes the charge of a sale's attempt.
func (b *bench) charge(ref string, amount money.Paise) gateway.Charge {
	return gateway.Charge{
		Reference:   ref,
		SaleID:      "sale-" + strings.ToLower(ref),
		Terminal:    "counter-1",
		Amount:      amount,
		Description: "Bill of the contract suite",
		AskedAt:     time.Now(),
		CloseAfter:  5 * time.Minute,
	}
}

// open opens an order that must open, and checks the quote.
func (b *bench) open(ref string, amount money.Paise) gateway.Quote {
	b.Helper()
	c := b.charge(ref, amount)
	q, err := b.gw.Open(b.Context(), c)
	if err != nil {
		b.Fatalf("Open(%s, %s): %v", ref, amount, err)
	}
	b.checkQuote(c, q)
	return q
}

// checkQuote compares a quote with what the simulator really handed out.
func (b *bench) checkQuote(c gateway.Charge, q gateway.Quote) {
	b.Helper()
	orders := b.sim.Ledger().ByReference(b.api, c.Reference)
	if len(orders) != 1 {
		b.Fatalf("%d orders carry the reference %s, want 1", len(orders), c.Reference)
	}
	o := orders[0]
	switch {
	case q.Reference != c.Reference || q.ID != o.ID || q.Amount != c.Amount || o.Amount != c.Amount:
		b.Errorf("quote is %s %s %s, the gateway's order %s %s, the charge %s %s",
			q.Reference, q.ID, q.Amount, o.ID, o.Amount, c.Reference, c.Amount)
	case !slices.Contains(o.Payloads, q.Payload):
		b.Errorf("payload %q was never handed out; the gateway sent %q", q.Payload, o.Payloads)
	case q.PayeeName != payeeName || q.PayeeVPA != enkashVPA && q.PayeeVPA != razorpayPayee(o.ID):
		b.Errorf("payee is %q %q, want %q and the simulator's VPA", q.PayeeName, q.PayeeVPA, payeeName)
	case !q.ValidUntil.IsZero() && (q.ValidUntil.Before(time.Now()) ||
		q.ValidUntil.After(time.Now().Add(24*time.Hour))):
		b.Errorf("valid until %s, now is %s", q.ValidUntil, time.Now())
	case q.OpenedAt.IsZero() || time.Until(q.OpenedAt).Abs() > 10*time.Minute:
		b.Errorf("opened at %s, now is %s", q.OpenedAt, time.Now())
	case b.api == EnKash && len(q.TransactionIDs) == 0:
		b.Errorf("quote has no ekPayId: nothing could be polled")
	case q.TestMode:
		b.Errorf("quote is in test mode, made with live keys")
	}
}

// read reads an order that must be readable, and checks the reading against the truth.
func (b *bench) read(o gateway.Order) gateway.Reading {
	b.Helper()
	r, err := b.gw.Read(b.Context(), o)
	if err != nil {
		b.Fatalf("Read(%s): %v", o.ID, err)
	}
	b.checkReading(o, r)
	return r
}

// checkReading fails when a reading claims what did not happen. It does not ask that a reading knows everything yet.
func (b *bench) checkReading(o gateway.Order, r gateway.Reading) {
	b.Helper()
	l := b.sim.Ledger()
	truth := map[string]LedgerPayment{}
	money := false
	for _, p := range l.PaymentsOf(o.ID) {
		truth[p.ID] = p
		money = money || p.Captured
	}
	if r.Status == gateway.OrderPaid && !money {
		b.Errorf("order %s reads paid; the gateway has no money for it", o.ID)
	}
	if !slices.Contains([]gateway.OrderStatus{gateway.OrderOpen, gateway.OrderClosed, gateway.OrderPaid,
		gateway.OrderUnknown}, r.Status) {
		b.Errorf("order %s has the status %q, which is no OrderStatus", o.ID, r.Status)
	}

	seen := map[string]bool{}
	for _, p := range r.Payments {
		if seen[p.ID] {
			b.Errorf("payment %s is listed twice", p.ID)
		}
		seen[p.ID] = true
		if strings.Contains(fmt.Sprint(p), truth[p.ID].VPA) && truth[p.ID].VPA != "" {
			b.Errorf("payment %s shows the payer's whole address", p.ID)
		}
		if p.Status != gateway.PaymentCaptured && p.Status != gateway.PaymentRefunded {
			continue
		}
		is := truth[p.ID]
		switch {
		case !is.Captured && p.Status == gateway.PaymentCaptured:
			b.Errorf("payment %s of order %s reads captured; it is %s", p.ID, o.ID, is.State)
		case is.Captured && p.Amount != is.Amount:
			b.Errorf("payment %s reads %s; it was %s", p.ID, p.Amount, is.Amount)
		case is.Captured && p.RRN != "" && p.RRN != is.RRN:
			b.Errorf("payment %s reads RRN %s; it is %s", p.ID, p.RRN, is.RRN)
		case p.Status == gateway.PaymentRefunded && is.Captured && is.Refunded < is.Amount:
			b.Errorf("payment %s reads refunded; %s of %s went back", p.ID, is.Refunded, is.Amount)
		}
	}
}

// moneyOf returns the payments of a reading that brought money, refunded since or not.
func moneyOf(r gateway.Reading) []gateway.Payment {
	return slices.DeleteFunc(slices.Clone(r.Payments), func(p gateway.Payment) bool {
		return p.Status != gateway.PaymentCaptured && p.Status != gateway.PaymentRefunded
	})
}

// pay makes the phone pay what is shown.
func (b *bench) pay(q gateway.Quote) LedgerPayment {
	b.Helper()
	return b.act(Act{Payload: q.Payload, Action: Pay})
}

func (b *bench) act(a Act) LedgerPayment {
	b.Helper()
	p, err := b.sim.Phone().Do(a)
	if err != nil {
		b.Fatalf("the phone could not %s: %v", a.Action, err)
	}
	return p
}

// script begins a fault script that must be right.
func (b *bench) script(lines ...string) {
	b.Helper()
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "API", string(b.api))
	if err := b.sim.Script("contract", text); err != nil {
		b.Fatal(err)
	}
}

// class fails unless err is of one of the classes, and its text keeps secrets.
func (b *bench) class(err error, want ...gateway.Class) {
	b.Helper()
	if err == nil {
		b.Fatalf("succeeded; want an error of class %v", want)
	}
	b.discreet(err)
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || !slices.Contains(want, e.Class) {
		b.Fatalf("error %q; want a *gateway.Error of class %v", err, want)
	}
	if e.Cashier == "" {
		b.Errorf("error %q has no sentence for the cashier", err)
	}
	if e.Gateway != b.gw.Name() || e.Op == "" {
		b.Errorf("error %q does not say which gateway (%q) or what was asked (%q)", err, e.Gateway, e.Op)
	}
}

// discreet fails when an error holds something that must not reach a log.
func (b *bench) discreet(err error) {
	b.Helper()
	for _, secret := range []string{EnKashSecretKey, RazorpayKeySecret, RazorpayTestKeySecret, "sim.",
		"Basic ", "Bearer "} {
		if strings.Contains(err.Error(), secret) {
			b.Errorf("error %q holds %q, which must not leave the client", err, secret)
		}
	}
}

// wait lets time pass in the bubble.
func (b *bench) wait(d time.Duration) { pause(d) }

// orders counts the orders of a reference.
func (b *bench) orders(ref string) int { return len(b.sim.Ledger().ByReference(b.api, ref)) }

// within returns a context that ends after d.
func (b *bench) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.Context(), d)
}
