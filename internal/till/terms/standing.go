package terms

import (
	"galla/gateway"
	"galla/state"
)

// Arrival is a captured payment that a gateway lists for a standing QR.
type Arrival struct {
	Gateway string
	At      state.Standing // the QR
	Payment gateway.Payment
}

// FromArrival is the event that makes a sale of it. o is what the till knows: number, day, names and rules.
func FromArrival(a Arrival, saleID, ref string, o state.Opened) state.Event {
	o.Amount, o.Kind, o.Standing, o.Route = a.Payment.Amount, state.KindStanding, &a.At, []string{a.Gateway}
	return state.Event{
		Kind:    state.EventStanding,
		SaleID:  saleID,
		By:      "gateway:" + a.Gateway,
		Gateway: a.Gateway,
		Attempt: ref,
		Opened:  &o,
		Reading: FromReading(gateway.Reading{Payments: []gateway.Payment{a.Payment}}, 0),
	}
}
