package razorpay

import (
	"context"
	"net/url"
	"time"

	"galla/gateway"
)

// noteTerminal carries Charge.Terminal.
const noteTerminal = "terminal"

// Statement is GET /v1/payments and GET /v1/refunds by their time (R36, R37): everything of the account, payments of
// its website too. It reads 5,000 of each at most.
func (c *Client) Statement(ctx context.Context, from, to time.Time) (gateway.Statement, error) {
	if _, known := c.caller.Skew(); !known { // the window is in Razorpay's time
		if err := c.caller.Warm(ctx); err != nil {
			return gateway.Statement{}, err
		}
	}
	var s gateway.Statement
	seen := map[text]bool{}
	err := eachItem[paymentEntity, *paymentEntity](
		ctx,
		c,
		read("list payments", "/v1/payments", c.window(from, to)),
		func(e paymentEntity) {
			if seen[e.ID] {
				return
			}
			seen[e.ID] = true
			p, _ := payment("", e)
			p.CreatedAt = c.ours(p.CreatedAt)
			// A payment of a QR may carry the QR's notes; no page says that it always does.
			s.Payments = append(s.Payments, gateway.StatementPayment{Payment: p, Origin: origin(e.Notes)})
		},
	)
	if err != nil {
		return gateway.Statement{}, err
	}

	err = eachItem[refundEntity, *refundEntity](
		ctx,
		c,
		read("list refunds", "/v1/refunds", c.window(from, to)),
		func(e refundEntity) {
			if seen[e.ID] {
				return
			}
			seen[e.ID] = true
			s.Refunds = append(s.Refunds, gateway.StatementRefund{
				Refund:    refund(e),
				Key:       key(e.Receipt),
				PaymentID: named(e.PaymentID),
				CreatedAt: c.ours(e.CreatedAt.time()),
			})
		},
	)
	if err != nil {
		return gateway.Statement{}, err
	}

	return s, nil
}

// Origin finds a payment's QR (R8) and reads its notes.
func (c *Client) Origin(ctx context.Context, paymentID string) (gateway.Origin, error) {
	var found gateway.Origin
	err := c.eachQR(
		ctx,
		read("find a payment's QR code", qrPath, url.Values{"payment_id": {paymentID}}),
		func(e qrEntity) {
			if o := origin(e.Notes); o.Reference != "" || o.Standing != "" {
				found = o
			}
		},
	)
	if err == nil && found.Reference == "" && found.Standing == "" {
		err = gateway.ErrNotFound
	}
	return found, err
}

func origin(n notes) gateway.Origin {
	o := gateway.Origin{
		Terminal: gateway.Text(n[noteTerminal], 64),
		Box:      gateway.Text(n[noteBox], 64),
		Standing: gateway.Text(n[noteStanding], 64),
	}
	if validReference.MatchString(n[noteAttempt]) {
		o.Reference = n[noteAttempt]
	}
	return o
}

// key is a receipt that is one of our refund keys; another software's is none.
func key(receipt text) string {
	if validKey.MatchString(string(receipt)) {
		return string(receipt)
	}
	return ""
}

// named is an id that can be named in a later call, else nothing.
func named(id text) string {
	if checkID("entity", id) != nil {
		return ""
	}
	return string(id)
}

// ours is a moment of Razorpay's clock in ours.
func (c *Client) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return c.ourTime(t.Unix())
}
