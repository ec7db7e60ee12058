package till

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/money"
	"galla/printer"
)

// fakeGateway is a strict gateway in memory: it refuses a reference it has seen, a close of an order it doesn't have
// and a refund over what came, and fails each call as it is told: before or after the effect happened.
type fakeGateway struct {
	t    *testing.T
	name string

	mu      sync.Mutex
	orders  map[string]*fakeOrder // by reference
	refunds map[string]gateway.Refund
	asked   map[string]int // calls by kind
	// fail is asked before each call: apply says whether the effect happens all the same.
	fail func(call string, n int) (apply bool, err error)
	// noClose and noFind make the abilities unsupported.
	noClose, noFind, test bool
	wrongAmount           bool
	held                  func() time.Duration // how long the answer of a read is under way
	least                 money.Paise          // the least refund
}

// Limits implements gateway.HasLimits.
func (d *fakeGateway) Limits() gateway.Limits { return gateway.Limits{LeastRefund: d.least} }

type fakeOrder struct {
	charge   gateway.Charge
	id       string
	closed   bool
	payments []gateway.Payment
}

func newFakeGateway(t *testing.T, name string) *fakeGateway {
	return &fakeGateway{
		t:       t,
		name:    name,
		orders:  map[string]*fakeOrder{},
		refunds: map[string]gateway.Refund{},
		asked:   map[string]int{},
	}
}

var _ gateway.Gateway = (*fakeGateway)(nil)

func (d *fakeGateway) Name() string { return d.name }

func (d *fakeGateway) call(ctx context.Context, kind string) (apply bool, err error) {
	if ctx.Err() != nil {
		return false, &gateway.Error{Class: gateway.ClassUnknown, Gateway: d.name, Op: kind, Err: ctx.Err()}
	}
	d.asked[kind]++
	if d.fail != nil {
		return d.fail(kind, d.asked[kind])
	}
	return true, nil
}

func (d *fakeGateway) quote(o *fakeOrder) gateway.Quote {
	amount := o.charge.Amount
	if d.wrongAmount {
		amount++
	}
	return gateway.Quote{
		Order:     gateway.Order{Reference: o.charge.Reference, ID: o.id, Amount: amount},
		Payload:   "upi://pay?pa=shop@bank&pn=Shop&am=" + o.charge.Amount.Decimal() + "&tr=" + o.charge.Reference,
		PayeeVPA:  "shop@bank",
		PayeeName: "Shop",
		TestMode:  d.test,
	}
}

func (d *fakeGateway) Open(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	apply, err := d.call(ctx, "open")
	if apply {
		if d.orders[c.Reference] != nil {
			d.t.Errorf("%s: reference %s was used twice", d.name, c.Reference)
		}
		d.orders[c.Reference] = &fakeOrder{charge: c, id: fmt.Sprintf("%s-%d", d.name, len(d.orders)+1)}
	}
	if err != nil {
		return gateway.Quote{}, err
	}
	return d.quote(d.orders[c.Reference]), nil
}

func (d *fakeGateway) Find(ctx context.Context, c gateway.Charge) (gateway.Quote, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noFind {
		return gateway.Quote{}, gateway.ErrUnsupported
	}
	if _, err := d.call(ctx, "find"); err != nil {
		return gateway.Quote{}, err
	}
	if o := d.orders[c.Reference]; o != nil {
		return d.quote(o), nil
	}
	return gateway.Quote{}, gateway.ErrNotFound
}

func (d *fakeGateway) order(o gateway.Order) *fakeOrder {
	k := d.orders[o.Reference]
	if k == nil || k.id != o.ID {
		d.t.Errorf("%s: asked for order %s %s, which it never gave", d.name, o.Reference, o.ID)
		return &fakeOrder{}
	}
	return k
}

func (d *fakeGateway) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.call(ctx, "read"); err != nil {
		return gateway.Reading{}, err
	}
	k := d.order(o)
	r := gateway.Reading{Status: gateway.OrderOpen, Payments: append([]gateway.Payment(nil), k.payments...)}
	if k.closed {
		r.Status = gateway.OrderClosed
	}
	for _, p := range k.payments {
		if p.Status == gateway.PaymentCaptured {
			r.Status = gateway.OrderPaid
		}
	}
	if d.held != nil {
		wait := d.held()
		d.mu.Unlock()
		time.Sleep(wait)
		d.mu.Lock()
	}
	return r, nil
}

func (d *fakeGateway) Close(ctx context.Context, o gateway.Order) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noClose {
		return gateway.ErrUnsupported
	}
	apply, err := d.call(ctx, "close")
	if apply {
		d.order(o).closed = true
	}
	return err
}

