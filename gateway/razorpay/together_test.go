package razorpay

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/gateway"
)

// crowd is a shop with n open QRs, each read by itself once.
type crowd struct {
	*shop
	c    *Client
	qrs  []gateway.Quote
	told []string
}

func newCrowd(t *testing.T, n int) *crowd {
	k := &crowd{shop: newShop(t)}
	k.c = k.client()
	k.c.Found(func(ref string) { k.told = append(k.told, ref) })
	for i := range n {
		k.qrs = append(k.qrs, k.open(k.c, fmt.Sprintf("TOG%dA1", i)))
		k.read(k.c, k.qrs[i])
	}
	return k
}

// look is the till's look at a sale that is not on the screen, or in another lane.
func (k *crowd) look(lane gateway.Lane, q gateway.Quote) gateway.Reading {
	k.t.Helper()
	ctx, cancel := gateway.Errand{Lane: lane, Limit: time.Minute}.Begin(context.Background())
	defer cancel()
	r, err := k.c.Read(ctx, q.Order)
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

// round looks at all QRs and counts the lists and the reads of a QR's own payments.
func (k *crowd) round() (readings []gateway.Reading, lists, own int) {
	k.t.Helper()
	k.stale()
	before := [2]int{k.lists(), k.sent("GET /v1/payments/qr_codes/")}
	for _, q := range k.qrs {
		readings = append(readings, k.look(gateway.LaneSale, q))
	}
	return readings, k.lists() - before[0], k.sent("GET /v1/payments/qr_codes/") - before[1]
}

// stale makes the list that is there too old.
func (k *crowd) stale() {
	k.c.together.mu.Lock()
	defer k.c.together.mu.Unlock()
	clear(k.c.together.sheets)
}

func (k *crowd) lists() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.calls {
		if c.path == "/v1/payments" {
			n++
		}
	}
	return n
}

// TestTogether: one list serves the looks at ten sales; a sale that it names is read by itself, and is told of until it
// was.
func TestTogether(t *testing.T) {
	k := newCrowd(t, 10)
	if _, lists, own := k.round(); lists != 1 || own != 0 {
		t.Errorf("ten looks cost %d lists and %d reads", lists, own)
	}
	k.pay(k.qrs[3].ID, k.qrs[3].Amount, "captured", map[string]any{"notes": map[string]any{"attempt": "TOG3A1"}})
	readings, lists, own := k.round()
	if lists != 1 || own != 1 || !slices.Equal(k.told, []string{"TOG3A1"}) {
		t.Errorf("a payment costs %d lists and %d reads, told of %v", lists, own, k.told)
	}
	for i, r := range readings {
		if paid := r.Status == gateway.OrderPaid && len(r.Payments) == 1; paid != (i == 3) {
			t.Errorf("sale %d reads %+v", i, r)
		}
	}
	if k.round(); len(k.told) != 1 {
		t.Errorf("told again: %v", k.told)
	}
}

// TestTogetherWhenOurClockIsSet: a list begins with the QR by Razorpay's clock, however wrong ours was when the QR was
// made, and one that ended at a wrong time serves no look.
func TestTogetherWhenOurClockIsSet(t *testing.T) {
	for _, off := range []time.Duration{time.Hour, -time.Hour, 20 * 365 * 24 * time.Hour} {
		k := &crowd{shop: newShop(t)}
		wrong := off
		k.c = k.client(func(c *Config) { c.Now = func() time.Time { return k.clock().Add(wrong) } })
		k.c.Found(func(ref string) { k.told = append(k.told, ref) })
		for i := range 10 {
			k.qrs = append(k.qrs, k.open(k.c, fmt.Sprintf("TOG%dA1", i)))
			k.read(k.c, k.qrs[i])
		}
		wrong = 0 // the clock is set

		k.pass(2 * time.Minute)
		k.pay(k.qrs[3].ID, k.qrs[3].Amount, "captured", map[string]any{"notes": map[string]any{"attempt": "TOG3A1"}})
		k.round()
		readings, _, _ := k.round()
		if r := readings[3]; r.Status != gateway.OrderPaid || len(r.Payments) != 1 {
			t.Errorf("our clock was %s off: the paid sale reads %+v, told of %v", off, r, k.told)
		}
	}
}

