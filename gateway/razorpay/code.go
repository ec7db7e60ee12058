package razorpay

import (
	"context"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// code is what this process knows of a QR from answers that were the QR itself.
type code struct {
	entity  qrEntity  // of the last one; its id is empty where there was none
	read    time.Time // when that was, by the process's own clock
	touched bool      // somebody has tried to pay it
}

// closed reports whether Razorpay has called the QR closed. A closed QR stays closed.
func (k code) closed() bool { return k.entity.Status == "closed" }

// is notes an answer that is a QR.
func (c *Client) is(q qrEntity) {
	c.codes.Note(string(q.ID), func(k *code) {
		if !k.closed() {
			q.ImageContent, q.Notes = "", nil // long, and asked for nowhere
			k.entity = q
		}
		k.read = time.Now()
	})
}

// lookEvery is how often a look of the till reads the QR on the screen beside its payments, and sideEvery any other.
// Only the payments are money; that somebody closed the QR in Razorpay's dashboard is seen this much later.
const (
	lookEvery = 10 * time.Second
	sideEvery = time.Minute
)

// spares reports whether a Read under ctx may leave out the QR that was read at a moment, because it closes nothing and
// proves nothing.
func spares(ctx context.Context, read time.Time) bool {
	lane, looks := gateway.Looks(ctx)
	every := sideEvery
	if lane == gateway.LaneScreen {
		every = lookEvery
	}
	return looks && !read.IsZero() && time.Since(read) < every
}

// amount is what the QR asks for; false where Razorpay has not said.
func (k code) amount() (money.Paise, bool) {
	return money.Paise(k.entity.PaymentAmount.v), k.entity.PaymentAmount.set
}
