package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
)

// fakeGateway is a client of a gateway whose answers come a moment later, each another one. Calls that fail for one
// reason, such as a token that could not be had, would end at the same nanosecond, and which came first would be
// chance.
type fakeGateway struct {
	gateway.Gateway
	w *world
}

// Gateways that leave payments to be captured and keep notes on orders (razorpay).
type (
	capturer interface {
		Capture(context.Context, gateway.Payment) (gateway.Payment, error)
	}
	noter interface {
		Note(context.Context, gateway.Order, map[string]string) error
	}
	fullGateway struct {
		fakeGateway
		capture capturer
		notes   noter
		gateway.HasCounterQRs
		payments gateway.HasStandingPayments
	}
	// debitGateway is one that keeps mandates (enkash).
	debitGateway struct {
		fakeGateway
		mandates gateway.HasMandates
	}
	mandateBook struct {
		gateway.Mandates
		d fakeGateway
	}
)

func newFakeGateway(w *world, g gateway.Gateway) gateway.Gateway {
	d := fakeGateway{g, w}
	c, isCapturer := g.(capturer)
	n, isNoter := g.(noter)
	switch {
	case isCapturer && isNoter:
		return fullGateway{d, c, n, g.(gateway.HasCounterQRs), g.(gateway.HasStandingPayments)}
	case w.plan.round:
		return debitGateway{d, g.(gateway.HasMandates)}
	}
	return d
}

// after lets the moment pass.
func (d fakeGateway) after(call, about string) {
	d.w.mu.Lock()
	key := d.Name() + call + about
	d.w.calls[key]++
	n := d.w.calls[key]
	d.w.mu.Unlock()
	time.Sleep(moment(d.w.chance(fmt.Sprint(key, n)), time.Millisecond))
}

func (d fakeGateway) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	defer d.after("open", c.Reference)
	q, err := d.Gateway.Open(ctx, c)
	if err == nil && d.Name() == string(gatewaytest.EnKash) && d.w.chance("another QR of "+c.Reference).IntN(8) == 0 {
		d.another(ctx, c, &q)
	}
	return q, err
}

// another asks an EnKash order for a second QR, after a customer has scanned the first: there, two payments of one
// order need two.
func (d fakeGateway) another(ctx context.Context, c gateway.Charge, q *gateway.Quote) {
	first := q.Payload
	again, err := d.Gateway.Find(ctx, c)
	if err != nil || again.ID != q.ID || again.Payload == "" || again.Payload == first {
		return
	}
	d.w.mu.Lock()
	d.w.twins[again.Payload] = first // scanned when the second is shown: an answer may get lost before that
	d.w.mu.Unlock()
	q.Payload = again.Payload
	for _, id := range again.TransactionIDs {
		if !slices.Contains(q.TransactionIDs, id) {
			q.TransactionIDs = append(q.TransactionIDs, id)
		}
	}
	d.w.met("a second QR of one order")
}

func (d fakeGateway) Find(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	defer d.after("find", c.Reference)
	return d.Gateway.Find(ctx, c)
}

func (d fakeGateway) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	defer d.after("read", o.Reference)
	look := d.w.bank.begin()
	r, err := d.Gateway.Read(ctx, o)
	if err == nil {
		d.w.bank.looked(o.Reference, look)
		time.Sleep(time.Duration(d.w.hold.Swap(0)))
	}
	return r, err
}

func (d fakeGateway) Close(ctx context.Context, o gateway.Order) error {
	defer d.after("close", o.Reference)
	return d.Gateway.Close(ctx, o)
}

func (d fakeGateway) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	defer d.after("refund", r.Key)
	return d.Gateway.Refund(ctx, r)
}

func (d fakeGateway) ReadRefund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	defer d.after("read refund", r.Key)
	return d.Gateway.ReadRefund(ctx, r)
}

func (d fullGateway) Capture(ctx context.Context, p gateway.Payment) (gateway.Payment, error) {
	defer d.after("capture", p.ID)
	return d.capture.Capture(ctx, p)
}

func (d fullGateway) Note(ctx context.Context, o gateway.Order, notes map[string]string) error {
	defer d.after("note", o.Reference)
	return d.notes.Note(ctx, o, notes)
}

// StandingPayments is a look at each payment that it lists and that is no sale yet.
func (d fullGateway) StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]gateway.Payment, error) {
	defer d.after("standing payments", qr)
	look := d.w.bank.begin()
	all, err := d.payments.StandingPayments(ctx, qr, from, to)
	if err == nil {
		d.w.bank.listed(all, look)
	}
	return all, err
}

func (d fullGateway) StandingPayment(ctx context.Context, qr, id string) (gateway.Payment, error) {
	defer d.after("standing payment", id)
	look := d.w.bank.begin()
	p, err := d.payments.StandingPayment(ctx, qr, id)
	if err == nil {
		d.w.bank.looked(id, look)
	}
	return p, err
}

func (d debitGateway) Mandates() gateway.Mandates {
	return mandateBook{d.mandates.Mandates(), d.fakeGateway}
}

func (m mandateBook) Show(ctx context.Context, id string) (gateway.Mandate, error) {
	defer m.d.after("show", id)
	return m.Mandates.Show(ctx, id)
}

func (m mandateBook) Notify(ctx context.Context, d gateway.MandateDebit) (gateway.Mandate, error) {
	defer m.d.after("notify", d.Reference)
	return m.Mandates.Notify(ctx, d)
}

func (m mandateBook) Execute(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	defer m.d.after("execute", d.Reference)
	look := m.d.w.bank.begin()
	r, err := m.Mandates.Execute(ctx, d)
	if err == nil {
		m.d.w.bank.looked(d.Reference, look)
	}
	return r, err
}

func (m mandateBook) ReadDebit(ctx context.Context, d gateway.MandateDebit) (gateway.Debit, error) {
	defer m.d.after("read debit", d.Reference)
	look := m.d.w.bank.begin()
	r, err := m.Mandates.ReadDebit(ctx, d)
	if err == nil {
		m.d.w.bank.looked(d.Reference, look)
	}
	return r, err
}
