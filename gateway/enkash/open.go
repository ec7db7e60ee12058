package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// detailPatience is how long a sale waits for the undocumented checkout detail beside the QR itself. The QR's own
// amount is checked in any case.
const detailPatience = 2 * time.Second

// Open creates the order, and gets a QR for it while looking whether a surcharge would be added.
func (c *Client) Open(ctx context.Context, ch gateway.Charge) (gateway.Quote, error) {
	if err := c.showable("create order"); err != nil {
		return gateway.Quote{}, err
	}
	if err := c.checkCharge("create order", ch); err != nil {
		return gateway.Quote{}, err
	}
	o, err := c.createOrder(ctx, ch)
	if err != nil {
		return gateway.Quote{}, err
	}
	c.noteMade(ch.Reference, o.ID, "")
	q, err := c.quote(ctx, ch, o)
	return q, gateway.Existing(o.ID, err)
}

// showable refuses to make what must not be shown.
func (c *Client) showable(op string) error {
	if !c.test || c.cfg.AllowTestKeys {
		return nil
	}
	return &gateway.Error{Class: gateway.ClassMisconfigured, Gateway: c.cfg.Name, Op: op, Cashier: gateway.CashierSetup,
		Operator: "these are test keys or a test address of EnKash, whose QR codes nobody can pay: set production " +
			"keys and base_url, or start the demo",
		Err: errors.New("a QR made with test keys can't be paid")}
}

// quote gets a further QR of an order that can be paid.
func (c *Client) quote(ctx context.Context, ch gateway.Charge, o Order) (gateway.Quote, error) {
	detailCtx, stop := context.WithTimeout(ctx, gateway.ReadTimeout)
	defer stop()
	details := make(chan Detail, 1)
	go func() {
		d, err := c.Detail(detailCtx, o.ID, true)
		if err != nil {
			d = Detail{} // undocumented: its absence says nothing
		}
		details <- d
	}()

	q, err := c.getQR(ctx, o.ID, ch.Amount)
	if q.ekPayID != "" {
		c.noteMade(ch.Reference, o.ID, q.ekPayID)
	}
	got := c.now()
	if err != nil && gateway.ClassOf(err) != gateway.ClassRejected {
		return gateway.Quote{}, err
	}
	var d Detail // of a refused QR too: a surcharge explains the refusal best
	late := time.NewTimer(detailPatience)
	defer late.Stop()
	select {
	case d = <-details:
	case <-late.C:
	}

	if d.UPIOff {
		return gateway.Quote{}, &gateway.Error{Class: gateway.ClassMisconfigured, Gateway: c.cfg.Name,
			Op: "check checkout", Cashier: gateway.CashierNoUPI,
			Operator: "EnKash says that UPI or its QR is switched off for the account: have them switch it on",
			Err:      fmt.Errorf("order %s: its checkout says that UPI is off, so its QR was not shown", o.ID)}
	}

	if d.HasTotal && d.Total != ch.Amount || d.HasAmount && d.Amount != ch.Amount {
		e := &gateway.Error{Class: gateway.ClassRejected, Gateway: c.cfg.Name, Op: "check surcharge",
			Cashier:  gateway.CashierSurcharge,
			Operator: "EnKash adds a surcharge or convenience fee to UPI at this account: have them switch it off",
			Err: fmt.Errorf("order %s: EnKash would charge %s for a sale of %s", o.ID,
				max(d.Total, d.Amount), ch.Amount)}
		return gateway.Quote{}, e
	}
	if err != nil {
		return gateway.Quote{}, err
	}
	quote := gateway.Quote{
		Order: gateway.Order{Reference: ch.Reference, ID: o.ID, TransactionIDs: c.made.Of(ch.Reference).transactionIDs,
			Amount: ch.Amount, OpenedAt: got},
		Payload: q.payload, PayeeVPA: q.intent.PA, PayeeName: gateway.Name(q.intent.PN), TestMode: c.test,
	}

	if note := c.payees.See(quote.PayeeName, quote.PayeeVPA, got); note != "" {
		quote.Notes = append(quote.Notes, note)
	}
	c.orders.Note(o.ID, func(k *noted) { k.read = time.Now() }) // its transaction is a moment old
	if d.CollectMinutes > 0 {
		quote.ValidUntil = got.Add(time.Duration(d.CollectMinutes) * time.Minute)
	}
	if at := q.intent.ExpiresAt; !at.IsZero() {
		skew, _ := c.caller.Skew() // the QR's own expiry is on the gateway's clock
		if at = at.Add(-skew); quote.ValidUntil.IsZero() || at.Before(quote.ValidUntil) {
			quote.ValidUntil = at
		}
	}

	return quote, nil
}

