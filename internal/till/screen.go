package till

import (
	"reflect"
	"strings"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/state"
)

// resultTime is how long the customer sees how the sale ended; the cashier's list keeps it.
const resultTime = 8 * time.Second

// screen is what the engine knows of the customer's screen. At most one sale is on it: the newest opened.
type screen struct {
	sale        string
	resultUntil time.Time // how the sale ended is shown until then
	result      *entry    // the sale that ended, which may have left the engine's memory already
	entry       string
	tape        []string
	notes       []string
	pairing     PairingCode // shown while the screen is idle
	last        display.View
	pay         uint64 // Seq of the newest View with a QR, as the feed numbered it
}

// publish recomputes the View from the facts and hands it on if it says anything else than before.
func (t *Till) publish() {
	if t.o.Screen == nil {
		return
	}
	v := t.view()
	same := v
	same.Seq, same.ValidUntil, same.Since = t.screen.last.Seq, t.screen.last.ValidUntil, t.screen.last.Since
	if reflect.DeepEqual(same, t.screen.last) {
		return
	}
	t.screen.last = v
	seq := t.o.Screen.Publish(v)
	if v.Screen == display.ScreenPay {
		t.screen.pay = seq
	}
}

// announcePaid has a payment heard. The screen shows one sale; the slips of others are paid meanwhile, and their customers
// and the cashier listen too. What a person declared paid is on the screen at most: no money was seen to come.
func (t *Till) announcePaid(s *state.Sale) {
	if t.o.Screen == nil || s.Kind == state.KindMandate || s.Override() != "" || t.unheard(s) {
		return
	}
	t.o.Screen.Paid(display.View{Screen: display.ScreenPaid, SaleID: s.ID, Name: s.Name(), Number: s.Number, Amount: s.Amount, Shop: t.o.Shop.Name,
		Languages: t.o.Languages, Demo: s.Demo, Since: time.Now()})
}

// view projects the sale on the screen.
func (t *Till) view() display.View {
	v := display.View{Screen: display.ScreenIdle, Shop: t.o.Shop.Name, Languages: t.o.Languages, Demo: t.o.Demo}
	now := time.Now()
	x := t.sales[t.screen.sale]
	if x == nil && t.screen.result != nil && t.screen.result.sale.ID == t.screen.sale {
		x = t.screen.result
	}
	if x == nil || x.sale.Phase.Final() && !now.Before(t.screen.resultUntil) {
		switch {
		case t.screen.entry != "" || len(t.screen.notes) > 0:
			v.Screen, v.Entry, v.Tape, v.Notes = display.ScreenTyping, t.screen.entry, t.screen.tape, t.screen.notes
		case t.screen.pairing.Code != "" && now.Before(t.screen.pairing.Until):
			p := t.screen.pairing
			v.Screen, v.Code, v.Link, v.Notes, v.ValidUntil = display.ScreenPairing, p.Code, p.Link, p.Notes, p.Until
		default:
			if v.Reason = t.outOfService(); v.Reason != display.ReasonNone {
				v.Screen = display.ScreenOutOfService
			}
		}
		return v
	}
	s := &x.sale
	v.SaleID, v.Name, v.Number, v.Amount, v.Demo = s.ID, s.Name(), s.Number, s.Amount, s.Demo
	if a := s.Shown(); a != nil {
		v.Payee, v.PayeeVPA = a.Quote.PayeeName, a.Quote.PayeeVPA
	}
	if s.Unseen != nil {
		v.Reason = display.ReasonUnseen
	}
	switch s.Phase {
	case state.PhaseOpened, state.PhaseQuoting:
		v.Screen = display.ScreenOpening
	case state.PhaseAwaiting:
		if x.hidden != "" {
			v.Screen, v.Reason = display.ScreenOutOfService, display.ReasonQRUnreadable
			break
		}
		if s.Offered() == nil { // money of it came, and one QR pays once: the cashier takes the rest in another way
			v.Screen = display.ScreenOpening
			break
		}
		v.Screen = display.ScreenPay
		v.Payload = s.Shown().Quote.Payload
		v.ValidUntil = now.Add(s.Life - x.elapsed())      // in the past while the end waits for a word of the gateway: display.At withdraws it
		if q := s.Shown().Quote.ValidUntil; !q.IsZero() { // by the wall clock, the only one we share with the gateway
			if left := q.Sub(t.o.Wall()); left > 0 && left < time.Until(v.ValidUntil) {
				v.ValidUntil = now.Add(left)
			}
		}
	case state.PhasePaying:
		v.Screen, v.Since = display.ScreenPaying, now.Add(-t.movingFor(s))
	case state.PhaseClosing:
		v.Screen, v.Reason = display.ScreenUnpaid, display.Reason(s.Closing.Reason)
	case state.PhasePaid:
		v.Screen = display.ScreenPaid
		v.Since, v.ValidUntil = t.result()
		if p := s.PaidBy(); p != nil && len(p.RRN) > 4 {
			v.RRN = p.RRN[len(p.RRN)-4:]
		}
	case state.PhaseClosed:
		if s.Tender == state.TenderLate { // paid in the moment it ended: the customer is still there
			v.Screen = display.ScreenLate
			v.Since, v.ValidUntil = t.result()
			break
		}
		v.Screen, v.Reason = display.ScreenUnpaid, display.Reason(s.Closing.Reason)
		v.Since, v.ValidUntil = t.result()
		if s.Closing.Reason == state.CloseFailed {
			v.Reason = failure(s)
		}
	}
	return v
}