// TestTogetherProvesNothing: a close's read, the screen's, and one without an errand are of the QR itself; so is one of
// a QR that is known to be paid, and every sale's now and then.
func TestTogetherProvesNothing(t *testing.T) {
	k := newCrowd(t, 10)
	k.round()
	for _, lane := range []gateway.Lane{gateway.LaneClose, gateway.LaneCounter, gateway.LaneScreen} {
		before := k.sent("/payments")
		if k.look(lane, k.qrs[0]); k.sent("/payments") == before {
			t.Errorf("a look in lane %d is served by a list", lane)
		}
	}
	k.pay(
		k.qrs[1].ID,
		k.qrs[1].Amount,
		"captured",
		map[string]any{"notes": map[string]any{"attempt": "ANOTHER1A1"}},
	) // as if the list were wrong
	k.round()
	k.c.together.mu.Lock()
	k.c.together.members[k.qrs[1].ID].own = time.Now().Add(-time.Duration(len(k.qrs)) * ownEach)
	k.c.together.mu.Unlock()
	if r := k.look(gateway.LaneSale, k.qrs[1]); r.Status != gateway.OrderPaid {
		t.Errorf("the read that is due reads %+v", r)
	}
}

// TestTogetherWithoutNotes: payments that carry no reference make every sale over their amount be read once, in each
// status.
func TestTogetherWithoutNotes(t *testing.T) {
	k := newCrowd(t, 10)
	id := k.pay(k.qrs[3].ID, k.qrs[3].Amount, "created")
	if _, _, own := k.round(); own != 10 {
		t.Errorf("%d reads, want one of each", own)
	}
	if _, _, own := k.round(); own != 1 { // the one that somebody tried to pay
		t.Errorf("%d reads the second time", own)
	}
	k.set(k.qrs[3].ID, id, map[string]any{"status": "captured", "captured": true})
	if readings, _, _ := k.round(); readings[3].Status != gateway.OrderPaid {
		t.Errorf("%+v", readings[3])
	}
}

// TestTogetherFails: a list that is refused, fails, or is too long sends each look to its own QR.
func TestTogetherFails(t *testing.T) {
	for name, f := range map[string]spoilt{
		"refused": {on: "GET /v1/payments", status: 400,
			body: `{"error":{"code":"BAD_REQUEST_ERROR","description":"from is not allowed"}}`},
		"5xx":        {on: "GET /v1/payments", status: 503},
		"reset":      {on: "GET /v1/payments"},
		"no list":    {on: "GET /v1/payments", status: 200, body: `{"entity":"collection"}`},
		"a web page": {on: "GET /v1/payments", status: 200, body: `<html>`},
	} {
		k := newCrowd(t, 10)
		k.pay(k.qrs[0].ID, k.qrs[0].Amount, "captured", map[string]any{"notes": map[string]any{"attempt": "TOG0A1"}})
		k.spoil(f)
		if r := k.look(gateway.LaneSale, k.qrs[0]); r.Status != gateway.OrderPaid {
			t.Errorf("%s: %+v", name, r)
		}
	}

	k := newCrowd(t, 10)
	for i := range sheetPages*pageSize + 1 {
		k.elsewhere = append(k.elsewhere, map[string]any{
			"id":         fmt.Sprintf("pay_W%013d", i),
			"entity":     "payment",
			"amount":     100,
			"currency":   "INR",
			"status":     "captured",
			"captured":   true,
			"notes":      map[string]any{"order": "W1"},
			"created_at": k.clock().Unix(),
		})
	}
	if _, lists, own := k.round(); lists != sheetPages || own != 10 {
		t.Errorf("a list of more than %d pages costs %d lists and %d reads", sheetPages, lists, own)
	}
	if _, lists, _ := k.round(); lists != 0 {
		t.Errorf("it is asked again at once: %d", lists)
	}
}

// TestTogetherOnce: looks that come at once wait for one list.
func TestTogetherOnce(t *testing.T) {
	k := newCrowd(t, 30)
	k.stale()
	lists, all := k.lists(), k.sent("/payments")
	var looks sync.WaitGroup
	for _, q := range k.qrs {
		looks.Go(func() { k.look(gateway.LaneSale, q) })
	}
	looks.Wait()
	if lists, all = k.lists()-lists, k.sent("/payments")-all; lists != 1 || all != 1 {
		t.Errorf("%d lists, %d calls in all", lists, all)
	}
}
