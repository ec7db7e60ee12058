package till

import (
	"reflect"
	"time"

	"galla/display"
	"galla/internal/till/view"
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

// announcePaid announces a payment. The screen shows one sale; the slips of others are paid meanwhile, and their
// customers and the cashier listen too. What a person declared paid is on the screen at most: no money was seen to
// come.
func (t *Till) announcePaid(s *state.Sale) {
	if t.o.Screen == nil || s.Kind == state.KindMandate || s.Override() != "" || t.unheard(s) {
		return
	}
	t.o.Screen.Paid(view.Paid(s, t.o.Shop.Name, t.o.Languages, time.Now()))
}

// view projects the sale on the screen.
func (t *Till) view() display.View {
	f := view.Facts{
		Shop:        t.o.Shop.Name,
		Languages:   t.o.Languages,
		Demo:        t.o.Demo,
		Entry:       t.screen.entry,
		Tape:        t.screen.tape,
		Notes:       t.screen.notes,
		Pairing:     t.screen.pairing,
		ResultUntil: t.screen.resultUntil,
		Result:      resultTime,
		Out:         t.outOfService,
		Now:         time.Now(),
		Wall:        t.o.Wall(),
	}
	x := t.sales[t.screen.sale]
	if x == nil && t.screen.result != nil && t.screen.result.sale.ID == t.screen.sale {
		x = t.screen.result
	}
	if x != nil {
		f.Sale, f.Elapsed, f.Hidden = &x.sale, x.elapsed(), x.hidden != ""
	}
	return view.Of(f)
}

// Shown is the display's word that a frame was on the screen at the given moment, by our clock. A frame that could not
// be read back takes the QR off the screen; the sale itself goes on, and its slip can be printed.
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
			t.health.Unreadable(problem)
			u.after = append(u.after, t.publish)
			return nil
		}
		t.health.Readable()
		if x.sale.ShownAt.IsZero() && x.sale.Shown() != nil {
			return u.apply(state.Event{Kind: state.EventShown, SaleID: saleID, Attempt: x.sale.Shown().Ref,
				By: "display", ShownAt: at})
		}
		return nil
	})
}

// Display notes how the display is doing, for Health: "none", "connected", or what is wrong.
func (t *Till) Display(status string) { t.health.Display(status) }

// Printer notes how the printer is, for Health: "ready", or what is wrong with it and what to do. The customer never
// sees it.
func (t *Till) Printer(status string) { t.health.Printer(status) }

// PairingCode is what a new device of the counter needs to know.
type PairingCode = view.Pairing

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

// Type shows the customer the amount being typed, and below it notes, such as why a key was refused; empty ends it. It
// is not kept.
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
