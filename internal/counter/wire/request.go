package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Amount is an amount in a request: a JSON integer of paise and nothing else. A string, a fraction or an exponent is
// refused with a sentence, because each is how a paisa gets lost.
type Amount money.Paise

// UnmarshalJSON implements json.Unmarshaler.
func (a *Amount) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '"' {
		return fmt.Errorf(
			"amount_paise is the text %.40s: give a whole number of paise without quotes, like 25000 for ₹250.00", b)
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("amount_paise is %.40s: give a whole number of paise, like 25000 for ₹250.00", b)
	}
	if n < -int64(money.Max) || n > int64(money.Max) {
		return fmt.Errorf("amount_paise is %d, and no amount is above %s", n, money.Max)
	}
	*a = Amount(n)
	return nil
}

// Part is an amount that may be left out, which is not the same as 0. null is refused: nobody knows which of the two it
// means.
type Part struct {
	Given bool
	Paise Amount
}

// PartOf is an amount that is given.
func PartOf(a Amount) Part { return Part{Given: true, Paise: a} }

// IsZero reports that it is left out.
func (p Part) IsZero() bool { return !p.Given }

// MarshalJSON implements json.Marshaler.
func (p Part) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(p.Paise), 10), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (p *Part) UnmarshalJSON(b []byte) error {
	p.Given = true
	return p.Paise.UnmarshalJSON(b)
}

// OpenSale is the body of POST /v1/sales.
type OpenSale struct {
	AmountPaise Amount   `json:"amount_paise"`
	Reference   string   `json:"reference,omitempty"`
	Again       bool     `json:"again,omitempty"` // another sale of a bill number that is open or was paid today
	Note        string   `json:"note,omitempty"`
	Print       bool     `json:"print,omitempty"` // the order slip, as soon as there is a QR
	Invoice     *Invoice `json:"invoice,omitempty"`
}

// Invoice is the GST invoice a sale settles.
type Invoice struct {
	Number       string    `json:"number"`
	Date         time.Time `json:"date"`
	CustomerName string    `json:"customer_name,omitempty"`
	GSTIN        string    `json:"gstin"`
	GSTPaise     Part      `json:"gst_paise"`
	CessPaise    Amount    `json:"cess_paise,omitempty"`
	Interstate   bool      `json:"interstate,omitempty"`
}

// Approval names the person who allows what the caller alone may not do. The PIN is checked and forgotten.
type Approval struct {
	Approver string `json:"approver,omitempty"`
	PIN      string `json:"pin,omitempty"`
}

// CancelSale is the body of POST /v1/sales/{id}/cancel; it may be empty.
type CancelSale struct {
	Reason state.CloseReason `json:"reason,omitempty"` // "cancelled" (default) or "other_tender"
}

// RefundSale is the body of POST /v1/sales/{id}/refunds.
type RefundSale struct {
	AmountPaise Part   `json:"amount_paise,omitzero"` // left out: all that can still be refunded; 0 is refused
	PaymentID   string `json:"payment_id,omitempty"`  // left out: the payment that settled the sale
	Reason      string `json:"reason,omitempty"`
	// goods came back: what paid for them goes first, before money that came too much
	Goods     bool `json:"goods,omitempty"`
	Confirmed bool `json:"confirmed,omitempty"` // asked though another payment of the sale was reversed
	Approval
}

// PrintSale is the body of POST /v1/sales/{id}/print.
type PrintSale struct {
	Copy string `json:"copy"` // "order", "receipt" or "merchant"
}

// ResolveSale is the body of POST /v1/sales/{id}/resolve.
type ResolveSale struct {
	Action    state.Action `json:"action"`
	Attention string       `json:"attention,omitempty"` // left out: every open item
	Note      string       `json:"note,omitempty"`

	// what the person saw, or stated; left out: what the item names now
	AmountPaise money.Paise `json:"amount_paise,omitempty"`
	// of a refund: asked though another payment of the sale was reversed
	Confirmed bool `json:"confirmed,omitempty"`
	Approval
}
