package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// orderRequest is the body of POST /api/v0/orders (docs.enkash.com/api-8990249). The amount is in rupees.
type orderRequest struct {
	OrderID          string            `json:"orderId"`
	Amount           orderAmount       `json:"amount"`
	NotifyURL        string            `json:"notifyUrl,omitempty"`
	CustomParameters map[string]string `json:"customParameters,omitempty"`
	Description      string            `json:"description,omitempty"`
}

type orderAmount struct {
	Value    *wire.Rupees `json:"value"`
	Currency string       `json:"currency"`
}

// Order is EnKash's record of an order. Its schema isn't public; the fields are those seen in code and in the parts of
// docs.enkash.com/api-8990250 that are. Which of the ids is whose differs by portal generation, so both are kept.
type Order struct {
	ID            string      // EnKash's, such as ORD1784195236818VZuxB
	Reference     string      // ours, when the answer tells them apart
	TransactionID string      // the order's own, for the checkout plane
	Status        string      // as it stood: CREATED, CHECKOUT_RENDERED, ATTEMPTED, PAID, CANCELLED, EXPIRED, …
	Amount        money.Paise // meaningful if HasAmount
	HasAmount     bool
}

type orderResponse struct {
	OrderID         wire.Text    `json:"orderId"`
	MerchantOrderID wire.Text    `json:"merchantOrderId"`
	TransactionID   wire.Text    `json:"transactionId"`
	Status          wire.Text    `json:"status"`
	OrderStatus     wire.Text    `json:"orderStatus"`
	Amount          *wire.Rupees `json:"amount"`
}

func (r orderResponse) order() Order {
	o := Order{ID: string(r.OrderID), Reference: string(r.MerchantOrderID),
		TransactionID: string(r.TransactionID), Status: string(r.OrderStatus)}
	if o.Status == "" {
		o.Status = string(r.Status)
	}
	if r.Amount != nil && r.Amount.Set {
		o.Amount, o.HasAmount = r.Amount.Paise, true
	}
	return o
}

// referencePattern: EnKash takes letters and digits only as our order id.
var referencePattern = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)

// checkCharge refuses what EnKash would refuse, or would take to mean something else.
func (c *Client) checkCharge(op string, ch gateway.Charge) error {
	var err error
	switch {
	case !referencePattern.MatchString(ch.Reference):
		err = fmt.Errorf("the order reference %q is not of 1 to 32 letters and digits",
			gateway.Shorten(ch.Reference, 40))
	case ch.Amount < 1 || ch.Amount > money.Max:
		err = fmt.Errorf("the amount %s is out of range", ch.Amount)
	default:
		return nil
	}
	return &gateway.Error{Class: gateway.ClassRejected, Gateway: c.cfg.Name, Op: op,
		Cashier: gateway.CashierRefused, Err: err}
}

// createOrder is POST /api/v0/orders.
func (c *Client) createOrder(ctx context.Context, ch gateway.Charge) (Order, error) {
	custom := map[string]string{}
	for k, v := range map[string]string{"saleId": ch.SaleID, "terminal": ch.Terminal, "box": ch.Box} {
		if v != "" {
			custom[k] = v
		}
	}
	if ch.Invoice != nil && ch.Invoice.Number != "" {
		custom["invoiceNumber"] = ch.Invoice.Number
	}
	call := gateway.Call{Op: "create order", Method: http.MethodPost, Path: "/api/v0/orders", Write: true, Urgent: true,
		Body: wire.Encode(orderRequest{OrderID: ch.Reference, Amount: orderAmount{wire.RupeesOf(ch.Amount), "INR"},
			NotifyURL:        c.cfg.NotifyURL,
			CustomParameters: custom, Description: ch.Description})}
	var r orderResponse
	a, err := c.record(ctx, c.signed, call, &r)
	if err != nil {
		return Order{}, err
	}
	o := r.order()
	// an old account answers with the names swapped
	if o.ID == ch.Reference && o.Reference != "" && o.Reference != ch.Reference {
		o.ID, o.Reference = o.Reference, o.ID
	}
	if err := gateway.ID("EnKash's order id", o.ID); err != nil {
		return Order{}, c.caller.Unreadable(call, a, err)
	}
	if o.Reference != "" && o.Reference != ch.Reference {
		return Order{}, c.caller.Unreadable(call, a, fmt.Errorf("it is about order %s, not ours",
			gateway.Shorten(o.Reference, 20)))
	}
	if err := c.checkAmount(call, a, ch.Amount, o); err != nil {
		return Order{}, gateway.Existing(o.ID, err)
	}
	return o, nil
}

