package state_test

import (
	"errors"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/journal"
)

var morning = time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)

func standing(p state.Payment) state.Event {
	return state.Event{
		Seq:     7,
		SaleID:  "S1",
		Kind:    state.EventStanding,
		At:      morning,
		By:      "gateway:razorpay",
		Gateway: "razorpay",
		Attempt: "GS1",
		Opened: &state.Opened{
			Number:   1,
			Day:      "2026-11-30",
			Amount:   p.Amount,
			Route:    []string{"razorpay"},
			Rules:    state.Rules,
			Kind:     state.KindStanding,
			Standing: &state.Standing{QR: "qr_1", Name: "Counter 1", At: morning},
		},
		Reading: &state.Reading{Payments: []state.Payment{p}},
	}
}

func paid(amount, back money.Paise) state.Payment {
	p := state.Payment{ID: "pay_1", Amount: amount, Refunded: back, Status: state.PaymentCaptured, RRN: "123456789012"}
	if back == amount {
		p.Status = state.PaymentRefunded
	}
	return p
}

// TestStanding: one captured payment is one paid sale, whose account balances, whatever went back of it before anybody
// here heard of it.
func TestStanding(t *testing.T) {
	for name, c := range map[string]struct {
		back money.Paise
		kept money.Paise
		item state.AttentionKind
	}{
		"nothing went back":        {0, 50000, ""},
		"a part went back already": {20000, 30000, state.AttentionReversed},
		"all of it went back":      {50000, 0, state.AttentionReversed},
	} {
		t.Run(name, func(t *testing.T) {
			s, effects, err := state.Apply(state.Sale{}, standing(paid(50000, c.back)))
			if err != nil || s.Phase != state.PhasePaid || s.Kind != state.KindStanding || len(effects) != 0 {
				t.Fatalf("%+v, effects %v, %v", s, effects, err)
			}
			sum := map[journal.Account]money.Paise{}
			for _, p := range s.Journal {
				sum[p.From] -= p.Amount
				sum[p.To] += p.Amount
			}
			var inner money.Paise
			for a, v := range sum {
				if a != journal.Clearing {
					inner += v
				}
				if a != journal.Clearing && v < 0 {
					t.Errorf("account %s stands at %s", a, v)
				}
			}
			if inner != c.kept || sum[journal.Clearing] != -c.kept {
				t.Errorf("kept %s, clearing %s: want %s", inner, sum[journal.Clearing], c.kept)
			}
			if (c.item == "") != (len(s.Attention) == 0) || c.item != "" && s.Attention[0].Kind != c.item {
				t.Errorf("attention %+v", s.Attention)
			}
			if len(state.Pending(s)) != 0 || !state.Watching(s) {
				t.Errorf("pending %v, watched %v", state.Pending(s), state.Watching(s))
			}
			if wait, ok := state.NextWatch(s); !ok || wait != time.Hour {
				t.Errorf("the first look is after %s, %v", wait, ok)
			}
		})
	}
}

// TestStandingGoesOn: what is refunded and reversed later is as with every other sale; the QR is never closed.
func TestStandingGoesOn(t *testing.T) {
	s, _, err := state.Apply(state.Sale{}, standing(paid(50000, 0)))
	if err != nil {
		t.Fatal(err)
	}
	s, effects, err := state.Apply(s, state.Event{
		Seq: 8, SaleID: "S1", Kind: state.EventRefundAsked, At: morning.Add(time.Minute),
		Refund: &state.Refund{Key: "refund-0001", PaymentID: "pay_1", Amount: 10000},
	})
	if err != nil || len(effects) != 1 || effects[0].Do != state.DoRefund {
		t.Fatalf("%v, %v", effects, err)
	}
	s, effects, err = state.Apply(s, state.Event{
		Seq: 9, SaleID: "S1", Kind: state.EventReading, At: morning.Add(time.Hour), Attempt: "GS1",
		Reading: &state.Reading{Asked: 8, Payments: []state.Payment{paid(50000, 30000)}},
	})
	if err != nil || len(effects) != 0 || len(s.Attention) != 1 || s.Attention[0].Kind != state.AttentionReversed ||
		s.Phase != state.PhasePaid {
		t.Fatalf("%+v, %v, %v", s.Attention, effects, err)
	}
	if _, _, err := state.Apply(
		s,
		state.Event{Seq: 10, SaleID: "S1", Kind: state.EventCloseAsked, At: morning, Close: state.CloseCancelled},
	); err == nil {
		t.Error("a sale at a standing QR was cancelled")
	}
}

// TestStandingRefused: what is no captured payment to the paisa makes no sale, and a replay makes no second.
func TestStandingRefused(t *testing.T) {
	for name, change := range map[string]func(*state.Event){
		"not captured":   func(e *state.Event) { e.Reading.Payments[0].Status = state.PaymentProcessing },
		"another amount": func(e *state.Event) { e.Opened.Amount++ },
		"nothing":        func(e *state.Event) { e.Opened.Amount, e.Reading.Payments[0].Amount = 0, 0 },
		"too much": func(e *state.Event) {
			e.Opened.Amount, e.Reading.Payments[0].Amount = money.Max+1, money.Max+1
		},
		"two payments": func(e *state.Event) {
			e.Reading.Payments = append(e.Reading.Payments, e.Reading.Payments[0])
		},
		"no payment":        func(e *state.Event) { e.Reading = nil },
		"a payment of none": func(e *state.Event) { e.Reading.Payments[0].ID = "" },
		"no QR":             func(e *state.Event) { e.Opened.Standing = nil },
		"another kind":      func(e *state.Event) { e.Opened.Kind = state.KindCounter },
		"no gateway":        func(e *state.Event) { e.Gateway = "" },
		"rules 1":           func(e *state.Event) { e.Opened.Rules = 1 },
	} {
		e := standing(paid(50000, 0))
		change(&e)
		if s, _, err := state.Apply(state.Sale{}, e); err == nil {
			t.Errorf("%s: made %+v", name, s)
		}
	}
	e := standing(paid(50000, 0))
	s, _, err := state.Apply(state.Sale{}, e)
	if err != nil {
		t.Fatal(err)
	}
	e.Seq = 8
	if _, _, err := state.Apply(s, e); !errors.Is(err, state.ErrReplay) {
		t.Errorf("a second time: %v", err)
	}
}
