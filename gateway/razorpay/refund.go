package razorpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"unicode/utf8"

	"galla/gateway"
	"galla/internal/money"
)

// refundRequest is the body of a refund (R15). It is made of the stored request alone, so that a repeat under the
// same key is the same body: another body under the key is answered 409 (R16).
type refundRequest struct {
	Amount  money.Paise       `json:"amount"`
	Speed   string            `json:"speed"`
	Receipt string            `json:"receipt"`
	Notes   map[string]string `json:"notes,omitempty"`
}

var validKey = regexp.MustCompile(`^[A-Za-z0-9_-]{10,40}$`)

// leastRefund is ₹1.00 (R15).
const leastRefund = money.Rupee

// Limits are what Razorpay documents: a QR over one paisa (R3), a refund of one rupee (R15).
func (c *Client) Limits() gateway.Limits {
	return gateway.Limits{LeastCharge: 1, LeastRefund: leastRefund}
}

// Refund gives money of a captured payment back. Razorpay has no void: undoing a payment is a refund. Sending the
// same request again is harmless: the key makes it one refund (R16). Amounts under ₹1.00 are refused by Razorpay.
func (c *Client) Refund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	const op = "refund"
	if !validKey.MatchString(r.Key) || r.PaymentID == "" || r.Amount < 1 {
		return gateway.Refund{}, c.refuse(
			op,
			gateway.ClassRejected,
			"",
			"",
			fmt.Errorf(
				"a refund needs a key of 10 to 40 letters, digits, _ or -, a payment id and an amount: "+
					"got %.50q, %.30q, %s",
				r.Key,
				r.PaymentID,
				r.Amount,
			),
		)
	}

	if r.Amount < leastRefund {
		return gateway.Refund{}, c.refuse(op, gateway.ClassRejected, gateway.CashierTooFewBack, "",
			fmt.Errorf("a refund of %s is below Razorpay's least of %s: nothing was sent", r.Amount, leastRefund))
	}
	body := refundRequest{Amount: r.Amount, Speed: "normal", Receipt: r.Key}
	if r.Reason != "" {
		body.Notes = map[string]string{"reason": reasonNote(r.Reason)}
	}
	call := write(op, http.MethodPost, "/v1/payments/"+url.PathEscape(r.PaymentID)+"/refund", body)
	call.Header = http.Header{"X-Refund-Idempotency": {r.Key}}
	var e refundEntity
	if err := c.do(ctx, call, &e); err != nil {
		return gateway.Refund{}, err
	}

	if string(e.PaymentID) != r.PaymentID {
		return gateway.Refund{}, c.refuse(
			op,
			gateway.ClassUnknown,
			"",
			"",
			fmt.Errorf("asked to refund %s, the answer is about %.30q", r.PaymentID, e.PaymentID),
		)
	}

	if money.Paise(e.Amount.v) != r.Amount {
		return gateway.Refund{}, c.otherAmount(op, gateway.ClassUnknown, e, r)
	}
	return refund(e), nil
}

// reasonNote shortens a reason to 256 bytes of whole characters. Razorpay says "characters" (R3) and not what it
// counts, and a refund must not be refused for a note in Hindi.
func reasonNote(s string) string {
	if len(s) <= maxNote {
		return s
	}
	n := maxNote
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// ReadRefund reads a refund by its id, or, before that is known, finds it among its payment's refunds by the key,
// which Refund sent as the receipt.
func (c *Client) ReadRefund(ctx context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	const op = "read refund"
	if r.RefundID != "" {
		var e refundEntity
		if err := c.do(ctx, read(op, "/v1/refunds/"+url.PathEscape(r.RefundID), nil), &e); err != nil {
			return gateway.Refund{}, err
		}
		if string(e.ID) != r.RefundID {
			return gateway.Refund{}, c.refuse(
				op,
				gateway.ClassUnavailable,
				"",
				"",
				fmt.Errorf("asked for %s, the answer is about %s", r.RefundID, e.ID),
			)
		}
		if money.Paise(e.Amount.v) != r.Amount {
			return gateway.Refund{}, c.otherAmount(op, gateway.ClassUnavailable, e, r)
		}
		return refund(e), nil
	}

	if r.PaymentID == "" || r.Key == "" {
		return gateway.Refund{}, c.refuse(
			op,
			gateway.ClassRejected,
			"",
			"",
			errors.New("a refund is found by its id, or by its payment and key"),
		)
	}

	var found *refundEntity
	err := c.eachRefund(ctx, op, r.PaymentID, func(e refundEntity) {
		if string(e.Receipt) == r.Key {
			found = &e
		}
	})
	if err != nil {
		return gateway.Refund{}, err
	}
	if found == nil {
		return gateway.Refund{}, gateway.ErrNotFound
	}
	if money.Paise(found.Amount.v) != r.Amount {
		return gateway.Refund{}, c.otherAmount(op, gateway.ClassUnavailable, *found, r)
	}

	return refund(*found), nil
}

// otherAmount is an answer about another sum than was asked: whether ours went back is not certain, and a person must
// look.
func (c *Client) otherAmount(op string, class gateway.Class, e refundEntity, r gateway.RefundRequest) error {
	return c.refuse(
		op,
		class,
		"",
		"Razorpay's refund is over another amount than asked: compare it in the dashboard, and report it to Razorpay",
		fmt.Errorf("refund %s is over %s, asked was %s", e.ID, money.Paise(e.Amount.v), r.Amount),
	)
}

// Refunds lists every refund of a payment, those made in the dashboard included.
func (c *Client) Refunds(ctx context.Context, paymentID string) ([]gateway.Refund, error) {
	var out []gateway.Refund
	seen := map[text]bool{}
	err := c.eachRefund(ctx, "list refunds", paymentID, func(e refundEntity) {
		if !seen[e.ID] {
			seen[e.ID] = true
			out = append(out, refund(e))
		}
	})
	return out, err
}

func (c *Client) eachRefund(ctx context.Context, op, paymentID string, visit func(refundEntity)) error {
	return eachItem[refundEntity, *refundEntity](
		ctx,
		c,
		read(op, "/v1/payments/"+url.PathEscape(paymentID)+"/refunds", nil),
		visit,
	)
}

func refund(e refundEntity) gateway.Refund {
	r := gateway.Refund{ID: string(e.ID), Amount: money.Paise(e.Amount.v)}
	for _, reference := range []text{e.AcquirerData.v.RRN, e.AcquirerData.v.UTR, e.AcquirerData.v.ARN} {
		rrn, foreign := gateway.RRN(string(reference))
		if r.RRN == "" {
			r.RRN = rrn
		}
		if r.ForeignReference == "" {
			r.ForeignReference = foreign
		}
	}
	switch e.Status {
	case "pending":
		r.Status = gateway.RefundPending
	case "processed":
		r.Status = gateway.RefundProcessed
	case "failed":
		r.Status = gateway.RefundFailed
	default:
		r.Status = gateway.RefundUnknown
	}
	return r
}
