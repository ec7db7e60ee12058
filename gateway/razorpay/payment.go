package razorpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"galla/gateway"
	"galla/internal/money"
)

// Payments lists the payments of a QR, whatever became of them.
func (c *Client) Payments(ctx context.Context, qrID string) ([]gateway.Payment, error) {
	r, err := c.readPayments(ctx, gateway.Order{ID: qrID})
	return r.Payments, err
}

// Payment reads one payment. Its OrderID stays empty: the answer doesn't name the QR.
func (c *Client) Payment(ctx context.Context, id string) (gateway.Payment, error) {
	var e paymentEntity
	call := read("read payment", "/v1/payments/"+url.PathEscape(id), nil)
	if err := c.do(ctx, call, &e); err != nil {
		return gateway.Payment{}, err
	}
	if string(e.ID) != id {
		return gateway.Payment{}, c.refuse(
			call.Op,
			gateway.ClassUnavailable,
			"",
			"",
			fmt.Errorf("asked for %s, the answer is about %s", id, e.ID),
		)
	}
	p, _ := payment("", e)
	return p, nil
}

// Capture takes the money of an authorised payment, where Config.CaptureLate says that this shop wants it; else
// ErrUnsupported, and the money goes back to the customer after three days (R23). It is no part of Read, because
// whether late money is wanted depends on the sale. It sends the capture once; when its outcome is unclear, or it
// is refused because the payment was captured meanwhile, the payment is read and captured is success.
func (c *Client) Capture(ctx context.Context, p gateway.Payment) (gateway.Payment, error) {
	const op = "capture payment"
	if !c.captureLate {
		return gateway.Payment{}, gateway.ErrUnsupported
	}
	if p.ID == "" || p.Status != gateway.PaymentProcessing {
		return gateway.Payment{}, c.refuse(
			op,
			gateway.ClassRejected,
			"",
			"",
			errors.New("only a payment that was read as authorised can be captured"),
		)
	}

	call := write(op, http.MethodPost, "/v1/payments/"+url.PathEscape(p.ID)+"/capture", struct {
		Amount   money.Paise `json:"amount"` // must be the whole amount
		Currency string      `json:"currency"`
	}{p.Amount, "INR"})
	var e paymentEntity
	err := c.do(ctx, call, &e)
	if err == nil && string(e.ID) != p.ID {
		err = c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"",
			fmt.Errorf("asked to capture %s, the answer is about %s", p.ID, e.ID),
		)
	}
	if err != nil {
		if !gateway.ClassOf(err).Later() {
			if now, readErr := c.Payment(ctx, p.ID); readErr == nil && now.Status == gateway.PaymentCaptured {
				now.OrderID = p.OrderID
				return now, nil
			}
		}
		return gateway.Payment{}, err
	}

	after, _ := payment(p.OrderID, e)
	return after, nil
}