// checkAmount compares an order's echo. An order over another sum is never shown, so nobody can pay it.
func (c *Client) checkAmount(call gateway.Call, a gateway.Answer, want money.Paise, o Order) error {
	if !o.HasAmount || o.Amount == want {
		return nil
	}
	e := c.caller.Failed(call, a, gateway.ClassRejected, "", "", gateway.CashierMixedUp,
		"EnKash's order is over another amount than asked: report the order to EnKash")
	e.Err = fmt.Errorf("order %s is over %s, the sale is %s", o.ID, o.Amount, want)
	return e
}

// Order is GET /api/v0/orders/{orderId} (docs.enkash.com/api-8990250): the authority on whether it is paid.
// Older accounts take our own id there, newer ones EnKash's; both may be passed.
func (c *Client) Order(ctx context.Context, id string) (Order, error) {
	if err := c.checkPathID("read order", id); err != nil {
		return Order{}, err
	}
	return c.readOrder(ctx, gateway.Call{Op: "read order", Method: http.MethodGet,
		Path: "/api/v0/orders/" + url.PathEscape(id)})
}

func (c *Client) readOrder(ctx context.Context, call gateway.Call) (Order, error) {
	var r orderResponse
	if _, err := c.record(ctx, c.signed, call, &r); err != nil {
		return Order{}, err
	}
	return r.order(), nil
}

// checkPathID refuses an id that cannot go into an address. EnKash's look so: ORD1784195236818VZuxB,
// EK1743074262175e8KIO.
func (c *Client) checkPathID(op, id string) error {
	if err := gateway.ID("the id", id); err != nil {
		return &gateway.Error{Class: gateway.ClassRejected, Gateway: c.cfg.Name, Op: op,
			Cashier: gateway.CashierRefused, Err: err}
	}
	return nil
}

// Detail is what the checkout plane says of an order. Only EnKash's browser SDK documents it, so nothing depends on
// its being there.
type Detail struct {
	OrderID        string // EnKash's
	TransactionID  string // the order's own
	Amount         money.Paise
	HasAmount      bool
	Total          money.Paise // what the customer would pay: Amount and, at some accounts, a surcharge
	HasTotal       bool
	UPIOff         bool // EnKash says that this order can't be paid by UPI, or not by a QR
	CollectMinutes int  // how long EnKash's own checkout waits for a UPI payment; 0 when it doesn't say
}

// noted is what this process remembers of an order, by EnKash's id of it.
type noted struct {
	transactionID string    // the order's own
	read          time.Time // when all of it was last read, its transactions too
}

// Detail is GET /pay/checkout/{id}: EnKash's order id or, at some accounts, the order's transaction id.
func (c *Client) Detail(ctx context.Context, id string, urgent bool) (Detail, error) {
	if err := c.checkPathID("read checkout detail", id); err != nil {
		return Detail{}, err
	}
	call := gateway.Call{Op: "read checkout detail", Method: http.MethodGet,
		Path: "/pay/checkout/" + url.PathEscape(id), Urgent: urgent}
	var r struct {
		TransactionID       wire.Text    `json:"transactionId"`
		UniqueTransactionID wire.Text    `json:"uniqueTransactionId"`
		Amount              *wire.Rupees `json:"amount"`
		TotalAmount         *wire.Rupees `json:"totalAmount"`
		UPICollectTimeout   wire.Text    `json:"upiCollectTimeout"`
		UPI                 wire.YesNo   `json:"upi"`
		UPIQREnabled        wire.YesNo   `json:"upiQrCodeEnabled"`
	}
	a, err := c.record(ctx, c.public, call, &r)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{OrderID: string(r.UniqueTransactionID), TransactionID: string(r.TransactionID),
		UPIOff: r.UPI.Set && !r.UPI.Yes || r.UPIQREnabled.Set && !r.UPIQREnabled.Yes}
	if d.OrderID != "" && d.OrderID != id && d.TransactionID != id {
		return Detail{}, c.caller.Unreadable(call, a, errors.New("it is about another order"))
	}
	if r.Amount != nil {
		d.Amount, d.HasAmount = r.Amount.Paise, r.Amount.Set
	}
	if r.TotalAmount != nil {
		d.Total, d.HasTotal = r.TotalAmount.Paise, r.TotalAmount.Set
	}
	if d.OrderID != "" && d.TransactionID != "" {
		c.orders.Note(d.OrderID, func(k *noted) { k.transactionID = d.TransactionID })
	}
	if n, err := money.ParseNumber(string(r.UPICollectTimeout)); err == nil && n <= 24*60*100 {
		d.CollectMinutes = int(n / 100) // "5" and "5.0" alike
	}
	return d, nil
}
