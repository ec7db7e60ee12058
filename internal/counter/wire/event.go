package wire

import (
	"errors"
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Event is one thing that happened to a sale or an operation, as /v1/events sends it.
type Event struct {
	Seq    uint64     `json:"seq"`
	SaleID string     `json:"sale_id"`
	Kind   state.Kind `json:"kind"`
	At     time.Time  `json:"at"`
	By     string     `json:"by,omitempty"`

	// Milestones are what software waits for, as far as this event brought its sale there: see Milestones.
	Milestones []string `json:"milestones,omitempty"`

	Attempt     string            `json:"attempt,omitempty"`
	Gateway     string            `json:"gateway,omitempty"`
	CloseReason state.CloseReason `json:"close_reason,omitempty"`
	Problem     string            `json:"problem,omitempty"`
	Order       string            `json:"order,omitempty"`
	Payments    []Payment         `json:"payments,omitempty"`
	Refund      *EventRefund      `json:"refund,omitempty"`
	Print       *EventPrint       `json:"print,omitempty"`
	Resolution  *Resolution       `json:"resolution,omitempty"`
	Operation   *EventOperation   `json:"operation,omitempty"` // of an event without a sale, whose sale_id is empty

	// Sale is the sale as it stands now, which may be after this event; it comes with the newest event of each sale in
	// a batch, so that a client that keeps the last Sale of every id has the list as it is.
	Sale *Sale `json:"sale,omitempty"`
}

// The milestones of a sale.
const (
	MilestonePaid    = "sale.paid"           // the amount is there: hand over the goods
	MilestoneClosed  = "sale.closed"         // it ended without the money
	MilestoneDecides = "sale.needs_decision" // a person has to say what becomes of money
)

// Kinds are those of events, and the milestones: what a webhook may ask for.
var Kinds = []string{
	string(state.EventOpened), string(state.EventAttemptAsked), string(state.EventAttemptQuoted),
	string(state.EventAttemptFailed), string(state.EventAttemptLost), string(state.EventShown),
	string(state.EventReading), string(state.EventUnseen), string(state.EventCloseAsked),
	string(state.EventAttemptClosed), string(state.EventPatienceOver), string(state.EventWatched),
	string(state.EventRefundAsked), string(state.EventRefundSeen), string(state.EventPrintAsked),
	string(state.EventPrintBegun), string(state.EventPrintDone), string(state.EventResolved),
	string(state.EventEffectSetAside), string(state.EventRules), string(state.EventStanding),
	string(state.EventOperationAsked), string(state.EventOperationDone),
	MilestonePaid, MilestoneClosed, MilestoneDecides,
}

// Delivery is what a webhook gets: events in order.
type Delivery struct {
	Events []Event `json:"events"`
	Test   bool    `json:"test,omitempty"` // asked for by a person, to see whether messages arrive; it has no events
}

// EventRefund is what an event says of a refund; the sale has all of it.
type EventRefund struct {
	ID          string             `json:"id"`
	Status      state.RefundStatus `json:"status"`
	AmountPaise money.Paise        `json:"amount_paise,omitempty"`
	RRN         string             `json:"rrn,omitempty"`
	Problem     string             `json:"problem,omitempty"`
}

// EventOperation is what an event says of an operation; GET /v1/operations/{id} has all of it.
type EventOperation struct {
	ID     string                `json:"id"`
	Kind   string                `json:"kind,omitempty"`
	Status state.OperationStatus `json:"status,omitempty"`
}

// EventPrint is what an event says of a slip.
type EventPrint struct {
	ID     string            `json:"id"`
	Copy   string            `json:"copy,omitempty"`
	Status state.PrintStatus `json:"status,omitempty"`
	Detail string            `json:"detail,omitempty"`
}

// Resolution is a person's decision about an attention item.
type Resolution struct {
	Attention string       `json:"attention"`
	Action    state.Action `json:"action"`
	Note      string       `json:"note,omitempty"`
	By        string       `json:"by"`
	Approver  string       `json:"approver,omitempty"`
}

// FromEvent projects an event onto the wire, without its sale.
func FromEvent(e state.Event) Event {
	w := Event{
		Seq:         e.Seq,
		SaleID:      e.SaleID,
		Kind:        e.Kind,
		At:          stamp(e.At),
		By:          e.By,
		Attempt:     e.Attempt,
		Gateway:     e.Gateway,
		CloseReason: e.Close,
	}

	if e.Problem != nil {
		w.Problem = e.Problem.Cashier
	}
	if u := e.Unseen; u != nil && u.Problem != nil {
		w.Problem = u.Problem.Cashier
	}
	if e.Reading != nil {
		w.Order = e.Reading.Order
		for _, p := range e.Reading.Payments {
			at := p.At
			if at.IsZero() {
				at = e.At
			}
			w.Payments = append(
				w.Payments,
				Payment{ID: p.ID, AmountPaise: p.Amount, Status: p.Status, VPA: p.VPA, RRN: p.RRN, At: stamp(at)},
			)
		}
	}

	if r := e.Refund; r != nil {
		w.Refund = &EventRefund{ID: r.Key, Status: r.Status, AmountPaise: r.Amount, RRN: r.RRN}
		if e.Kind == state.EventRefundAsked {
			w.Refund.Status = state.RefundAsked
		}
		if r.Problem != nil {
			w.Refund.Problem = r.Problem.Cashier
		}
	}

	if p := e.Print; p != nil {
		w.Print = &EventPrint{ID: p.Key, Copy: p.Copy, Status: p.Status, Detail: p.Detail}
	}
	if o := e.Operation; o != nil {
		w.Operation = &EventOperation{ID: o.ID, Kind: o.Kind, Status: o.Status}
		if e.Kind == state.EventOperationAsked {
			w.Operation.Status = state.OperationAsked
		}
	}

	if e.Resolution != nil {
		w.Resolution = &Resolution{
			Attention: e.Resolution.Attention,
			Action:    e.Resolution.Action,
			Note:      e.Resolution.Note,
			By:        e.Resolution.By,
			Approver:  e.Resolution.Approver,
		}
	}

	return w
}

// FromEvents projects a batch of events in order, those that wanted takes by kind and milestones; nil takes all. The
// newest event of each sale that is taken carries the sale as it stands, which read gives; of one that is
// state.ErrNoSale, because it was pruned since, the event still tells what happened.
func FromEvents(
	events []state.Event,
	read func(id string) (state.Sale, error),
	wanted func(kinds ...string) bool,
) ([]Event, error) {
	sales := map[string]*state.Sale{}
	newest := map[string]int{}
	reached := map[string]time.Time{} // by sale and milestone
	out := make([]Event, 0, len(events))
	for _, e := range events {
		w := FromEvent(e)
		if _, seen := sales[e.SaleID]; e.SaleID != "" && !seen {
			s, err := read(e.SaleID)
			switch {
			case errors.Is(err, state.ErrNoSale):
				sales[e.SaleID] = nil
			case err != nil:
				return nil, err
			default:
				sales[e.SaleID] = &s
			}
		}
		if s := sales[e.SaleID]; s != nil {
			for _, m := range milestones(s, e) {
				// Else another event of the same commit did it.
				if before := reached[s.ID+m]; !before.Equal(e.At) || before.IsZero() {
					w.Milestones = append(w.Milestones, m)
				}
				reached[s.ID+m] = e.At
			}
		}
		if wanted != nil && !wanted(append([]string{string(w.Kind)}, w.Milestones...)...) {
			continue
		}
		newest[e.SaleID] = len(out)
		out = append(out, w)
	}

	for id, i := range newest {
		if s := sales[id]; s != nil {
			sale := FromSale(*s)
			out[i].Sale = &sale
		}
	}

	return out, nil
}

// milestones finds those of an event by the sale's own times, which are those of the events that set them. What the
// same commit asks for beside has the same time, and reaches nothing. A question that was answered since is none any
// more.
func milestones(s *state.Sale, e state.Event) (list []string) {
	switch e.Kind {
	case state.EventAttemptAsked,
		state.EventShown,
		state.EventRefundAsked,
		state.EventPrintAsked,
		state.EventPrintBegun,
		state.EventPrintDone:
		return nil
	}
	if e.At.Equal(s.PaidAt) {
		list = append(list, MilestonePaid)
	}
	if e.At.Equal(s.ClosedAt) {
		list = append(list, MilestoneClosed)
	}
	if slices.ContainsFunc(s.Attention, func(a state.Attention) bool { return a.At.Equal(e.At) }) {
		list = append(list, MilestoneDecides)
	}
	return list
}
