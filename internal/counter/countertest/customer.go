package countertest

import (
	"fmt"

	"galla/internal/money"
	"galla/state"
)

// Pay lets a customer's payment arrive, captured; it answers the payment's id. An amount of 0 is the sale's.
func (t *Till) Pay(saleID string, amount money.Paise) string {
	return t.pay(saleID, amount, state.PaymentCaptured, "")
}

// Start lets the gateway see that a customer began to pay.
func (t *Till) Start(saleID string) string { return t.pay(saleID, 0, state.PaymentStarted, "") }

// Finish turns a payment that was started into a captured one.
func (t *Till) Finish(saleID, paymentID string) { t.pay(saleID, 0, state.PaymentCaptured, paymentID) }

// Fail turns a payment that was started into a failed one.
func (t *Till) Fail(saleID, paymentID string) { t.pay(saleID, 0, state.PaymentFailed, paymentID) }

// Reverse lets the gateway show that others sent so much of a payment back, all in all.
func (t *Till) Reverse(saleID, paymentID string, back money.Paise) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sales[saleID]
	for _, p := range s.Payments {
		if p.ID != paymentID {
			continue
		}
		p.Refunded = back
		if _, err := t.apply(state.Event{SaleID: saleID, Kind: state.EventReading,
			By: "gateway:enkash", Attempt: p.Attempt,
			Reading: &state.Reading{Order: state.OrderPaid, Payments: []state.Payment{p}}}); err != nil {
			panic("countertest: " + err.Error())
		}
		return
	}
	panic(fmt.Sprintf("countertest: sale %q has no payment %q", saleID, paymentID))
}

func (t *Till) pay(saleID string, amount money.Paise, status state.PaymentStatus, id string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.sales[saleID]
	if !ok {
		panic(fmt.Sprintf("countertest: no sale %q to pay", saleID))
	}
	if amount == 0 {
		amount = s.Amount
	}
	if id == "" {
		id = fmt.Sprintf("pay_%s_%d", saleID, len(s.Payments)+1)
	}
	order := state.OrderOpen
	if !s.ClosedAt.IsZero() {
		order = state.OrderClosed
	}
	p := state.Payment{ID: id, Amount: amount, Status: status, VPA: "as…@okbank"}
	if status == state.PaymentCaptured {
		p.RRN = fmt.Sprintf("4123456%05d", len(t.events))
	}
	if _, err := t.apply(state.Event{SaleID: saleID, Kind: state.EventReading, By: "gateway:enkash",
		Attempt: saleID + "-1",
		Reading: &state.Reading{Order: order, Payments: []state.Payment{p}}}); err != nil {
		panic("countertest: " + err.Error())
	}
	return id
}

// Quote gives a sale its QR when the till is Manual.
func (t *Till) Quote(saleID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.quote(saleID); err != nil {
		panic("countertest: " + err.Error())
	}
}

// Expire ends a sale as its time would.
func (t *Till) Expire(saleID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := t.apply(state.Event{SaleID: saleID, Kind: state.EventCloseAsked, By: "till", Close: state.CloseExpired})
	if err == nil {
		_, err = t.apply(state.Event{
			SaleID:  saleID,
			Kind:    state.EventAttemptClosed,
			By:      "gateway:enkash",
			Attempt: saleID + "-1",
			Reading: &state.Reading{Order: state.OrderClosed},
		})
	}
	if err != nil {
		panic("countertest: " + err.Error())
	}
}
