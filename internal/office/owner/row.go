package owner

import (
	"fmt"
	"time"

	"galla/internal/money"
	"galla/state"
)

// key is a number as the key of a mark: texts of it compare as numbers do.
func key(n int64) string { return fmt.Sprintf("%020d", n) }

// dayAt is a business day as the moment of a mark.
func dayAt(day string) time.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return at
}

// saleKey is a sale's place among those of its day.
func saleKey(s Sale) string { return fmt.Sprintf("%010d/%s/%s", s.Number, s.Terminal, s.ID) }

// name is what people call a sale by.
func name(day string, number int) string {
	if len(day) != len(time.DateOnly) || number < 1 {
		return fmt.Sprint(number)
	}
	return fmt.Sprintf("%s%s-%d", day[5:7], day[8:], number)
}

// SaleRow is a sale as the pages show it.
type SaleRow struct {
	Where
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Day       string      `json:"day"`
	Number    int         `json:"number"`
	Amount    money.Paise `json:"amount_paise"`
	Received  money.Paise `json:"received_paise"`
	Gone      money.Paise `json:"gone_paise"`
	Phase     string      `json:"phase"`
	Reason    string      `json:"reason,omitempty"`
	By        string      `json:"by,omitempty"`
	Reference string      `json:"reference,omitempty"`
	RRNs      []string    `json:"rrns,omitempty"`
	Opened    time.Time   `json:"opened_at,omitzero"`
	Attention bool        `json:"attention,omitempty"`
	Trouble   string      `json:"trouble,omitempty"`
}

func rowOf(s Sale) SaleRow {
	return SaleRow{
		s.Where,
		s.ID,
		name(s.Day, s.Number),
		s.Day,
		s.Number,
		s.Amount,
		s.Received,
		s.Gone,
		s.Phase,
		s.Reason,
		s.By,
		s.Reference,
		s.RRNs,
		s.OpenedAt,
		len(s.Items) > 0,
		s.Trouble,
	}
}

// RefundRow is a refund as the pages show it.
type RefundRow struct {
	Where
	Sale     string             `json:"sale"` // its name
	Day      string             `json:"day"`
	Amount   money.Paise        `json:"amount_paise"`
	Status   state.RefundStatus `json:"status"`
	By       string             `json:"by,omitempty"`
	Approver string             `json:"approver,omitempty"`
	Others   bool               `json:"others,omitempty"`
	RRN      string             `json:"rrn,omitempty"`
	At       time.Time          `json:"at"`
}