func (d *fakeGateway) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	apply, err := d.call(ctx, "refund")
	if apply && d.refunds[r.Key].ID == "" {
		var left money.Paise
		for _, o := range d.orders {
			for _, p := range o.payments {
				if p.ID == r.PaymentID && p.Status == gateway.PaymentCaptured {
					left = p.Amount
				}
			}
		}
		for _, k := range d.refunds {
			left -= k.Amount
		}
		if r.Amount > left {
			d.t.Errorf("%s: refund of %s, %s is left", d.name, r.Amount, left)
		}
		d.refunds[r.Key] = gateway.Refund{
			ID:     fmt.Sprintf("rf%d", len(d.refunds)+1),
			Amount: r.Amount,
			Status: gateway.RefundPending,
		}
	}
	if err != nil {
		return gateway.Refund{}, err
	}
	return d.refunds[r.Key], nil
}

func (d *fakeGateway) ReadRefund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.call(ctx, "read refund"); err != nil {
		return gateway.Refund{}, err
	}
	if k, ok := d.refunds[r.Key]; ok {
		return k, nil
	}
	return gateway.Refund{}, gateway.ErrNotFound
}

// calls is how often a kind of call was made.
func (d *fakeGateway) calls(kind string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[kind]
}

// pay has the customer pay the only open order, or the one of the reference.
func (d *fakeGateway) pay(ref string, status gateway.PaymentStatus, amount money.Paise) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.orders {
		if ref == "" || o.charge.Reference == ref {
			if amount == 0 {
				amount = o.charge.Amount
			}
			o.payments = append(o.payments, gateway.Payment{
				ID:      fmt.Sprintf("%s-pay%d", o.id, len(o.payments)+1),
				OrderID: o.id,
				Amount:  amount,
				Status:  status,
				RRN:     "012345678901",
				VPA:     "ra****@okaxis",
			})
			return
		}
	}
	d.t.Errorf("%s: nobody to pay for %q", d.name, ref)
}

func (d *fakeGateway) settle(status gateway.PaymentStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.orders {
		for i := range o.payments {
			o.payments[i].Status = status
		}
	}
}

// others sets what the gateway counts as sent back of every payment.
func (d *fakeGateway) others(back money.Paise) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.orders {
		for i := range o.payments {
			o.payments[i].Refunded = back
		}
	}
}

func (d *fakeGateway) settleRefunds(status gateway.RefundStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, r := range d.refunds {
		r.Status = status
		d.refunds[k] = r
	}
}

// unknown is a write whose answer got lost; unavailable one that was never sent; no one that was refused.
func unknown() error { return &gateway.Error{Class: gateway.ClassUnknown, Gateway: "fake", Op: "test"} }
func unavailable() error {
	return &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "fake", Op: "test"}
}
func no() error {
	return &gateway.Error{Class: gateway.ClassRejected, Gateway: "fake", Op: "test", Cashier: "No."}
}

// glass records what the customer saw.
type glass struct {
	mu    sync.Mutex
	views []display.View
	heard []string // sales told as paid
}

func (g *glass) Publish(v display.View) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.views = append(g.views, v)
	return uint64(len(g.views))
}

func (g *glass) Paid(v display.View) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.heard = append(g.heard, v.SaleID)
}

func (g *glass) last() display.View {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.views[len(g.views)-1]
}

// since is what the customer saw after the first n views.
func (g *glass) since(n uint64) []display.View {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]display.View(nil), g.views[n:]...)
}

func (g *glass) seq() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return uint64(len(g.views))
}

// paper prints at once, or as it is told.
type paper struct {
	mu     sync.Mutex
	keys   map[string]int
	slips  []any
	status printer.Status
	block  time.Duration // before the first byte
	jam    time.Duration // after it
}

func (p *paper) print(ctx context.Context, key string, doc any, unwanted func() string) (printer.Status, string) {
	if p.block > 0 && !sleep(ctx, p.block) {
		return printer.StatusUnknown, "stopped"
	}
	if why := unwanted(); why != "" {
		return printer.StatusFailed, "Nothing was printed: " + why + "."
	}
	if p.jam > 0 && !sleep(ctx, p.jam) {
		return printer.StatusUnknown, "stopped"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[key]++
	p.slips = append(p.slips, doc)
	return p.status, ""
}

func (p *paper) PrintOrderSlip(
	ctx context.Context,
	key string,
	d printer.OrderSlip,
	unwanted func() string,
) (printer.Status, string) {
	return p.print(ctx, key, d, unwanted)
}

func (p *paper) PrintReceipt(
	ctx context.Context,
	key string,
	d printer.Receipt,
	unwanted func() string,
) (printer.Status, string) {
	return p.print(ctx, key, d, unwanted)
}

func paise(n int) money.Paise { return money.Paise(n) }
