package razorpay

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"galla/gateway"
	"galla/internal/money"
)

var errNoID = errors.New("the attempt has no QR id yet: find it by its reference first")

// Read lists the QR's payments and, unless one of them settles it, reads the QR. When the QR turns out closed, and
// wasn't known to be before its payments were asked for, they are read once more: one may have been captured between
// the two looks. From then on a look is one call, and so are four of five looks of the till at an open one (lookEvery).
func (c *Client) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	if o.ID == "" {
		return gateway.Reading{}, c.refuse("read payments", gateway.ClassRejected, "", "", errNoID)
	}

	if r, ok, err := c.quiet(ctx, o); ok || err != nil {
		return r, err
	}
	lane, _ := gateway.Looks(ctx)
	c.together.alone(o, lane)
	known := c.codes.Of(o.ID)
	r, err := c.readPayments(ctx, o)
	if err != nil {
		return gateway.Reading{}, err
	}

	need := r.Status != gateway.OrderPaid && !known.closed() && !spares(ctx, known.read)
	if slices.ContainsFunc(r.Payments, func(p gateway.Payment) bool { return hundredfold(p, o.Amount) }) {
		_, told := known.amount()
		need = need || !told
	}
	if need {
		q, err := c.readQR(ctx, read("read QR code", qrPath+"/"+url.PathEscape(o.ID), nil))
		if err != nil {
			return gateway.Reading{}, err
		}
		if q.Status == "closed" && r.Status != gateway.OrderPaid {
			if r, err = c.readPayments(ctx, o); err != nil {
				return gateway.Reading{}, err
			}
		}
		known.entity = q
	}
	if len(r.Payments) > 0 {
		c.codes.Note(o.ID, func(k *code) { k.touched = true })
	}
	return c.judge(o, known, r), nil
}

// judge says what the QR and its payments are together.
func (c *Client) judge(o gateway.Order, k code, r gateway.Reading) gateway.Reading {
	asks, told := k.amount()
	for i, p := range r.Payments {
		if !hundredfold(p, o.Amount) || told && p.Amount == asks {
			continue // a sum that somebody paid, by both records
		}
		if note := gateway.OtherUnit(p.ID, p.Amount, asks); note != "" {
			// The QR was over a fixed amount, so this is no sum that a customer chose: nobody is to pay again, and
			// nobody is offered the difference.
			last := &r.Payments[i]
			last.Status, last.Amount, last.Refunded, last.Fee, last.Tax = gateway.PaymentProcessing, o.Amount, 0, 0, 0
			r.Notes = append(r.Notes, note)
		}
	}

	if r.Status == gateway.OrderPaid {
		return r
	}

	q := k.entity
	if q.ID != "" {
		r.Status = orderStatus(q)
	}
	switch {
	case r.Status == gateway.OrderUnknown:
		r.Notes = append(
			r.Notes,
			fmt.Sprintf(
				"QR %s has the status %q, which Galla doesn't know",
				q.ID,
				gateway.Shorten(string(q.Status), 40),
			),
		)
	case r.Status == gateway.OrderClosed && q.CloseReason == "paid" && !settling(r.Payments):
		// The list lags behind the QR. "Closed without a payment" would be the opposite of the truth.
		r.Status = gateway.OrderUnknown
		r.Notes = append(
			r.Notes,
			fmt.Sprintf("QR %s was closed because it was paid, but its payment isn't listed yet", q.ID),
		)
	}

	if told && asks != o.Amount {
		r.Notes = append(r.Notes, fmt.Sprintf("QR %s is for %s, the sale is %s", q.ID, asks, o.Amount))
	}
	return r
}

// hundredfold reports whether money of a payment is a hundred times the sale's amount: its record or the QR's may count
// another unit.
func hundredfold(p gateway.Payment, amount money.Paise) bool {
	return (p.Status == gateway.PaymentCaptured || p.Status == gateway.PaymentRefunded) &&
		gateway.OtherUnit(p.ID, p.Amount, amount) != ""
}

// readQR reads the QR that call's path ends in.
func (c *Client) readQR(ctx context.Context, call gateway.Call) (qrEntity, error) {
	var q qrEntity
	if err := c.do(ctx, call, &q); err != nil {
		return q, err
	}
	if !strings.HasSuffix(call.Path, "/"+url.PathEscape(string(q.ID))) {
		return q, c.refuse(
			call.Op,
			gateway.ClassUnavailable,
			"",
			"",
			fmt.Errorf("asked at %s, the answer is about %s", call.Path, q.ID),
		)
	}
	c.is(q)
	return q, nil
}

func (c *Client) readPayments(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	r := gateway.Reading{Status: gateway.OrderOpen}
	seen := map[text]bool{}
	err := eachItem[paymentEntity, *paymentEntity](
		ctx,
		c,
		read("read payments", qrPath+"/"+url.PathEscape(o.ID)+"/payments", nil),
		func(e paymentEntity) {
			if seen[e.ID] {
				return
			}
			seen[e.ID] = true
			c.together.read.Note(e.key(), func(b *bool) { *b = true })
			p, note := payment(o.ID, e)
			r.Payments = append(r.Payments, p)
			if h := c.hooks.Load(); h != nil && p.Status == gateway.PaymentCaptured &&
				c.now().Sub(c.ourTime(p.CreatedAt.Unix())) < silentAfter {
				h.found(p.ID) // of an old one the event came long ago
			}
			if note != "" {
				r.Notes = append(r.Notes, note)
			}
			switch {
			case p.Status == gateway.PaymentCaptured && p.Amount == o.Amount:
				r.Status = gateway.OrderPaid
			case p.Amount != o.Amount:
				r.Notes = append(r.Notes, fmt.Sprintf("payment %s is %s, the sale is %s", p.ID, p.Amount, o.Amount))
			}
		},
	)
	if err != nil {
		return gateway.Reading{}, err
	}
	return r, nil
}

