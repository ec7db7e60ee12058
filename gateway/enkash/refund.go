package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// refundRequest is the body of POST /api/v0/payment/{transactionId}/refund (docs.enkash.com/api-8990254). The schema
// says number for the amount; the page's sample sends a string.
type refundRequest struct {
	Amount    *wire.Rupees `json:"amount"`
	RequestID string       `json:"requestId"`
	Remarks   string       `json:"remarks,omitempty"`
}

type refundResponse struct {
	Amount            *wire.Rupees `json:"amount"`
	Status            wire.Text    `json:"status"`
	TransactionID     wire.Text    `json:"transactionId"`
	RequestID         wire.Text    `json:"requestId"`
	UniqueID          wire.Text    `json:"uniqueTransactionId"`
	BankTransactionID wire.Text    `json:"bankTransactionId"`
}

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{10,40}$`)

// Refund gives money of one captured payment back. What EnKash does with a repeated requestId isn't documented, so the
// refund is looked up first, and the write goes out only when the payment has something left and no refund of this key
// is known. It is sent once.
func (c *Client) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	if err := c.checkRefund("refund", r); err != nil {
		return gateway.Refund{}, err
	}
	known, err := c.refundByKey(ctx, r)
	switch {
	case err == nil:
		return known, nil
	case !errors.Is(err, gateway.ErrNotFound) && !errors.Is(err, gateway.ErrUnsupported):
		return gateway.Refund{}, c.asNotSent(err)
	}
	t, err := c.Transaction(ctx, r.PaymentID)
	if err != nil {
		return gateway.Refund{}, c.asNotSent(err)
	}
	call := gateway.Call{Op: "refund", Method: http.MethodPost, Path: "/api/v0/payment/" + url.PathEscape(r.PaymentID) +
		"/refund", Write: true, Urgent: true}
	if status := wire.TransactionStatus(t.Status); status == gateway.PaymentRefunded ||
		status == gateway.PaymentFailed || t.HasAmount && r.Amount > t.Amount {
		e := c.caller.Failed(call, gateway.Answer{}, gateway.ClassRejected, "", "", gateway.CashierNoWayBack,
			"compare the payment's refunds in EnKash's dashboard")
		if status == gateway.PaymentRefunded {
			e.Cashier, e.Err = gateway.CashierNothingLeft, fmt.Errorf("payment %s is %s: %w", r.PaymentID, t.Status,
				gateway.ErrNothingLeft)
			return gateway.Refund{}, e
		}
		e.Err = fmt.Errorf("payment %s over %s is %s: a refund of %s was not sent", r.PaymentID, t.Amount,
			gateway.Shorten(t.Status, 40), r.Amount)
		return gateway.Refund{}, e
	}
	call.Body = wire.Encode(refundRequest{wire.RupeesOf(r.Amount), r.Key, r.Reason})
	var answer refundResponse
	a, err := c.record(ctx, c.signed, call, &answer)
	if err != nil {
		return gateway.Refund{}, err
	}
	return c.refundOf(call, a, answer, r)
}

// asNotSent keeps a failed look-up from reading like a failed refund: no refund was sent.
func (c *Client) asNotSent(err error) error {
	if e, ok := errors.AsType[*gateway.Error](err); ok && e.Class == gateway.ClassUnknown {
		e.Class = gateway.ClassUnavailable
	}
	return err
}

func (c *Client) checkRefund(op string, r gateway.RefundRequest) error {
	err := gateway.ID("the payment id", r.PaymentID)
	switch {
	case err != nil:
	case !keyPattern.MatchString(r.Key):
		err = fmt.Errorf("the refund key %q is not of 10 to 40 letters, digits, _ or -", gateway.Shorten(r.Key, 40))
	case r.Amount < 1 || r.Amount > money.Max:
		err = fmt.Errorf("the refund of %s is not above zero", r.Amount)
	default:
		return nil
	}
	return &gateway.Error{Class: gateway.ClassRejected, Gateway: c.cfg.Name, Op: op,
		Cashier: gateway.CashierRefused, Err: err}
}

func (c *Client) refundOf(call gateway.Call, a gateway.Answer, r refundResponse, want gateway.RefundRequest) (
	gateway.Refund, error,
) {
	if r.RequestID != "" && string(r.RequestID) != want.Key {
		return gateway.Refund{}, c.caller.Unreadable(call, a, errors.New("it is about another refund"))
	}
	if r.Amount != nil && r.Amount.Set && r.Amount.Paise != want.Amount {
		return gateway.Refund{}, c.caller.Unreadable(call, a,
			fmt.Errorf("it speaks of %s, the refund is %s", r.Amount.Paise, want.Amount))
	}
	// transactionId may be the refund's or the payment's (the page doesn't say); our key names the refund in any case.
	id := want.Key
	if t := string(r.TransactionID); t != "" && t != want.PaymentID && gateway.ID("id", t) == nil {
		id = t
	}
	known := gateway.Refund{ID: id, Amount: want.Amount, Status: wire.RefundStatus(string(r.Status))}
	known.RRN, known.ForeignReference = gateway.RRN(string(r.BankTransactionID))
	return known, nil
}

// ReadRefund asks the refund enquiry, where the account has it, and else the payment itself: a payment that is REFUNDED
// answers for a refund of all of it, one that is SUCCESS says that none is there (ErrByRecord); anything else leaves
// the refund's status unknown. "Not found" is believed of a payment of which nothing went back, and of an enquiry that
// has found a refund of ours before, or finds another of this payment now.
func (c *Client) ReadRefund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	if err := c.checkRefund("read refund", r); err != nil {
		return gateway.Refund{}, err
	}
	found, err := c.refundByKey(ctx, r)
	missing := errors.Is(err, gateway.ErrNotFound)
	if missing && c.enquiry.Load() || !missing && !errors.Is(err, gateway.ErrUnsupported) {
		return found, err
	}
	t, terr := c.Transaction(ctx, r.PaymentID)
	switch back := t.Status == "REFUNDED" || t.Status == "PARTIALLY_REFUNDED"; {
	case terr != nil && !(missing && nothingThere(terr)):
		return gateway.Refund{}, terr
	case !back && wire.TransactionStatus(t.Status) == gateway.PaymentCaptured:
		return gateway.Refund{}, fmt.Errorf("payment %s is %s: %w: %w", r.PaymentID, gateway.Shorten(t.Status, 40),
			gateway.ErrNotFound, gateway.ErrByRecord)
	case missing && (!back || c.finds(ctx, r)):
		return gateway.Refund{}, err
	}
	// Something went back, and the enquiry, whose address and body are guesses, has never yet found a refund of ours:
	// its "not found" may only mean that it didn't understand us, and would have this refund sent again.
	id := r.RefundID
	if id == "" {
		id = r.Key
	}
	refund := gateway.Refund{ID: id, Amount: r.Amount, Status: gateway.RefundUnknown}
	if t.Status == "REFUNDED" && t.HasAmount && t.Amount == r.Amount {
		refund.Status, refund.ByRecord = gateway.RefundProcessed, true
	}
	return refund, nil
}

// finds reports whether the refund enquiry knows another refund of this payment. Three are asked for.
func (c *Client) finds(ctx context.Context, r gateway.RefundRequest) bool {
	for _, key := range r.Others[:min(3, len(r.Others))] {
		if c.refundByKey(ctx, gateway.RefundRequest{Key: key, PaymentID: r.PaymentID}); c.enquiry.Load() {
			return true
		}
	}
	return false
}

// refundByKey is the refund enquiry. [I] Its body isn't public; our key and the payment's id go in under the names the
// refund call uses. An answer counts only if it names our key: one that doesn't may speak of the payment itself, whose
// SUCCESS would read like a refund's.
func (c *Client) refundByKey(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	if c.cfg.Paths.RefundStatus == "" || c.ways.skip(c.cfg.Paths.RefundStatus, c.now()) {
		return gateway.Refund{}, gateway.ErrUnsupported
	}
	call := gateway.Call{Op: "read refund", Method: http.MethodPost, Path: c.cfg.Paths.RefundStatus, Urgent: true,
		Body: wire.Encode(struct {
			RequestID     string `json:"requestId"`
			TransactionID string `json:"transactionId"`
		}{r.Key, r.PaymentID})}
	payload, a, err := c.signed(ctx, call)
	c.ways.note(c.cfg.Paths.RefundStatus, c.now(), err)
	if err != nil {
		return gateway.Refund{}, lookup(err)
	}
	list, err := wire.ListOf[refundResponse](payload)
	if err != nil {
		var one refundResponse
		if err := wire.Decode(payload, &one); err != nil {
			return gateway.Refund{}, c.caller.Unreadable(call, a, err)
		}
		list = []refundResponse{one}
	}
	for _, answer := range list {
		if string(answer.RequestID) == r.Key || string(answer.UniqueID) == r.Key {
			c.enquiry.Store(true)
			return c.refundOf(call, a, answer, r)
		}
	}
	return gateway.Refund{}, gateway.ErrUnsupported
}
