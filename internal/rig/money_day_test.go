package rig

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// report closes the day with galla, as a person does who means it.
func (b *box) report(args ...string) (r wire.Report) {
	b.t.Helper()
	said := b.done(append([]string{"report", "z", "--yes", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(said), &r); err != nil {
		b.t.Fatalf("galla report z: %v: %s", err, said)
	}
	return r
}

// pays has the phone pay a sale, and waits until it is paid.
func (b *box) pays(w wire.Sale) wire.Sale {
	b.t.Helper()
	if _, err := b.sim.Phone().Pay(w.QR.Payload); err != nil {
		b.t.Fatal(err)
	}
	return b.stands(w.ID, "the money", func(w wire.Sale) bool { return w.Phase == state.PhasePaid })
}

// sent is what the gateway has sent back, over all payments.
func (b *box) sent() (paise money.Paise) {
	for _, p := range b.sim.Ledger().Payments {
		paise += p.Refunded
	}
	return paise
}

// TestMoney_14: a bare number is today's or nobody's. Yesterday's sale goes back by its name, after a look at which it
// is.
func TestMoney_14(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, newBox(t, gatewaytest.Razorpay))
	yesterday, was := c.day(0)
	_, is := c.day(1)

	c.at(0, 18*time.Hour)
	first := c.take("50")
	dear := c.take("5000")
	c.pays(dear)
	c.done("cancel", first.ID)
	c.stands(first.ID, "its end", func(w wire.Sale) bool { return w.Phase == state.PhaseClosed })
	c.kill()
	if _, err := c.sim.Phone().Do(gatewaytest.Act{Payload: first.QR.Payload, Action: gatewaytest.PayLate}); err != nil {
		t.Fatal(err)
	}

	c.at(1, 9*time.Hour)
	screen := c.watched()
	today := c.take("75")
	c.until(20*time.Second, "the QR under the sale's name", func() bool {
		v := screen.seat.Latest().View
		return v.Payload == today.QR.Payload && v.Name == is+"-1"
	})
	c.pays(today)

	// A number of another day is refused with the names that may be meant, and nothing goes back.
	said, err := c.galla("refund", "2", "--all")
	if err == nil || !strings.Contains(said, "there is no sale 2 today; the nearest") ||
		!strings.Contains(said, was+"-2 over ₹5,000.00") {
		t.Errorf("galla refund 2: %v\n%s", err, said)
	}
	for _, number := range []string{"1", "2"} { // over HTTP not even today's
		_, err := c.till.Refund(t.Context(), client.Key(), number, wire.RefundSale{})
		if err == nil {
			t.Errorf("POST /v1/sales/%s/refunds was taken", number)
		}
	}
	if c.sent() != 0 {
		t.Fatalf("%s went back", c.sent())
	}

	// The list tells two sales of one number apart; each name finds its own.
	list := c.done("list")
	for _, name := range []string{is + "-1 ", was + "-1 ", was + "-2 "} {
		if !strings.Contains(list, name) {
			t.Errorf("galla list lacks %q:\n%s", name, list)
		}
	}
	for name, id := range map[string]string{"1": today.ID, is + "-1": today.ID, was + "-1": first.ID,
		yesterday + "/1": first.ID, "Sale " + was + "-2": dear.ID} {
		if said := c.done("show", name); !strings.Contains(said, id) {
			t.Errorf("galla show %q is another sale:\n%s", name, said)
		}
	}

	// Money for yesterday's sale arrives, and the inbox says for which one.
	c.stands(first.ID, "the late money", func(w wire.Sale) bool { return len(w.Attention) > 0 })
	if said := c.done("show", was+"-1"); !strings.Contains(
		said,
		"₹50.00 arrived for sale "+was+"-1 after it was closed",
	) {
		t.Errorf("the item says\n%s", said)
	}

	c.done("refund", was+"-2", "--amount", "5000")
	c.stands(
		dear.ID,
		"the refund",
		func(w wire.Sale) bool { return len(w.Refunds) == 1 && w.Refunds[0].Status == state.RefundProcessed },
	)
	if c.sent() != 5000_00 {
		t.Errorf("%s went back", c.sent())
	}
}

// TestMoney_25: yesterday closed this morning is yesterday's Z, and the evening's is today's.
func TestMoney_25(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, newBox(t, gatewaytest.Razorpay))
	yesterday, _ := c.day(0)
	today, _ := c.day(1)

	c.at(0, 20*time.Hour)
	c.pays(c.take("333"))

	c.at(1, 9*time.Hour)
	if x := c.done("report", "x"); !strings.Contains(x, yesterday+" is not closed yet") ||
		!strings.Contains(x, "₹333.00") {
		t.Errorf("the X of the morning says\n%s", x)
	}
	if z := c.report(); z.Number != 1 || z.Day != yesterday || z.NetPaise != 333_00 {
		t.Errorf("the morning's Z: %+v", z)
	}
	c.pays(c.take("5"))

	c.at(1, 21*time.Hour)
	if z := c.report(); z.Number != 2 || z.Day != today || z.NetPaise != 5_00 || len(z.OtherDays) != 0 {
		t.Errorf("the evening's Z: %+v", z)
	}
	said, err := c.galla("report", "z", "--yes")
	if err == nil || !strings.Contains(said, "Z report 2") || strings.Contains(said, "Read the sale again") {
		t.Errorf("a second Z of the day: %v\n%s", err, said)
	}

	c.at(2, 21*time.Hour) // the days go on under their own names
	if z := c.report(); z.Number != 3 || z.NetPaise != 0 {
		t.Errorf("the next evening's Z: %+v", z)
	}
	if said := c.done("report", "z", "1"); !strings.Contains(said, "Z report 1  business day "+yesterday) {
		t.Errorf("the first Z again:\n%s", said)
	}
}