func orderStatus(q qrEntity) gateway.OrderStatus {
	switch q.Status {
	case "active":
		return gateway.OrderOpen
	case "closed":
		return gateway.OrderClosed
	}
	return gateway.OrderUnknown
}

// settling says whether any payment could be the one a QR was closed for.
func settling(ps []gateway.Payment) bool {
	for _, p := range ps {
		switch p.Status {
		case gateway.PaymentCaptured, gateway.PaymentRefunded, gateway.PaymentProcessing:
			return true
		}
	}
	return false
}

// payment translates one payment. The note, when there is one, is for the operator.
func payment(order string, e paymentEntity) (p gateway.Payment, note string) {
	amount, amountErr := gateway.Amount(e.Amount.v)
	back, backErr := gateway.Amount(e.AmountRefunded.v)
	back = min(back, amount) // what went back of it is part of it
	p = gateway.Payment{
		ID:          string(e.ID),
		OrderID:     order,
		Amount:      amount,
		Refunded:    back,
		UPITxnID:    gateway.Text(string(e.AcquirerData.v.UPITransactionID), 64),
		Reason:      gateway.Shorten(string(e.ErrorReason), 60),
		CreatedAt:   e.CreatedAt.time(),
		AccountType: gateway.Text(string(e.UPI.v.AccountType), 40),
	}

	p.RRN, p.ForeignReference = gateway.RRN(string(e.AcquirerData.v.RRN))
	if e.Description != ordinary {
		p.Note = gateway.Text(string(e.Description), 100)
	}
	if fee, err := gateway.Amount(e.Fee.v); err == nil && fee <= amount {
		p.Fee = fee
	}
	if tax, err := gateway.Amount(e.Tax.v); err == nil && tax <= p.Fee {
		p.Tax = tax
	}
	vpa := e.VPA
	if vpa == "" {
		vpa = e.UPI.v.VPA
	}

	p.VPA = gateway.MaskVPA(string(vpa))
	switch e.Status {
	case "created":
		p.Status = gateway.PaymentStarted
	case "authorized":
		p.Status = gateway.PaymentProcessing
		note = fmt.Sprintf("payment %s is authorized, not captured: switch on automatic capture in Razorpay's "+
			"dashboard; uncaptured money goes back after 3 days", p.ID)
	case "captured":
		p.Status = gateway.PaymentCaptured
		if e.RefundStatus == "full" {
			p.Status = gateway.PaymentRefunded
		}
	case "refunded":
		p.Status = gateway.PaymentRefunded
	case "failed":
		p.Status = gateway.PaymentFailed
		if s := reasons[p.Reason]; s != "" {
			note = fmt.Sprintf("payment %s failed: %s", p.ID, s)
		}
	default:
		p.Status = gateway.PaymentUnknown
		p.Odd = gateway.Odd{Code: gateway.OddStatus, Word: gateway.Shorten(string(e.Status), 40)}
		note = fmt.Sprintf("payment %s has the status %q, which Galla doesn't know",
			p.ID, gateway.Shorten(string(e.Status), 40))
	}

	switch {
	case amountErr != nil || backErr != nil:
		p.Status, p.Amount, p.Refunded = gateway.PaymentUnknown, 0, 0
		p.Odd = gateway.Odd{Code: gateway.OddRecord}
		note = fmt.Sprintf("payment %s is over no amount that can be: look at it in Razorpay's dashboard", p.ID)
	case e.Currency != "INR":
		p.Status = gateway.PaymentUnknown
		p.Odd = gateway.Odd{Code: gateway.OddCurrency, Word: gateway.Shorten(string(e.Currency), 10)}
		note = fmt.Sprintf("payment %s is in %q, not INR: look at it in Razorpay's dashboard",
			p.ID, gateway.Shorten(string(e.Currency), 10))
	case p.Status == gateway.PaymentCaptured && e.Captured.set && !e.Captured.v:
		p.Status = gateway.PaymentUnknown
		p.Odd = gateway.Odd{Code: gateway.OddRecord, Word: "captured and not captured"}
		note = fmt.Sprintf(
			"payment %s has the status captured and captured false at once: waiting for Razorpay to agree with itself",
			p.ID,
		)
	case p.Status == gateway.PaymentRefunded && e.Captured.set && !e.Captured.v:
		// Authorised, never captured, and sent back after three days (R23): the shop never had this money.
		p.Status, p.Refunded, p.Reason = gateway.PaymentFailed, 0, "not_captured"
		note = fmt.Sprintf("payment %s was never captured and went back to the customer", p.ID)
	}

	if p.Status == gateway.PaymentRefunded && p.Refunded == 0 {
		p.Refunded = p.Amount // some answers leave the counter out; wholly refunded is what the status means
	}
	return p, note
}
