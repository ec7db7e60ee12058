package razorpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"galla/gateway"
)

// number is a whole number that Razorpay writes as 300, "300" or null: close_by is a string in one of its samples
// (R14). Anything else is odd and has no value: a fraction too, because amounts are paise, and 20.15 would be
// somebody's rupees. Whether that matters is the field's business: an odd fee must not hide a payment.
type number struct {
	v   int64
	set bool
	odd bool
}

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "" || s == "null" {
		*n = number{}
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		*n = number{odd: true}
		return nil
	}
	*n = number{v: v, set: true}
	return nil
}

// time is a moment in unix seconds; zero when there is none, or none that can be (milliseconds, where seconds belong).
func (n number) time() time.Time {
	if !n.set || n.v <= 0 || n.v > 1<<40 {
		return time.Time{}
	}
	return gateway.Instant(time.Unix(n.v, 0))
}

// text is a string, null, or a number taken as it is written: an RRN keeps the digits that were sent. Anything else is
// no text.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
	default:
		*t = ""
	}
	return nil
}

// maybeBool is true, false or nothing; Razorpay's PHP heart may write 1, "1" or "true". Any other value is nothing.
type maybeBool struct{ v, set bool }

func (m *maybeBool) UnmarshalJSON(b []byte) error {
	switch strings.Trim(strings.ToLower(string(b)), `"`) {
	case "true", "1":
		*m = maybeBool{true, true}
	case "false", "0":
		*m = maybeBool{false, true}
	default:
		*m = maybeBool{}
	}
	return nil
}

// notes are the free key-value pairs of an entity: an object, PHP's [] when empty (R14), or null. Anything else has
// none. A value that isn't a text is kept as the JSON it is.
type notes map[string]string

func (n *notes) UnmarshalJSON(b []byte) error {
	*n = nil
	var raw map[string]json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil
	}
	for k, v := range raw {
		var s string
		if json.Unmarshal(v, &s) != nil {
			s = string(v)
		}
		if *n == nil {
			*n = notes{}
		}
		(*n)[k] = s
	}
	return nil
}

// maybe is an object that may be null, absent or []. Anything else is none.
type maybe[T any] struct{ v T }

func (m *maybe[T]) UnmarshalJSON(b []byte) error {
	var zero T
	m.v = zero
	if json.Unmarshal(b, &m.v) != nil {
		m.v = zero
	}
	return nil
}

// qrEntity is a QR code on the wire (R3, R13, seed 002).
type qrEntity struct {
	ID            text      `json:"id"`
	Entity        text      `json:"entity"`
	Name          text      `json:"name"`
	Usage         text      `json:"usage"`
	Type          text      `json:"type"`
	ImageURL      text      `json:"image_url"`
	ImageContent  text      `json:"image_content"`
	PaymentAmount number    `json:"payment_amount"`
	Status        text      `json:"status"`
	Description   text      `json:"description"`
	FixedAmount   maybeBool `json:"fixed_amount"`
	Notes         notes     `json:"notes"`
	CustomerID    text      `json:"customer_id"`
	CreatedAt     number    `json:"created_at"`
	CloseBy       number    `json:"close_by"`
	ClosedAt      number    `json:"closed_at"`
	CloseReason   text      `json:"close_reason"`
	// Counters of captured payments. They are no evidence: Razorpay's own sample shows 0 beside a captured payment
	// (R14).
	Received number `json:"payments_amount_received"`
	Count    number `json:"payments_count_received"`
}

func (q *qrEntity) validate() error { return checkID("QR code", q.ID) }

// paymentEntity is a payment on the wire (R9, R25).
type paymentEntity struct {
	ID             text      `json:"id"`
	Amount         number    `json:"amount"`
	Currency       text      `json:"currency"`
	Status         text      `json:"status"`
	Captured       maybeBool `json:"captured"`
	AmountRefunded number    `json:"amount_refunded"`
	RefundStatus   text      `json:"refund_status"`
	VPA            text      `json:"vpa"`
	Fee            number    `json:"fee"`
	Tax            number    `json:"tax"`
	UPI            maybe[struct {
		VPA         text `json:"vpa"`
		AccountType text `json:"payer_account_type"`
	}] `json:"upi"`
	AcquirerData maybe[struct {
		RRN              text `json:"rrn"`
		UPITransactionID text `json:"upi_transaction_id"`
	}] `json:"acquirer_data"`
	Description text   `json:"description"`
	ErrorReason text   `json:"error_reason"`
	ErrorCode   text   `json:"error_code"`
	Notes       notes  `json:"notes"`
	CreatedAt   number `json:"created_at"`
}

// validate is strict about money alone: half a page of payments must not decide, but nor may an odd note or fee hide
// one.
func (p *paymentEntity) validate() error {
	switch {
	case p.Amount.odd || p.AmountRefunded.odd:
		return fmt.Errorf("an amount of payment %q is not a whole number of paise", gateway.Shorten(string(p.ID), 20))
	case !p.Amount.set:
		return fmt.Errorf("payment %q has no amount", gateway.Shorten(string(p.ID), 20))
	}
	return checkID("payment", p.ID)
}

// refundEntity is a refund on the wire (R15, R36).
type refundEntity struct {
	ID           text   `json:"id"`
	Amount       number `json:"amount"`
	PaymentID    text   `json:"payment_id"`
	Receipt      text   `json:"receipt"`
	Status       text   `json:"status"`
	CreatedAt    number `json:"created_at"`
	AcquirerData maybe[struct {
		ARN text `json:"arn"`
		RRN text `json:"rrn"`
		UTR text `json:"utr"`
	}] `json:"acquirer_data"`
}

func (r *refundEntity) validate() error {
	if _, err := gateway.Amount(r.Amount.v); err != nil || !r.Amount.set {
		return fmt.Errorf("refund %q has no amount that can be", gateway.Shorten(string(r.ID), 20))
	}
	return checkID("refund", r.ID)
}

// checkID refuses an entity that can't be named in a later call.
func checkID(what string, id text) error {
	if id == "" {
		return fmt.Errorf("the %s has no id", what)
	}
	return gateway.ID("the "+what+"'s id", string(id))
}

// collection is a page of a list. An answer without items is no empty list: an error page must never read as "no
// payments".
type collection[T any, P interface {
	*T
	validate() error
}] struct {
	Items []T `json:"items"`
}

func (l *collection[T, P]) validate() error {
	if l.Items == nil {
		return errors.New("the list has no items field")
	}
	for i := range l.Items {
		if err := P(&l.Items[i]).validate(); err != nil {
			return err
		}
	}
	return nil
}
