package books

import (
	"context"
	"strconv"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// ExportHead names the columns of the CSV export. Columns are only ever added, at the end.
var ExportHead = []string{"day", "number", "id", "created_at", "amount_rupees", "phase", "tender", "close_reason", "captured_rupees",
	"refunded_rupees", "rrn", "gateway", "reference", "note", "by", "attention", "demo"}

// Export hands out the sales of the business days from from to to, page by page: the newest day first, and of a day the newest
// sale first; an empty end is open. It reads no sale of another day. There is one page at least, and it may be empty. It ends
// with the error of page, or of the till.
func (b *Books) Export(ctx context.Context, from, to string, page func([]state.Sale) error) error {
	days, err := b.o.Till.Days(ctx, from, to)
	if err != nil {
		return err
	}
	if len(days) == 0 {
		return page(nil)
	}
	for _, d := range days {
		q := state.Query{Day: d, Limit: 500}
		for {
			sales, err := b.o.Till.Sales(ctx, q)
			if err != nil {
				return err
			}
			whole := len(sales) == q.Limit
			if whole {
				q.Before = sales[len(sales)-1].ID
			}
			if err := page(sales); err != nil {
				return err
			}
			if !whole {
				break
			}
		}
	}
	return nil
}

// ExportLine is a sale as a line of the CSV export, every RRN in one column.
func ExportLine(s state.Sale) []string {
	var refunded money.Paise
	for _, f := range s.Refunds {
		if f.Status == state.RefundProcessed {
			refunded += f.Amount
		}
	}
	var rrns, items []string
	for _, p := range s.Payments {
		if p.Received() && p.RRN != "" {
			rrns = append(rrns, p.RRN)
		}
	}
	for _, a := range s.Attention {
		items = append(items, string(a.Kind))
	}
	return []string{s.Day, strconv.Itoa(s.Number), s.ID, s.OpenedAt.In(day.IST).Format(time.RFC3339), s.Amount.Decimal(), string(s.Phase), string(s.Tender),
		string(s.CloseReason()), s.Captured().Decimal(), refunded.Decimal(), strings.Join(rrns, " "), s.Via(), plain(s.Reference), plain(s.Note), plain(s.By),
		strings.Join(items, " "), strconv.FormatBool(s.Demo)}
}

// plain keeps a spreadsheet from taking what somebody typed for a formula (OWASP, "CSV injection").
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
