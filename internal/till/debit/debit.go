package debit

import (
	"context"
	"errors"
	"fmt"

	"galla/gateway"
	"galla/internal/till/terms"
	"galla/state"
)

// errNoWord is an answer that says neither that the debit happened nor that it did not.
var errNoWord = errors.New("the gateway's record of the debit has no word that says how it stands")

// Take asks the gateway for the debit that a sale of kind mandate is. Its error is as of gateway.Mandates.Execute.
func Take(ctx context.Context, gw gateway.Gateway, s *state.Sale, a *state.Attempt) (gateway.Reading, error) {
	m, ok := gw.(gateway.HasMandates)
	if !ok {
		return gateway.Reading{}, gateway.ErrUnsupported
	}
	d, err := m.Mandates().Execute(ctx, asked(s, a))
	return reading(a.Ref, d, err)
}

// Read asks what became of it. Its error is as of gateway.Mandates.ReadDebit.
func Read(ctx context.Context, gw gateway.Gateway, s *state.Sale, a *state.Attempt) (gateway.Reading, error) {
	m, ok := gw.(gateway.HasMandates)
	if !ok {
		return gateway.Reading{}, gateway.ErrUnsupported
	}
	d, err := m.Mandates().ReadDebit(ctx, asked(s, a))
	return reading(a.Ref, d, err)
}

func asked(s *state.Sale, a *state.Attempt) gateway.MandateDebit {
	return gateway.MandateDebit{
		MandateID:   s.Debit.Mandate,
		Reference:   a.Ref,
		Amount:      s.Amount,
		On:          a.AskedAt,
		Description: s.Note,
		PayerVPA:    s.Debit.PayerVPA,
	}
}

// reading is the record of a debit as that of an order with one payment. The payment's id is the debit's reference,
// whoever speaks of it first: see state.Debit.
func reading(ref string, d gateway.Debit, err error) (gateway.Reading, error) {
	if err != nil {
		return gateway.Reading{}, err
	}
	p := d.Payment
	p.GatewayID, p.ID = p.ID, ref
	switch {
	case d.State == gateway.DebitDone && p.Status == gateway.PaymentRefunded:
	case d.State == gateway.DebitDone:
		p.Status = gateway.PaymentCaptured
	case d.State == gateway.DebitFailed:
		p.Status = gateway.PaymentFailed
	case d.State == gateway.DebitPending:
		p.Status, p.Reason = gateway.PaymentProcessing, ""
	default:
		return gateway.Reading{}, fmt.Errorf("debit %s: %w", ref, errNoWord)
	}
	return gateway.Reading{Payments: []gateway.Payment{p}}, nil
}

// Answered is the event that a gateway's record of a debit makes, where its sale had none yet. asked is as of
// terms.FromReading.
func Answered(s *state.Sale, a *state.Attempt, r gateway.Reading, asked uint64) state.Event {
	return state.Event{
		Kind:    state.EventAttemptQuoted,
		SaleID:  s.ID,
		Attempt: a.Ref,
		By:      "gateway:" + a.Gateway,
		Quote:   &state.Quote{OrderID: a.Ref},
		Reading: terms.FromReading(r, asked),
	}
}
