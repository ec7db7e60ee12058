package razorpay

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"galla/gateway"
)

const (
	// noteAttempt carries Charge.Reference. Razorpay documents no search by notes or name, only by time.
	noteAttempt = "attempt"
	maxNote     = 256 // characters (R3)
	maxNotes    = 15

	pageSize = 100 // the most a list gives at once (R28)
	maxPages = 50  // 5000 QR codes in the window below are four a second from all terminals of one account

	// A create follows AskedAt within the caller's patience: three tries of 25 s and the budget's wait.
	findBefore = 2 * time.Minute
	findAfter  = 10 * time.Minute
)

// Find lists the QR codes made around ch.AskedAt, and those of the last two hours, and looks for ch.Reference in their
// notes. It sends reads only.
//
// Razorpay documents no delay between a create and its appearance in the list: the caller waits and asks again
// before it believes ErrNotFound. A QR that is found closed comes back without a Payload.
func (c *Client) Find(ctx context.Context, ch gateway.Charge) (gateway.Quote, error) {
	const op = "find QR code"
	if err := c.showable(op); err != nil {
		return gateway.Quote{}, err
	}
	if _, known := c.caller.Skew(); !known {
		// After a restart nothing is known of the clocks yet, and the window below is in Razorpay's time.
		if err := c.caller.Warm(ctx); err != nil {
			return gateway.Quote{}, err
		}
	}

	for range 3 {
		skew, _ := c.caller.Skew()
		now, asked := c.now(), false
		for _, w := range []struct{ from, to time.Time }{
			{ch.AskedAt.Add(-findBefore), ch.AskedAt.Add(findAfter)},
			// Our clock may have been set since, nobody knows how far: a QR that can be paid is two hours old at most.
			{now.Add(-maxOpen), now},
		} {
			// Before 1970 there are no timestamps: our clock wasn't set when the order was asked.
			if w.from.After(now) || c.theirTime(w.from) < 0 {
				continue
			}
			if w.to.After(now) {
				w.to = now
			}
			asked = true
			var best *qrEntity
			err := c.eachQR(ctx, urgent(read(op, qrPath, c.window(w.from, w.to))), func(q qrEntity) {
				if q.Notes[noteAttempt] == ch.Reference && (best == nil || best.Status != "active") {
					best = &q
				}
			})
			if err != nil {
				return gateway.Quote{}, err
			}
			if best != nil {
				return c.quote(ctx, op, ch, *best)
			}
		}
		if !asked { // our clock was lost since the last answer
			if err := c.caller.Warm(ctx); err != nil {
				return gateway.Quote{}, err
			}
		}
		// The answers say what time it is there. If that isn't what the windows were made with, they were at the wrong
		// place.
		if after, _ := c.caller.Skew(); asked && (after-skew).Abs() < openMargin {
			return gateway.Quote{}, gateway.ErrNotFound
		}
	}

	return gateway.Quote{}, c.refuse(
		op,
		gateway.ClassUnavailable,
		"",
		"this box's clock changes while orders are looked for: see that it is set once",
		errors.New("the clock moved three times during one look"),
	)
}

// window is a list's time bounds, in Razorpay's clock.
func (c *Client) window(from, to time.Time) url.Values {
	return url.Values{
		"from": {strconv.FormatInt(c.theirTime(from), 10)},
		"to":   {strconv.FormatInt(c.theirTime(to), 10)},
	}
}

func (c *Client) eachQR(ctx context.Context, call gateway.Call, visit func(qrEntity)) error {
	return eachItem[qrEntity, *qrEntity](ctx, c, call, visit)
}

// eachItem walks a paged list. The same item may be visited twice when new ones push it to the next page.
func eachItem[T any, P interface {
	*T
	validate() error
}](ctx context.Context, c *Client, call gateway.Call, visit func(T)) error {
	for page := range maxPages {
		q := url.Values{}
		for k, v := range call.Query {
			q[k] = v
		}
		q.Set("count", strconv.Itoa(pageSize))
		q.Set("skip", strconv.Itoa(page*pageSize))
		call.Query = q
		var list collection[T, P]
		if err := c.do(ctx, call, &list); err != nil {
			return err
		}
		for _, item := range list.Items {
			visit(item)
		}
		if len(list.Items) < pageSize {
			return nil
		}
	}
	return c.refuse(call.Op, gateway.ClassUnavailable, "", "",
		fmt.Errorf("%w: %d entries. Nothing can be said about what wasn't read", gateway.ErrLong, maxPages*pageSize))
}
