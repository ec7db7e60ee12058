package enkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"galla/gateway"
)

// A way is how an account answers about an order. The oldest pages say that GET /api/v0/orders/{id} takes our id, the
// newer ones that it takes EnKash's, and a third page names a call of its own for ours (reference §1.6): each is tried,
// and the one that answered is tried first from then on.
type way string

const (
	byEnKashID  way = "EnKash's order id"
	byOurID     way = "our order id"
	byReference way = "order_by_reference"
)

// ways remembers which way answered, for the next process, too (learnt.go), and for this one which optional addresses
// the account doesn't serve.
type ways struct {
	mu       sync.Mutex
	first    way
	refused  map[way]int          // orders that a way didn't know although another one did
	unserved map[string]time.Time // configured address: until when it isn't asked again
}

// unservedFor is how long an optional address that answered 404 or 405 without the gateway's envelope isn't asked
// again. A day: the account may be given the call.
const unservedFor = 24 * time.Hour

// order are the ways to try, the one that answered last first.
func (w *ways) order() []way {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := []way{byEnKashID, byOurID, byReference}
	if w.first == "" {
		return all
	}
	sorted := []way{w.first}
	for _, k := range all {
		if k != w.first {
			sorted = append(sorted, k)
		}
	}
	return sorted
}

// answered notes that a way found an order which those before it didn't know.
func (w *ways) answered(k way, missed []way) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first = k
	for _, m := range missed {
		if w.refused == nil {
			w.refused = map[way]int{}
		}
		w.refused[m]++
	}
}

// finding says for the doctor how this account answers.
func (w *ways) finding() (gateway.Finding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == "" {
		return gateway.Finding{}, false
	}
	f := gateway.Finding{Check: "orders", Level: gateway.LevelOK, Says: fmt.Sprintf("orders are read by %s", w.first)}
	for _, k := range []way{byEnKashID, byOurID, byReference} {
		if n := w.refused[k]; n > 0 {
			f.Says += fmt.Sprintf("; %s did not find %d of them", k, n)
		}
	}
	return f, true
}

// skip says whether an optional address is not to be asked now.
func (w *ways) skip(path string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Before(w.unserved[path])
}

// note keeps what a call of an optional address showed: err is its error, nil when it answered.
func (w *ways) note(path string, now time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if noAddress(err) {
		if w.unserved == nil {
			w.unserved = map[string]time.Time{}
		}
		w.unserved[path] = now.Add(unservedFor)
	} else if err == nil || absent(err) {
		delete(w.unserved, path)
	}
}

// noAddress says that nothing stands at an address: a 404 or 405 without the gateway's envelope.
func noAddress(err error) bool {
	e, ok := errors.AsType[*gateway.Error](err)
	return ok && e.Class == gateway.ClassMisconfigured && e.Code == "" &&
		(e.HTTPStatus == http.StatusNotFound || e.HTTPStatus == http.StatusMethodNotAllowed)
}

// recordOf asks for an order every way this account may know, until one answers. A "not found" is only believed when
// all say it; the first refusal is then returned, joined with gateway.ErrVanished: the order was made, and its "not
// found" is a wrong question or a wrong setting.
func (c *Client) recordOf(ctx context.Context, o gateway.Order, urgent bool) (Order, error) {
	var refusal error
	var missed []way
	for _, k := range c.ways.order() {
		call := gateway.Call{Op: "read order", Method: http.MethodGet, Urgent: urgent}
		switch {
		case k == byEnKashID && gateway.ID("id", o.ID) == nil:
			call.Path = "/api/v0/orders/" + url.PathEscape(o.ID)
		case k == byOurID && o.Reference != o.ID && referencePattern.MatchString(o.Reference):
			call.Path = "/api/v0/orders/" + url.PathEscape(o.Reference)
		case k == byReference && referencePattern.MatchString(o.Reference) && c.cfg.Paths.OrderByReference != "" &&
			!c.ways.skip(c.cfg.Paths.OrderByReference, c.now()):
			call.Path = strings.ReplaceAll(c.cfg.Paths.OrderByReference, "{id}", url.PathEscape(o.Reference))
		default:
			continue
		}
		record, err := c.readOrder(ctx, call)
		if k == byReference {
			c.ways.note(c.cfg.Paths.OrderByReference, c.now(), err)
		}
		switch {
		case err == nil:
			c.ways.answered(k, missed)
			return record, nil
		case k == byReference && (unserved(err) || gateway.ClassOf(err) == gateway.ClassRejected):
			// A guessed address that doesn't understand us says nothing about the order.
		case !absent(err) && !noAddress(err):
			return Order{}, err
		}
		if refusal == nil {
			refusal = err
		}
		missed = append(missed, k)
	}
	if refusal == nil {
		return Order{}, c.checkPathID("read order", o.ID)
	}
	return Order{}, c.vanished(o, refusal)
}

// vanishedAfter is how old an order must be to be forgotten rightly, as far as anybody knows.
const vanishedAfter = 7 * 24 * time.Hour

// vanished is the refusal of every way: of an order that this account made it is a matter for the operator, at once.
func (c *Client) vanished(o gateway.Order, refusal error) error {
	e := &gateway.Error{Class: gateway.ClassMisconfigured, Gateway: c.cfg.Name, Op: "read order",
		Cashier: gateway.CashierSetup,
		Operator: "EnKash does not know an order that it made, by its own id, by ours or by " +
			"paths.order_by_reference: compare the keys and base_url, and ask EnKash how the account reads an order",
		Err: fmt.Errorf("order %s: %w: %w", gateway.Shorten(o.ID, 40), gateway.ErrVanished, refusal)}
	if age := c.now().Sub(o.OpenedAt); !o.OpenedAt.IsZero() && age > vanishedAfter {
		e.Class, e.Cashier, e.Operator = gateway.ClassRejected, gateway.CashierNothingThere,
			"EnKash does not know this order any more: look it up in its dashboard"
	}
	if known, ok := errors.AsType[*gateway.Error](refusal); ok {
		e.HTTPStatus, e.Code, e.Text = known.HTTPStatus, known.Code, known.Text
	}
	return e
}
