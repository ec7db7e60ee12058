package gatewaytest

import (
	"time"

	"galla/internal/money"
)

// order is one order (EnKash) or one QR code (Razorpay). Its status is derived from these facts, never stored.
type order struct {
	api       API
	id        string
	ref       string // EnKash: the merchant's own order id; Razorpay: empty
	txn       string // EnKash: the order's own transaction id, as the checkout page knows it
	key       string // Razorpay: the key id it was made with
	live      bool   // it can be paid
	amount    money.Paise
	created   time.Time
	modified  time.Time
	closeBy   time.Time // zero: never
	closed    time.Time // by whoever closed it; zero: by nobody
	closedWhy string    // "on_demand" or "paid"
	once      bool      // takes one payment
	fixed     bool      // takes one amount
	image     bool      // the answer carries the QR string itself
	name      string
	desc      string
	customer  string
	notes     map[string]string // EnKash: customParameters
	notifyURL string
	mandate   string // of a debit: the id of its mandate
	invoice   map[string]any
	payments  []*payment
	codes     []*code
	surcharge money.Paise
}

// code is one QR string in the world.
type code struct {
	tr      string
	payload string
	order   *order
	txn     *payment // EnKash: the transaction this QR was minted for
	at      time.Time
	amount  money.Paise // what its am says; 0 when the payer chooses
	tries   int
	seen    bool // a phone has read it
}

// state is how far one payment got.
type state string

const (
	minted     state = "minted"     // EnKash: an ekPayId nobody used yet
	started    state = "started"    // the customer is looking at it
	pending    state = "pending"    // with the bank
	authorized state = "authorized" // promised
	captured   state = "captured"   // the gateway has the money
	failed     state = "failed"
	withdrawn  state = "withdrawn" // EnKash: expired or cancelled by call before anybody paid
)

// payment is one payment, or at EnKash one transaction that may become one.
type payment struct {
	api      API
	id       string
	order    *order
	amount   money.Paise
	state    state
	reason   string // of a failure
	vpa      string
	rrn      string
	upiTxn   string
	created  time.Time
	modified time.Time
	captured time.Time // zero until the money was there
	hidden   time.Time // not listed before this moment
	returned bool      // authorised, never captured, sent back by the gateway
	refunds  []*refund
	notes    map[string]string // nil: its order's
}

// refund is money on its way back.
type refund struct {
	api     API
	id      string
	key     string // X-Refund-Idempotency or requestId
	body    string // what was asked with key
	receipt string
	notes   map[string]string
	speed   string
	payment *payment
	amount  money.Paise
	created time.Time
	done    time.Time // when it will be processed
	fails   bool      // it will fail instead
	rrn     string
}

// status of a refund at t.
func (r *refund) status(t time.Time) string {
	switch {
	case t.Before(r.done):
		return "pending"
	case r.fails:
		return "failed"
	}
	return "processed"
}

// counted is what the gateway's own counter says went back: it holds pending refunds from their asking, unless the knob
// says from their success, and falls again when one fails.
func (p *payment) counted(k Knobs, t time.Time) money.Paise {
	if k.RefundCounter != "processed" {
		return p.refunded(t)
	}
	var sum money.Paise
	for _, r := range p.refunds {
		if r.status(t) == "processed" {
			sum += r.amount
		}
	}
	return sum
}

// refunded is what went back or is on its way; a refund that failed gives its amount free again.
func (p *payment) refunded(t time.Time) money.Paise {
	var sum money.Paise
	for _, r := range p.refunds {
		if r.status(t) != "failed" {
			sum += r.amount
		}
	}
	return sum
}

// paid says whether the order has a payment that was captured, refunded since or not.
func (o *order) paid() bool {
	for _, p := range o.payments {
		if p.state == captured {
			return true
		}
	}
	return false
}

// over says whether the order takes no more payments at t: closed, past its time, or paid once.
func (o *order) over(t time.Time) bool {
	return !o.closed.IsZero() || o.past(t) || o.once && o.paid()
}

// past says whether the order's own time has run out.
func (o *order) past(t time.Time) bool { return !o.closeBy.IsZero() && !t.Before(o.closeBy) }

// find returns the payment of that id, or nil.
func (o *order) find(id string) *payment {
	for _, p := range o.payments {
		if p.id == id {
			return p
		}
	}
	return nil
}
