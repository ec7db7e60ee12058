package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// Transaction is EnKash's record of one payment attempt. Fields that aren't public in the schema of
// docs.enkash.com/api-8990252 bear the names of the notification (docs.enkash.com/api-13510838).
type Transaction struct {
	ID        string
	OrderID   string
	Status    string
	Amount    money.Paise // meaningful if HasAmount: what was asked, without fees
	HasAmount bool
	Final     money.Paise // what the customer paid; 0 when not said
	RRN       string      // [I] bankTransactionId when it is 12 digits; a string, zeros kept
	// ForeignReference is a bankTransactionId that is no RRN.
	ForeignReference string
	Fee, Tax         money.Paise // [I] mdr and mdrGst of the notification: what EnKash keeps, and the tax within it
	VPA              string      // masked
	Message          string
	CreatedAt        time.Time
}

type transactionResponse struct {
	TransactionID     wire.Text    `json:"transactionId"`
	OrderID           wire.Text    `json:"orderId"`
	Status            wire.Text    `json:"status"`
	TransactionStatus wire.Text    `json:"transactionStatus"`
	Amount            *wire.Rupees `json:"amount"`
	FinalAmount       wire.Aside   `json:"finalAmount"`
	Currency          string       `json:"currency"`
	BankTransactionID wire.Text    `json:"bankTransactionId"`
	MDR               wire.Aside   `json:"mdr"`
	MDRGST            wire.Aside   `json:"mdrGst"`
	VPA               wire.Text    `json:"vpa"`
	TxnMsg            wire.Text    `json:"txnMsg"`
	Created           wire.Text    `json:"created"`
}

// Transaction is GET /api/v0/payment/{transactionId}.
func (c *Client) Transaction(ctx context.Context, id string) (Transaction, error) {
	if err := c.checkPathID("read transaction", id); err != nil {
		return Transaction{}, err
	}
	call := gateway.Call{Op: "read transaction", Method: http.MethodGet, Path: "/api/v0/payment/" + url.PathEscape(id)}
	var r transactionResponse
	a, err := c.record(ctx, c.signed, call, &r)
	if err != nil {
		return Transaction{}, err
	}
	if r.TransactionID != "" && string(r.TransactionID) != id {
		return Transaction{}, c.caller.Unreadable(call, a,
			fmt.Errorf("it is about transaction %s, not %s", gateway.Shorten(string(r.TransactionID), 20), id))
	}
	if r.Currency != "" && r.Currency != "INR" {
		return Transaction{}, c.caller.Unreadable(call, a, fmt.Errorf("its currency is %.10q", r.Currency))
	}
	t := Transaction{ID: id, OrderID: string(r.OrderID), Status: string(r.TransactionStatus),
		VPA: gateway.MaskVPA(string(r.VPA)), Message: gateway.Shorten(string(r.TxnMsg), 80),
		Final: r.FinalAmount.Paise, CreatedAt: wire.Moment(string(r.Created))}
	t.RRN, t.ForeignReference = gateway.RRN(string(r.BankTransactionID)) // EnKash doesn't say which field holds the RRN
	if t.Status == "" {
		t.Status = string(r.Status)
	}
	if r.MDR.Set && r.MDRGST.Set {
		t.Fee, t.Tax = min(money.Max, r.MDR.Paise+r.MDRGST.Paise), r.MDRGST.Paise
	}
	if r.Amount != nil {
		t.Amount, t.HasAmount = r.Amount.Paise, r.Amount.Set
	}
	return t, nil
}

// describe adds to a payment what its own record says of it beside status and amount.
func (t Transaction) describe(p gateway.Payment) gateway.Payment {
	p.RRN, p.ForeignReference, p.VPA, p.CreatedAt, p.Fee, p.Tax = t.RRN, t.ForeignReference, t.VPA, t.CreatedAt, t.Fee,
		t.Tax
	return p
}

// UPIStatus is GET /pay/checkout/status/upi/{transactionId} (docs.enkash.com/api-15336379): status as it stood.
func (c *Client) UPIStatus(ctx context.Context, ekPayID string) (status, message, orderID string, err error) {
	if err := c.checkPathID("read UPI status", ekPayID); err != nil {
		return "", "", "", err
	}
	call := gateway.Call{Op: "read UPI status", Method: http.MethodGet,
		Path: "/pay/checkout/status/upi/" + url.PathEscape(ekPayID)}
	var r struct {
		Status  wire.Text `json:"status"`
		Message wire.Text `json:"transactionMessage"`
		OrderID wire.Text `json:"orderId"`
	}
	if _, err := c.record(ctx, c.public, call, &r); err != nil {
		return "", "", "", err
	}
	return string(r.Status), gateway.Shorten(string(r.Message), 80), string(r.OrderID), nil
}

