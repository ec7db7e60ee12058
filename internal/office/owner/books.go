package owner

import (
	"context"
	"time"

	"galla/internal/money"
)

// Books are the closed days of a span.
type Books struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zs   []ZRow `json:"zs"`
	Next string `json:"next,omitempty"`
}

// ZRow is a closed day.
type ZRow struct {
	Where
	Number int          `json:"number"`
	Day    string       `json:"day"`
	At     time.Time    `json:"at,omitzero"`
	State  string       `json:"state"`
	Net    *money.Paise `json:"net_paise,omitempty"` // as the box wrote it; absent: its bytes are not here
}

// Books are the closed days, the newest first.
func (o *Owner) Books(ctx context.Context, s Span, behind Mark, limit int) (b Books, err error) {
	limit = page(limit)
	rows, err := o.store.Zs(ctx, s, o.due(), behind, limit+1)
	if err != nil {
		return b, err
	}
	b.From, b.To = s.From, s.To
	rows, b.Next = paged(rows, limit, markOfZ)
	for _, z := range rows {
		row := ZRow{Where: z.Where, Number: z.Number, Day: z.Day, At: z.At, State: z.State}
		if z.Known {
			row.Net = &z.Net
		}
		b.Zs = append(b.Zs, row)
	}
	return b, nil
}

func markOfZ(z Z) Mark { return Mark{dayAt(z.Day), z.Terminal + "/" + z.Operation} }

// GST is the summary of a span's invoices.
type GST struct {
	From  string     `json:"from"`
	To    string     `json:"to"`
	Lines []Invoices `json:"lines"`
}

// GST is the sum of the invoices that paid sales carry, by GSTIN, month and place of supply. Galla knows no HSN.
func (o *Owner) GST(ctx context.Context, s Span) (g GST, err error) {
	lines, err := o.store.Invoices(ctx, s)
	return GST{s.From, s.To, lines}, err
}
