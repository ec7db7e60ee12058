package view

import (
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/till/pace"
	"galla/state"
)

// Pairing is what a new device of the counter needs to know, as the screen shows it.
type Pairing struct {
	Code  string    // to type; empty: none is shown
	Link  string    // the console's address with the code in it, shown as a QR; empty: none
	Notes []string  // below the code: the address, and the beginning of the certificate's fingerprint
	Until time.Time // shown no longer than this; by the wall clock or the monotonic one
}

// Facts are what a View is made of.
type Facts struct {
	Shop      string
	Languages []string
	Demo      bool

	Sale        *state.Sale   // on the screen; nil: none
	Elapsed     time.Duration // how much of its life has run
	Hidden      bool          // its QR must not be shown: the display could not read it back
	ResultUntil time.Time     // how it ended is shown until then
	Result      time.Duration // and so long

	Entry   string // what the cashier types
	Tape    []string
	Notes   []string
	Pairing Pairing
	Out     func() display.Reason // why the next customer can't be served; asked where nothing else is on the screen

	Now  time.Time // by the monotonic clock
	Wall time.Time // by the wall clock
}

// Of is the View of the facts.
func Of(f Facts) display.View {
	v := display.View{Screen: display.ScreenIdle, Shop: f.Shop, Languages: f.Languages, Demo: f.Demo}
	s := f.Sale
	if s == nil || s.Phase.Final() && !f.Now.Before(f.ResultUntil) {
		switch {
		case f.Entry != "" || len(f.Notes) > 0:
			v.Screen, v.Entry, v.Tape, v.Notes = display.ScreenTyping, f.Entry, f.Tape, f.Notes
		case f.Pairing.Code != "" && f.Now.Before(f.Pairing.Until):
			p := f.Pairing
			v.Screen, v.Code, v.Link, v.Notes, v.ValidUntil = display.ScreenPairing, p.Code, p.Link, p.Notes, p.Until
		default:
			if v.Reason = f.Out(); v.Reason != display.ReasonNone {
				v.Screen = display.ScreenOutOfService
			}
		}
		return v
	}

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
		if f.Hidden {
			v.Screen, v.Reason = display.ScreenOutOfService, display.ReasonQRUnreadable
			break
		}
		if s.Offered() == nil { // money of it came, and one QR pays once: the cashier takes the rest in another way
			v.Screen = display.ScreenOpening
			break
		}
		v.Screen = display.ScreenPay
		v.Payload = s.Shown().Quote.Payload
		// in the past while the end waits for a word of the gateway: display.At withdraws it
		v.ValidUntil = f.Now.Add(s.Life - f.Elapsed)
		if q := s.Shown().Quote.ValidUntil; !q.IsZero() { // by the wall clock, the only one we share with the gateway
			if left := q.Sub(f.Wall); left > 0 && left < v.ValidUntil.Sub(f.Now) {
				v.ValidUntil = f.Now.Add(left)
			}
		}
	case state.PhasePaying:
		v.Screen, v.Since = display.ScreenPaying, f.Now.Add(-movingFor(s, f.Wall))
	case state.PhaseClosing:
		v.Screen, v.Reason = display.ScreenUnpaid, display.Reason(s.Closing.Reason)
	case state.PhasePaid:
		v.Screen = display.ScreenPaid
		v.Since, v.ValidUntil = f.result()
		if p := s.PaidBy(); p != nil && len(p.RRN) > 4 {
			v.RRN = p.RRN[len(p.RRN)-4:]
		}
	case state.PhaseClosed:
		if s.Tender == state.TenderLate { // paid in the moment it ended: the customer is still there
			v.Screen = display.ScreenLate
			v.Since, v.ValidUntil = f.result()
			break
		}
		v.Screen, v.Reason = display.ScreenUnpaid, display.Reason(s.Closing.Reason)
		v.Since, v.ValidUntil = f.result()
		if s.Closing.Reason == state.CloseFailed {
			v.Reason = failure(s)
		}
	}

	return v
}

// Paid is what is heard of a sale that was paid, whether or not it is on the screen.
func Paid(s *state.Sale, shop string, languages []string, now time.Time) display.View {
	return display.View{
		Screen:    display.ScreenPaid,
		SaleID:    s.ID,
		Name:      s.Name(),
		Number:    s.Number,
		Amount:    s.Amount,
		Shop:      shop,
		Languages: languages,
		Demo:      s.Demo,
		Since:     now,
	}
}

// result is from when until when the customer sees how the sale ended. The beginning is the time of day that the screen
// says, and by it a voice that was just started knows that this has been said.
func (f Facts) result() (since, until time.Time) { return f.ResultUntil.Add(-f.Result), f.ResultUntil }

// movingFor is how long the customer's money has been moving: over a restart only the wall clock knows, which may say
// anything, so it is believed between nothing and as long as a sale can be paid.
func movingFor(s *state.Sale, wall time.Time) time.Duration {
	var began time.Time
	for _, p := range s.Payments {
		switch p.Status {
		case state.PaymentStarted, state.PaymentProcessing, state.PaymentUnknown:
			if began.IsZero() || p.At.Before(began) {
				began = p.At
			}
		}
	}
	return min(max(wall.Sub(began), 0), s.Life+pace.ProcessingGrace)
}

// failure says why no QR could be had, by the last attempt's problem.
func failure(s *state.Sale) display.Reason {
	n := len(s.Attempts)
	if n > 0 && s.Attempts[n-1].Problem != nil && s.Attempts[n-1].Problem.Class == string(gateway.ClassUnavailable) {
		return display.ReasonNoGateway
	}
	return display.ReasonFailed
}