// movingFor is how long the customer's money has been moving: over a restart only the wall clock knows, which may say anything, so it
// is believed between nothing and as long as a sale can be paid.
func (t *Till) movingFor(s *state.Sale) time.Duration {
	var began time.Time
	for _, p := range s.Payments {
		switch p.Status {
		case state.PaymentStarted, state.PaymentProcessing, state.PaymentUnknown:
			if began.IsZero() || p.At.Before(began) {
				began = p.At
			}
		}
	}
	return min(max(t.o.Wall().Sub(began), 0), s.Life+processingGrace)
}

// result is from when until when the customer sees how the sale ended. The beginning is the time of day that the screen
// says, and by it a voice that was just started knows that this has been said.
func (t *Till) result() (since, until time.Time) {
	return t.screen.resultUntil.Add(-resultTime), t.screen.resultUntil
}

// failure says why no QR could be had, by the last attempt's problem.
func failure(s *state.Sale) display.Reason {
	if n := len(s.Attempts); n > 0 && s.Attempts[n-1].Problem != nil && s.Attempts[n-1].Problem.Class == string(gateway.ClassUnavailable) {
		return display.ReasonNoGateway
	}
	return display.ReasonFailed
}

// Shown is the display's word that a frame was on the glass at the given moment, by our clock. A frame that could not be read back takes the QR off the
// screen; the sale itself goes on, and its slip can be printed.
// What counts is the View with the QR, by its number: a frame of "one moment" says nothing about it.
func (t *Till) Shown(seq uint64, saleID string, at time.Time, ok bool, problem string) {
	t.post(func(u *txn) error {
		x := t.sales[saleID]
		if x == nil || seq != t.screen.pay {
			return nil
		}
		if !ok {
			x.hidden = problem
			t.o.Log.Error("the display could not read its own QR back", "sale", saleID, "problem", problem)
			t.Display(unreadable + problem)
			u.after = append(u.after, t.publish)
			return nil
		}
		t.readable()
		if x.sale.ShownAt.IsZero() && x.sale.Shown() != nil {
			return u.apply(state.Event{Kind: state.EventShown, SaleID: saleID, Attempt: x.sale.Shown().Ref, By: "display", ShownAt: at})
		}
		return nil
	})
}

// Display notes how the display is doing, for Health: "none", "connected", or what is wrong.
func (t *Till) Display(status string) {
	t.mu.Lock()
	t.display = status
	t.mu.Unlock()
}

// unreadable begins what Health says of a display that could not read its own QR back.
const unreadable = "showing QRs fails: "

// readable takes that back once a QR was read: what else is wrong with a display stays.
func (t *Till) readable() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if strings.HasPrefix(t.display, unreadable) {
		t.display = "connected"
	}
}

// Printer notes how the printer is, for Health: "ready", or what is wrong with it and what to do. The customer never sees it.
func (t *Till) Printer(status string) {
	t.mu.Lock()
	t.paper = status
	t.mu.Unlock()
}

// PairingCode is what a new device of the counter needs to know, as the screen shows it.
type PairingCode struct {
	Code  string    // to type; empty: none is shown
	Link  string    // the console's address with the code in it, shown as a QR; empty: none
	Notes []string  // below the code: the address, and the beginning of the certificate's fingerprint
	Until time.Time // shown no longer than this; by the wall clock or the monotonic one
}

// ShowCode puts a pairing code on the screen while no sale needs it; the zero PairingCode takes it away.
func (t *Till) ShowCode(p PairingCode) {
	t.post(func(u *txn) error {
		u.after = append(u.after, func() {
			t.screen.pairing = p
			t.publish()
		})
		return nil
	})
}

// Type shows the customer the amount being typed, and below it notes, such as why a key was refused; empty ends it. It is
// not kept.
func (t *Till) Type(entry string, tape []string, notes ...string) {
	t.post(func(u *txn) error {
		u.after = append(u.after, func() {
			t.screen.entry, t.screen.tape, t.screen.notes = entry, tape, notes
			if entry != "" && len(notes) > 0 { // a sign beside an amount is not hidden behind how the last sale ended
				t.screen.resultUntil, t.screen.result = time.Time{}, nil
			}
			t.publish()
		})
		return nil
	})
}
