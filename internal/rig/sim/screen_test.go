package sim

import (
	"context"
	"fmt"
	"time"

	"galla/display"
	"galla/internal/till"
	"galla/printer"
	"galla/state"
	"galla/state/statetest"
)

// screen is the customer's screen, as long as one process of gallad lives. It believes nothing: what it is to show must
// be on disk already.
type screen struct {
	w     *world
	till  *till.Till
	store statetest.Store
	seq   uint64
}

// Publish is called by the engine. Some time later the frame is on the screen, or could not be read back.
func (c *screen) Publish(v display.View) uint64 {
	w := c.w
	c.seq++
	if v.Screen != display.ScreenPay && v.Payload != "" {
		w.failf("screen %q carries a QR", v.Screen)
	}
	if v.Screen == display.ScreenUnpaid && v.SaleID == "" { // a QR whose time is over: nothing is claimed of the money
		if v.Reason != display.ReasonExpired || v.Payload != "" {
			w.failf("screen %q of no sale says %+v", v.Screen, v)
		}
		return c.seq
	}
	switch v.Screen {
	case display.ScreenPay, display.ScreenPaying, display.ScreenPaid, display.ScreenUnpaid:
		s, found, err := c.store.Sale(v.SaleID)
		if err != nil || !found || s.Amount != v.Amount {
			w.failf(
				"screen %q of sale %s over %s, which on disk is over %s: %v, %v",
				v.Screen,
				v.SaleID,
				v.Amount,
				s.Amount,
				found,
				err,
			)
		}
		want := map[display.Screen][]state.Phase{display.ScreenPay: {state.PhaseAwaiting},
			display.ScreenPaying: {state.PhasePaying},
			display.ScreenPaid:   {state.PhasePaid}, display.ScreenUnpaid: {state.PhaseClosing,
				state.PhaseClosed}}[v.Screen]
		if s.Phase != want[0] && s.Phase != want[len(want)-1] {
			w.failf("screen %q of sale %s, which on disk is %q", v.Screen, v.SaleID, s.Phase)
		}
		if v.Screen == display.ScreenPay {
			c.pay(v, s)
		}
	}
	return c.seq
}

// Paid is what would be heard: only money that is on disk.
func (c *screen) Paid(v display.View) {
	s, found, err := c.store.Sale(v.SaleID)
	if err != nil || !found || s.Amount != v.Amount || s.Phase != state.PhasePaid || v.Payload != "" {
		c.w.failf(
			"sale %s over %s is said to be paid, which on disk is %q over %s: %v, %v",
			v.SaleID,
			v.Amount,
			s.Phase,
			s.Amount,
			found,
			err,
		)
	}
}

// pay is a QR on the screen: it must be the gateway's own string for this sale, the only one this sale ever shows, and
// end.
func (c *screen) pay(v display.View, s state.Sale) {
	w := c.w
	if left := time.Until(v.ValidUntil); left > s.Life {
		w.failf("the QR of sale %s is shown for %v more, and its life is %v", s.ID, left, s.Life)
	}
	w.offered(v.SaleID, v.Payload, v.Amount.Decimal())
	seq, now, ok := c.seq, time.Now(), true
	r := w.chance(fmt.Sprint("frame ", v.SaleID, seq))
	if !w.calm.Load() {
		switch n := r.IntN(40); {
		case n == 0:
			w.met("display absent")
			return
		case n == 1:
			w.met("display can't read back")
			ok = false
		}
	}
	after := moment(r, 400*time.Millisecond)
	time.AfterFunc(after, func() { c.till.Shown(seq, v.SaleID, now.Add(after), ok, "the frame can't be read back") })
}

// offered notes that a QR was shown or printed.
func (w *world) offered(sale, payload, amount string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if first := w.twins[payload]; first != "" {
		w.sim.Phone().Start(first)
		delete(w.twins, payload)
	}
	o := w.offers[sale]
	if o == nil {
		o = &offer{payload: payload}
		w.offers[sale] = o
		w.shown = append(w.shown, payload)
	}
	if o.payload != payload {
		w.violate("sale %s was offered with two QRs:\n%s\n%s", sale, o.payload, payload)
	}
	o.amount = amount
	w.count.shown++
}

// offer is a QR that a customer could see.
type offer struct{ payload, amount string }

// paper is the printer: slow, jammed, out of paper or dead, as the seed wants. A slip that is printed twice is money
// asked twice.
type paper struct {
	w     *world
	store statetest.Store
}

func (p *paper) PrintOrderSlip(
	ctx context.Context,
	key string,
	doc printer.OrderSlip,
	unwanted func() string,
) (printer.Status, string) {
	if why := unwanted(); why != "" {
		return printer.StatusFailed, why
	}
	if s, found, err := p.store.Sale(doc.SaleID); err != nil || !found || s.Phase != state.PhaseAwaiting &&
		s.Phase != state.PhasePaying || s.Elapsed > s.Life {
		p.w.failf("an order slip for sale %s, which on disk is %q, %v", doc.SaleID, s.Phase, err)
	}
	p.w.offered(doc.SaleID, doc.Payload, doc.Amount.Decimal())
	return p.print(ctx, key)
}

func (p *paper) PrintReceipt(
	ctx context.Context,
	key string,
	doc printer.Receipt,
	unwanted func() string,
) (printer.Status, string) {
	if why := unwanted(); why != "" {
		return printer.StatusFailed, why
	}
	if s, found, err := p.store.Sale(doc.SaleID); err != nil || !found || s.Phase != state.PhasePaid ||
		s.Amount != doc.Amount {
		p.w.failf(
			"a receipt over %s for sale %s, which on disk is %q over %s, %v",
			doc.Amount,
			doc.SaleID,
			s.Phase,
			s.Amount,
			err,
		)
	}
	return p.print(ctx, key)
}

func (p *paper) print(ctx context.Context, key string) (printer.Status, string) {
	w := p.w
	w.once("slip", key)
	r := w.chance("slip " + key)
	took, status := moment(r, 3*time.Second), printer.StatusPrinted
	if !w.calm.Load() {
		switch n := r.IntN(20); {
		case n == 0:
			w.met("printer out of paper")
			status = printer.StatusFailed
		case n == 1:
			w.met("printer unplugged while printing")
			status = printer.StatusUnknown
		case n == 2:
			w.met("printer stalled")
			took = 4 * time.Minute
		}
	}
	t := time.NewTimer(took)
	defer t.Stop()
	select {
	case <-t.C:
		w.mu.Lock()
		w.count.slips++
		w.mu.Unlock()
		return status, "as the seed wants it"
	case <-ctx.Done():
		return printer.StatusUnknown, "stopped"
	}
}

// Kick opens the drawer.
func (p *paper) Kick(_ context.Context, key string) (printer.Status, string) {
	p.w.once("drawer", key)
	return printer.StatusSent, ""
}

// once notes something that may happen once in the life of a box.
func (w *world) once(what, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done[what+" "+key] {
		w.violate("%s %s came twice", what, key)
	}
	w.done[what+" "+key] = true
}