// Find looks for the order of an earlier Open: by what this process remembers, by the undocumented look-ups, and by
// GET /api/v0/orders/{our id}, which is how older accounts work. A QR of it is minted anew; its ekPayId is one more.
func (c *Client) Find(ctx context.Context, ch gateway.Charge) (gateway.Quote, error) {
	if err := c.showable("find order"); err != nil {
		return gateway.Quote{}, err
	}
	if err := c.checkCharge("find order", ch); err != nil {
		return gateway.Quote{}, err
	}
	o, err := c.findOrder(ctx, ch)
	if err != nil {
		return gateway.Quote{}, err
	}
	call := gateway.Call{Op: "find order"}
	if err := c.checkAmount(call, gateway.Answer{}, ch.Amount, o); err != nil {
		return gateway.Quote{}, gateway.Existing(o.ID, err)
	}
	switch status := wire.OrderStatus(o.Status); status {
	case gateway.OrderClosed:
		return gateway.Quote{}, gateway.Existing(o.ID, c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected,
			"", "order "+o.ID+" is "+o.Status,
			gateway.CashierNotOpen, ""))
	case gateway.OrderPaid:
		return gateway.Quote{}, c.caller.Failed(call, gateway.Answer{}, gateway.ClassUnknown, "",
			"order "+o.ID+" is "+o.Status, "",
			"EnKash says that an order is paid whose QR this box never showed: look it up in the dashboard")
	}
	c.noteMade(ch.Reference, o.ID, "")
	q, err := c.quote(ctx, ch, o)
	return q, gateway.Existing(o.ID, err)
}

// findOrder tries each look-up that the account may have. Only an answer of a call that searches by our reference can
// say "not found"; the order call's "not found" may only mean that it wants EnKash's own id.
func (c *Client) findOrder(ctx context.Context, ch gateway.Charge) (Order, error) {
	if r := c.made.Of(ch.Reference); r.orderID != "" {
		o, err := c.recordOf(ctx, gateway.Order{ID: r.orderID, Reference: ch.Reference}, true)
		if err == nil && o.ID != r.orderID { // the answer names our id, or none
			o.ID, o.Reference = r.orderID, ch.Reference
		}
		return o, err
	}
	certain := false // some search by our reference has answered, and has nothing
	for _, look := range []func(context.Context, gateway.Charge) (Order, error){c.orderByReference,
		c.searchOrder, c.orderByOldID} {
		o, err := look(ctx, ch)
		switch {
		case err == nil:
			return c.withOwnID(ctx, ch, o)
		case errors.Is(err, gateway.ErrNotFound):
			certain = true
		case !errors.Is(err, gateway.ErrUnsupported):
			return Order{}, err
		}
	}
	if certain {
		return Order{}, fmt.Errorf("enkash: order %s: %w", ch.Reference, gateway.ErrNotFound)
	}
	return Order{}, fmt.Errorf("enkash: this account has no working look-up by our reference (set paths in the "+
		"config when EnKash tells them): %w", gateway.ErrUnsupported)
}

// withOwnID completes an order whose answer names our id only, as the oldest pages describe it: the checkout detail,
// asked by the order's transaction id, names EnKash's.
func (c *Client) withOwnID(ctx context.Context, ch gateway.Charge, o Order) (Order, error) {
	if o.ID != ch.Reference {
		return o, nil
	}
	if o.TransactionID != "" {
		d, err := c.Detail(ctx, o.TransactionID, true)
		if gateway.ClassOf(err).Later() {
			return Order{}, err
		}
		if err == nil && d.OrderID != ch.Reference && gateway.ID("order id", d.OrderID) == nil {
			o.ID = d.OrderID
			return o, nil
		}
	}
	return Order{}, fmt.Errorf("enkash: order %s exists, but no answer names EnKash's id of it: %w", ch.Reference,
		gateway.ErrUnsupported)
}

