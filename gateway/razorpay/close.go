package razorpay

import (
	"context"
	"net/http"
	"net/url"

	"galla/gateway"
)

// Close closes the QR. Razorpay documents no answer for closing a closed QR, and a lost answer says nothing: after any
// failure the QR is read, and closed is success whoever did it. Payments may still come: Read afterwards.
func (c *Client) Close(ctx context.Context, o gateway.Order) error {
	const op = "close QR code"
	if o.ID == "" {
		return c.refuse(op, gateway.ClassRejected, "", "", errNoID)
	}
	call := write(op, http.MethodPost, qrPath+"/"+url.PathEscape(o.ID)+"/close", nil)
	var q qrEntity
	err := c.do(ctx, call, &q)
	if err == nil && string(q.ID) == o.ID && q.Status == "closed" {
		c.is(q)
		return nil
	}
	if err == nil {
		err = c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"Razorpay accepted the close but still calls the QR open: it is asked again",
			nil,
		)
	}
	if gateway.ClassOf(err).Later() {
		return err // nothing was sent, so there is nothing to look up
	}
	again := urgent(read("read QR code after closing", qrPath+"/"+url.PathEscape(o.ID), nil))
	if q, readErr := c.readQR(ctx, again); readErr == nil && q.Status == "closed" {
		return nil
	}
	return err
}
