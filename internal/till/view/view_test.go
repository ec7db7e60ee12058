package view

import (
	"testing"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/state"
)

// TestReasonsAreTheSame: why a sale ended has one word in the sale and on the customer's screen.
func TestReasonsAreTheSame(t *testing.T) {
	for ours, screen := range map[state.CloseReason]display.Reason{
		state.CloseCancelled:   display.ReasonCancelled,
		state.CloseExpired:     display.ReasonExpired,
		state.CloseFailed:      display.ReasonFailed,
		state.CloseOtherTender: display.ReasonOtherTender,
	} {
		if display.Reason(ours) != screen {
			t.Errorf("a sale that is %q is %q on the screen", ours, screen)
		}
	}
}

// TestOf: what the customer sees of a sale, phase by phase. The QR is there only while the sale is on offer.
func TestOf(t *testing.T) {
	now := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	quoted := state.Attempt{Ref: "A1", State: state.AttemptQuoted, Quote: &state.Quote{Payload: "upi://pay?pa=a@b"}}
	refused := state.Attempt{State: state.AttemptFailed,
		Problem: &state.Problem{Class: string(gateway.ClassUnavailable)}}
	closing := func(why state.CloseReason) *state.Closing { return &state.Closing{Reason: why} }

	for name, tc := range map[string]struct {
		sale   state.Sale
		hidden bool
		over   bool // the time in which its end is shown
		screen display.Screen
		reason display.Reason
	}{
		"opened": {state.Sale{Phase: state.PhaseQuoting}, false, false, display.ScreenOpening, ""},
		"on offer": {state.Sale{Phase: state.PhaseAwaiting, Attempts: []state.Attempt{quoted}}, false, false,
			display.ScreenPay, ""},
		"not read back": {state.Sale{Phase: state.PhaseAwaiting, Attempts: []state.Attempt{quoted}}, true, false,
			display.ScreenOutOfService, display.ReasonQRUnreadable},
		"money came of it": {state.Sale{
			Phase:    state.PhaseAwaiting,
			Attempts: []state.Attempt{quoted},
			Payments: []state.Payment{{Attempt: "A1", Status: state.PaymentCaptured}},
		}, false, false, display.ScreenOpening, ""},
		"paying": {state.Sale{Phase: state.PhasePaying, Attempts: []state.Attempt{quoted}}, false, false,
			display.ScreenPaying, ""},
		"closing": {state.Sale{
			Phase:    state.PhaseClosing,
			Attempts: []state.Attempt{quoted},
			Closing:  closing(state.CloseCancelled),
		}, false, false, display.ScreenUnpaid, display.ReasonCancelled},
		"paid": {state.Sale{Phase: state.PhasePaid}, false, false, display.ScreenPaid, ""},
		"paid long": {state.Sale{Phase: state.PhasePaid}, false, true, display.ScreenOutOfService,
			display.ReasonStorage},
		"paid late": {state.Sale{Phase: state.PhaseClosed, Tender: state.TenderLate,
			Closing: closing(state.CloseExpired)}, false, false, display.ScreenLate, ""},
		"no gateway": {state.Sale{
			Phase:    state.PhaseClosed,
			Attempts: []state.Attempt{refused},
			Closing:  closing(state.CloseFailed),
		}, false, false, display.ScreenUnpaid, display.ReasonNoGateway},
	} {
		f := Facts{Sale: &tc.sale, Hidden: tc.hidden, ResultUntil: now.Add(time.Second),
			Result: 8 * time.Second, Now: now, Wall: now}
		f.Out = func() display.Reason { return display.ReasonStorage }
		if tc.over {
			f.ResultUntil = now
		}
		v := Of(f)
		if v.Screen != tc.screen || v.Reason != tc.reason || (v.Payload != "") != (tc.screen == display.ScreenPay) {
			t.Errorf("%s: the customer sees %s %q with payload %q, want %s %q", name, v.Screen, v.Reason,
				v.Payload, tc.screen, tc.reason)
		}
	}
}

// TestMovingFor: a wall clock that jumps makes money move neither before it began nor for ever.
func TestMovingFor(t *testing.T) {
	at := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	s := state.Sale{Life: 5 * time.Minute, Payments: []state.Payment{
		{Status: state.PaymentFailed, At: at.Add(-time.Hour)},
		{Status: state.PaymentProcessing, At: at},
		{Status: state.PaymentStarted, At: at.Add(time.Minute)},
	}}
	for after, want := range map[time.Duration]time.Duration{
		-time.Hour:       0,
		90 * time.Second: 90 * time.Second,
		time.Hour:        20 * time.Minute,
	} {
		if is := movingFor(&s, at.Add(after)); is != want {
			t.Errorf("%v later the money has moved for %v, want %v", after, is, want)
		}
	}
}
