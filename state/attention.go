package state

import (
	"time"

	"galla/internal/money"
)

// AttentionKind says what a person must look at.
type AttentionKind string

const (
	AttentionLate          AttentionKind = "late"           // money came after the sale was closed
	AttentionDuplicate     AttentionKind = "duplicate"      // the amount came again
	AttentionOver          AttentionKind = "over"           // more came than was asked
	AttentionUnder         AttentionKind = "under"          // less came than was asked
	AttentionReversed      AttentionKind = "reversed"       // the gateway sent the money back without being asked by us
	AttentionRefundFailed  AttentionKind = "refund_failed"  // a refund did not happen
	AttentionRefundUnknown AttentionKind = "refund_unknown" // a refund's outcome can't be learned
	AttentionSetAside      AttentionKind = "set_aside"      // something could not be done and is no longer tried
)

// Attention is one thing a person must resolve. It stays on the cashier's screen, in every report and every export until then.
type Attention struct {
	ID        string        `json:"id"` // stable: kind and what it is about
	Kind      AttentionKind `json:"kind"`
	PaymentID string        `json:"payment_id,omitempty"`
	Amount    money.Paise   `json:"amount_paise,omitempty"` // the amount in question
	At        time.Time     `json:"at"`
}

// Action is what a person decided about an attention item.
type Action string

const (
	ActionAccept      Action = "accept"       // keep the money and hand over the goods, or take note
	ActionRefund      Action = "refund"       // send the money in question back
	ActionOtherTender Action = "other_tender" // settled in another way
)

// Resolution is a person's decision, kept with the sale for ever.
type Resolution struct {
	Attention string        `json:"attention"` // the item's ID
	Kind      AttentionKind `json:"kind"`
	Action    Action        `json:"action"`
	Note      string        `json:"note,omitempty"`
	By        string        `json:"by"`
	Approver  string        `json:"approver,omitempty"`
	At        time.Time     `json:"at"`
}

// attention recomputes the open items from the facts.
func attention(s *Sale) []Attention {
	var out []Attention
	add := func(a Attention) {
		for _, r := range s.Resolutions {
			if r.Attention == a.ID {
				return
			}
		}
		out = append(out, a)
	}
	settled := s.PaidBy()
	received := 0
	for i := range s.Payments {
		p := &s.Payments[i]
		if !p.Received() {
			continue
		}
		received++
		item := Attention{PaymentID: p.ID, Amount: p.Amount, At: p.CapturedAt}
		switch {
		case p.Late:
			item.Kind = AttentionLate
		case settled != nil && p.ID != settled.ID && settled.Amount >= s.Amount:
			item.Kind = AttentionDuplicate
		}
		if item.Kind != "" {
			item.ID = string(item.Kind) + ":" + p.ID
			add(item)
		}
		if back := p.Refunded - ownRefunds(s, p.ID); back > 0 {
			add(Attention{ID: "reversed:" + p.ID + ":" + p.Refunded.Decimal(), Kind: AttentionReversed, PaymentID: p.ID, Amount: back, At: s.UpdatedAt})
		}
	}
	if settled != nil && !settled.Late {
		sum := s.Captured()
		switch {
		case sum < s.Amount:
			add(Attention{ID: "under:" + sum.Decimal(), Kind: AttentionUnder, PaymentID: settled.ID, Amount: s.Amount - sum, At: settled.CapturedAt})
		case sum > s.Amount && (received == 1 || settled.Amount < s.Amount):
			add(Attention{ID: "over:" + sum.Decimal(), Kind: AttentionOver, PaymentID: settled.ID, Amount: sum - s.Amount, At: settled.CapturedAt})
		case received > 1 && settled.Amount > s.Amount:
			add(Attention{ID: "over:" + settled.ID, Kind: AttentionOver, PaymentID: settled.ID, Amount: settled.Amount - s.Amount, At: settled.CapturedAt})
		}
	}
	for _, r := range s.Refunds {
		switch r.Status {
		case RefundFailed:
			add(Attention{ID: "refund_failed:" + r.Key, Kind: AttentionRefundFailed, PaymentID: r.PaymentID, Amount: r.Amount, At: r.UpdatedAt})
		case RefundUnknown:
			add(Attention{ID: "refund_unknown:" + r.Key, Kind: AttentionRefundUnknown, PaymentID: r.PaymentID, Amount: r.Amount, At: r.UpdatedAt})
		}
	}
	for _, a := range s.SetAside {
		add(Attention{ID: "set_aside:" + a.Key, Kind: AttentionSetAside, At: a.At})
	}
	return out
}

// ownRefunds is what we ourselves asked the gateway to send back of a payment.
func ownRefunds(s *Sale, paymentID string) money.Paise {
	var sum money.Paise
	for _, r := range s.Refunds {
		if r.PaymentID == paymentID && r.Reserved() {
			sum += r.Amount
		}
	}
	return sum
}