// Read asks for the order, which is the authority, and for each of its transactions. One call, and one more for each
// QR that was ever handed out; a transaction that has money costs a further one for its amount and bank reference. Of
// these further calls one that fails at once is sent once more.
func (c *Client) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	r := reader{c: c, order: o}
	return r.read(ctx)
}

// reader is one Read under way.
type reader struct {
	c       *Client
	order   gateway.Order
	record  Order
	reading gateway.Reading
}

func (r *reader) note(format string, args ...any) {
	r.reading.Notes = append(r.reading.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) read(ctx context.Context) (gateway.Reading, error) {
	var err error
	r.record, err = r.c.recordOf(ctx, r.order, false)
	switch {
	case errors.Is(err, gateway.ErrVanished):
		return r.withoutRecord(ctx, err)
	case err != nil:
		return gateway.Reading{}, err
	}

	if id := r.record.ID; id != "" && id != r.order.ID && id != r.order.Reference {
		return gateway.Reading{}, r.c.caller.Unreadable(gateway.Call{Op: "read order"},
			gateway.Answer{Status: http.StatusOK},
			fmt.Errorf("it is about order %s, not %s", gateway.Shorten(id, 20), r.order.ID))
	}
	if own := r.record.TransactionID; own != "" {
		r.c.orders.Note(r.order.ID, func(k *noted) { k.transactionID = own })
	}
	r.reading.Status = wire.OrderStatus(r.record.Status)
	if r.reading.Status == gateway.OrderUnknown {
		r.note("order status %q is unknown: still asking", gateway.Shorten(r.record.Status, 40))
	}
	if r.record.HasAmount && r.order.Amount != 0 && r.record.Amount != r.order.Amount {
		r.note("the order is over %s, the sale is %s", r.record.Amount, r.order.Amount)
	}

	switch done, err := r.paidByOne(ctx); {
	case err != nil:
		return gateway.Reading{}, err
	case done || r.spares(ctx):
		return r.reading, nil
	}

	for _, id := range r.order.TransactionIDs {
		if err := r.transaction(ctx, id); err != nil {
			return gateway.Reading{}, err
		}
	}
	r.c.orders.Note(r.order.ID, func(k *noted) { k.read = time.Now() })
	if r.reading.Status == gateway.OrderPaid && !slices.ContainsFunc(r.reading.Payments, isMoney) {
		if err := r.paidSomehow(ctx); err != nil {
			return gateway.Reading{}, err
		}
	}
	if r.record.Status == "PAYMENT_CONFIRMATION_PENDING" && len(r.reading.Payments) == 0 {
		r.add(gateway.Payment{ID: r.newest(), Status: gateway.PaymentProcessing, Amount: r.order.Amount})
	}

	return r.reading, nil
}

// lookEvery is how often a look of the till asks for the transactions of an order that nobody has tried to pay, where
// it is not on the screen or other calls wait for this box's budget.
const lookEvery = 15 * time.Second

// spares reports whether a look may leave the transactions out: the order says that nobody has tried to pay it. On the
// screen, what the customer does is shown at once where there is room; beside it, a full budget is reason enough. A
// close is proven by all of them.
func (r *reader) spares(ctx context.Context) bool {
	lane, looks := gateway.Looks(ctx)
	if !looks || r.record.Status != "CREATED" && r.record.Status != "CHECKOUT_RENDERED" {
		return false
	}

	crowded := r.c.caller.Crowded()
	lately := time.Since(r.c.orders.Of(r.order.ID).read) < lookEvery
	switch lane {
	case gateway.LaneScreen:
		return crowded && lately
	case gateway.LaneSale:
		return crowded || lately
	}
	return lately
}

// paidByOne lets a look read a PAID order of one QR by its transaction's own record, where that says the same: its UPI
// status could add nothing.
func (r *reader) paidByOne(ctx context.Context) (done bool, err error) {
	if _, looks := gateway.Looks(ctx); !looks || r.reading.Status != gateway.OrderPaid ||
		len(r.order.TransactionIDs) != 1 {
		return false, nil
	}
	id := r.order.TransactionIDs[0]
	t, err := r.ownRecord(ctx, id)
	if err != nil {
		if nothingThere(err) {
			return false, nil
		}
		return false, err
	}
	status := wire.TransactionStatus(t.Status)
	if status != gateway.PaymentCaptured && status != gateway.PaymentRefunded || t.OrderID != "" &&
		t.OrderID != r.order.ID && t.OrderID != r.order.Reference {
		return false, nil
	}
	return true, r.settle(ctx, t.describe(gateway.Payment{ID: id, Status: status}), t)
}

// withoutRecord reads an order that no way of asking knows: what its transactions say of themselves still counts, and
// an order of which they say nothing is an error, never "unpaid".
func (r *reader) withoutRecord(ctx context.Context, refusal error) (gateway.Reading, error) {
	r.reading.Status = gateway.OrderUnknown
	known := 0
	for _, id := range r.order.TransactionIDs {
		t, err := r.ownRecord(ctx, id)
		switch {
		case err != nil && nothingThere(err):
			continue
		case err != nil:
			return gateway.Reading{}, err
		}
		known++
		p := t.describe(gateway.Payment{ID: id, Status: wire.TransactionStatus(t.Status), Amount: r.order.Amount})
		switch {
		case t.OrderID != "" && t.OrderID != r.order.ID && t.OrderID != r.order.Reference:
			r.note("transaction %s belongs to order %s: not counted", id, gateway.Shorten(t.OrderID, 20))
			known--
		case isMoney(p):
			if err := r.settle(ctx, p, t); err != nil {
				return gateway.Reading{}, err
			}
		case p.Status != wire.Idle:
			r.add(p)
		}
	}
	if len(moneyIn(r.reading)) == 0 {
		// Nobody can say that it is unpaid: an operator must hear that the order is not found.
		return gateway.Reading{}, refusal
	}
	r.note("EnKash does not know order %s, but %d of its transactions: see the doctor", r.order.ID, known)
	return r.reading, nil
}

func moneyIn(r gateway.Reading) (found []gateway.Payment) {
	for _, p := range r.Payments {
		if isMoney(p) {
			found = append(found, p)
		}
	}
	return found
}

// againWithin is how soon a failed call of a look must have failed to be sent once more: one that ran into its time
// would hold the look up, and the next one is due.
const againWithin = time.Second

// again asks for a part of a look, and once more when only that call failed: the order has just been answered, and a
// look that must begin anew for one lost answer of three keeps the customer waiting. A gateway that asks for quiet gets
// it.
func again(ctx context.Context, ask func() error) error {
	start := time.Now()
	err := ask()
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassUnavailable || e.HTTPStatus == http.StatusTooManyRequests || e.RetryAfter != 0 ||
		ctx.Err() != nil || time.Since(start) > againWithin {
		return err
	}
	return ask()
}

// ownRecord is the transaction's own record.
func (r *reader) ownRecord(ctx context.Context, id string) (t Transaction, err error) {
	err = again(ctx, func() (err error) {
		t, err = r.c.Transaction(ctx, id)
		return err
	})
	return t, err
}

// nothingThere: the gateway has no such record, or no such call. Any other failure ends the look: what one call would
// have said (another amount, another status) must not be filled in from the next one.
func nothingThere(err error) bool { return absent(err) || unserved(err) }

func isMoney(p gateway.Payment) bool {
	return p.Status == gateway.PaymentCaptured || p.Status == gateway.PaymentRefunded
}

func (r *reader) add(p gateway.Payment) {
	p.OrderID = r.order.ID
	r.reading.Payments = append(r.reading.Payments, p)
}

// newest is the id for a payment of which the order alone speaks: one that is under way, else the last one minted.
func (r *reader) newest() string {
	for _, p := range slices.Backward(r.reading.Payments) {
		if p.Status == gateway.PaymentProcessing {
			return p.ID
		}
	}
	if n := len(r.order.TransactionIDs); n > 0 {
		return r.order.TransactionIDs[n-1]
	}
	if r.record.TransactionID != "" {
		return r.record.TransactionID
	}
	return r.order.ID
}

// transaction looks at one ekPayId by its UPI status, and closer when money may have moved.
func (r *reader) transaction(ctx context.Context, id string) error {
	var word, message, orderID string
	err := again(ctx, func() (err error) {
		word, message, orderID, err = r.c.UPIStatus(ctx, id)
		return err
	})
	switch {
	case absent(err): // minted in a call whose answer was lost, or not yet visible
		r.note("transaction %s is not known to EnKash yet", id)
		return nil
	case unserved(err): // the account has no such call; the order still speaks
		r.note("the UPI status of transaction %s cannot be read: %v", id, err)
		return nil
	case err != nil:
		return err // half a look must not decide
	case orderID != "" && orderID != r.order.ID && orderID != r.order.Reference:
		r.note("transaction %s belongs to order %s: not counted", id, gateway.Shorten(orderID, 20))
		return nil
	}
	status := wire.UPIStatus(word)
	p := gateway.Payment{ID: id, Status: status, Amount: r.order.Amount}
	switch {
	case status == wire.Idle:
		return nil
	case status == gateway.PaymentFailed:
		p.Reason = message
	case status == gateway.PaymentUnknown:
		r.note("transaction %s has the unknown UPI status %q: still asking", id, gateway.Shorten(word, 40))
	case word == "SUCCESS":
		return r.success(ctx, p)
	}
	r.add(p)
	return nil
}

// success counts a transaction whose UPI status is SUCCESS: captured when the order is PAID or the transaction's own
// record says so, and when some answer names its amount.
func (r *reader) success(ctx context.Context, p gateway.Payment) error {
	t, err := r.ownRecord(ctx, p.ID)
	if err != nil && !nothingThere(err) {
		return err
	}
	own := wire.Idle
	if err == nil {
		own = wire.TransactionStatus(t.Status)
		p = t.describe(p)
	} else {
		r.note("transaction %s cannot be read: %v", p.ID, err)
	}
	switch {
	case own == gateway.PaymentCaptured || own == gateway.PaymentRefunded:
		p.Status = own
	case r.reading.Status == gateway.OrderPaid && len(r.order.TransactionIDs) == 1:
		p.Status = gateway.PaymentCaptured // of several, the order's PAID doesn't say which
		if own == gateway.PaymentFailed || own == gateway.PaymentUnknown {
			r.note("transaction %s is %q while its order is PAID and its UPI status SUCCESS", p.ID,
				gateway.Shorten(t.Status, 40))
		}
	default:
		r.note("transaction %s is SUCCESS for UPI, but its order is %s: still asking", p.ID,
			gateway.Shorten(r.record.Status, 40))
	}
	if !isMoney(p) {
		r.add(p)
		return nil
	}
	return r.settle(ctx, p, t)
}

// paidSomehow: the order is PAID and no transaction we know says SUCCESS; the order's word stands. Which transaction it
// was matters for refunds only, so the transactions' own records are asked, then the newest one is named.
func (r *reader) paidSomehow(ctx context.Context) error {
	records := map[string]Transaction{}
	for _, id := range r.order.TransactionIDs {
		t, err := r.ownRecord(ctx, id)
		if err != nil && !nothingThere(err) {
			return err
		}
		if err != nil {
			continue
		}
		if status := wire.TransactionStatus(t.Status); status == gateway.PaymentCaptured ||
			status == gateway.PaymentRefunded {
			r.drop(id)
			return r.settle(ctx, t.describe(gateway.Payment{ID: id, Status: status}), t)
		}
		records[id] = t
	}
	id := r.newest()
	r.note("order %s is PAID, but none of its %d known transactions says so", r.order.ID, len(r.order.TransactionIDs))
	r.drop(id)
	return r.settle(ctx, gateway.Payment{ID: id, Status: gateway.PaymentCaptured}, records[id])
}

func (r *reader) drop(id string) {
	r.reading.Payments = slices.DeleteFunc(r.reading.Payments, func(p gateway.Payment) bool { return p.ID == id })
}

// settle gives a captured payment the gateway's own amount: the transaction's, else the order's, else the checkout
// detail's. Without any the payment stays "processing": our own figure is no evidence.
func (r *reader) settle(ctx context.Context, p gateway.Payment, t Transaction) error {
	unit := ""
	if t.HasAmount && r.record.HasAmount {
		unit = gateway.OtherUnit(p.ID, t.Amount, r.record.Amount)
	}
	switch {
	case unit != "" && r.reading.Status == gateway.OrderPaid && r.record.Amount == r.order.Amount:
		// Two records of one order contradict each other. The order is the authority, is PAID, and is over what was
		// asked.
		r.note("%s", unit)
		p.Amount, t.Final = r.record.Amount, 0
	case unit != "":
		r.note("%s", unit)
		p.Status, p.Amount, t.Final = gateway.PaymentProcessing, r.order.Amount, 0
	case t.HasAmount:
		p.Amount = t.Amount
	case r.record.HasAmount:
		p.Amount = r.record.Amount
	default:
		var d Detail
		err := again(ctx, func() (err error) {
			d, err = r.c.Detail(ctx, r.order.ID, false)
			return err
		})
		if err != nil && !nothingThere(err) {
			return err
		}
		if err != nil || !d.HasAmount {
			r.note("EnKash names no amount for payment %s: not counted as paid", p.ID)
			p.Status, p.Amount = gateway.PaymentProcessing, r.order.Amount
			break
		}
		p.Amount = d.Amount
	}

	if t.Final != 0 && t.Final != p.Amount {
		r.note("the customer of payment %s paid %s for %s: a surcharge", p.ID, t.Final, p.Amount)
	}
	if p.Status == gateway.PaymentRefunded {
		p.Refunded = p.Amount
	}
	if t.Status == "PARTIALLY_REFUNDED" {
		p.RefundedUnnamed = true
		r.note("payment %s was refunded in part; EnKash doesn't say how much", p.ID)
	}
	r.add(p)
	return nil
}