func (c *Client) orderByReference(ctx context.Context, ch gateway.Charge) (Order, error) {
	if c.cfg.Paths.OrderByReference == "" || c.ways.skip(c.cfg.Paths.OrderByReference, c.now()) {
		return Order{}, gateway.ErrUnsupported
	}
	path := strings.ReplaceAll(c.cfg.Paths.OrderByReference, "{id}", url.PathEscape(ch.Reference))
	o, err := c.readOrder(ctx, gateway.Call{Op: "find order by reference", Method: http.MethodGet,
		Path: path, Urgent: true})
	c.ways.note(c.cfg.Paths.OrderByReference, c.now(), err)
	if err == nil && o.Reference == "" && o.ID != ch.Reference && o.HasAmount && o.Amount == ch.Amount {
		o.Reference = ch.Reference // asked by our id, answered with EnKash's alone; the amount vouches for it
	}
	return ours(ch, o, lookup(err))
}

func (c *Client) orderByOldID(ctx context.Context, ch gateway.Charge) (Order, error) {
	o, err := c.readOrder(ctx, gateway.Call{Op: "find order", Method: http.MethodGet,
		Path: "/api/v0/orders/" + url.PathEscape(ch.Reference), Urgent: true})
	if absent(err) {
		return Order{}, gateway.ErrUnsupported
	}
	return ours(ch, o, lookup(err))
}

// searchOrder is POST …/search. Its body isn't public; [I] it takes our id under the name the order call gives it.
func (c *Client) searchOrder(ctx context.Context, ch gateway.Charge) (Order, error) {
	if c.cfg.Paths.SearchOrders == "" || c.ways.skip(c.cfg.Paths.SearchOrders, c.now()) {
		return Order{}, gateway.ErrUnsupported
	}
	call := gateway.Call{Op: "search order", Method: http.MethodPost, Path: c.cfg.Paths.SearchOrders, Urgent: true,
		Query: url.Values{"offset": {"0"}, "limit": {"10"}},
		Body: wire.Encode(struct {
			MerchantOrderID string `json:"merchantOrderId"`
		}{ch.Reference})}
	payload, a, err := c.signed(ctx, call)
	c.ways.note(c.cfg.Paths.SearchOrders, c.now(), err)
	if err != nil {
		return Order{}, lookup(err)
	}
	list, err := wire.ListOf[orderResponse](payload)
	if err != nil {
		return Order{}, c.caller.Unreadable(call, a, err)
	}
	var found []Order
	for _, r := range list {
		if o, err := ours(ch, r.order(), nil); err == nil && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Order{}, c.caller.Unreadable(call, a, fmt.Errorf("it lists %d orders of our reference", len(found)))
	case len(list) > 0:
		// it doesn't filter by what we sent: its silence about our order says nothing
		return Order{}, gateway.ErrUnsupported
	}
	return Order{}, gateway.ErrNotFound
}

// lookup sorts the errors of a guessed address: not there, nothing there, or a failure to pass on. A refusal that
// isn't a plain "not found" (a wrong body, a missing field) says nothing about our order.
func lookup(err error) error {
	switch {
	case err == nil:
		return nil
	case absent(err):
		return gateway.ErrNotFound
	case unserved(err) || gateway.ClassOf(err) == gateway.ClassRejected:
		return gateway.ErrUnsupported
	}
	return err
}

// ours makes sure that a found order is the one of ch: its reference must be named, and its own id beside it.
func ours(ch gateway.Charge, o Order, err error) (Order, error) {
	if err != nil {
		return Order{}, err
	}
	if o.ID == ch.Reference {
		o.ID, o.Reference = o.Reference, o.ID
	}
	if o.ID == "" {
		o.ID = ch.Reference // withOwnID finds EnKash's
	}
	if o.Reference != ch.Reference || gateway.ID("order id", o.ID) != nil {
		return Order{}, gateway.ErrUnsupported
	}
	return o, nil
}
