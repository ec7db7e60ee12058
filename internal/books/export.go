package books

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// ExportHead names the columns of the CSV export. Columns are only ever added, at the end.
var ExportHead = []string{"day", "number", "id", "created_at", "amount_rupees", "phase", "tender", "close_reason", "captured_rupees",
	"refunded_rupees", "rrn", "gateway", "reference", "note", "by", "attention", "demo", "name"}

// exportPast is how many sales in a row must be of days before those asked for until the export takes the rest for older too.
const exportPast = 2000

// Export hands out the sales of the business days from from to to, newest first, page by page; an empty end is open. A page may be
// empty. It ends with the error of page, or of the till.
func (b *Books) Export(ctx context.Context, from, to string, page func([]state.Sale) error) error {
	q := state.Query{Limit: 500}
	older := 0
	for {
		sales, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return err
		}
		whole := len(sales) == q.Limit
		if whole {
			q.Before = sales[len(sales)-1].ID
		}

		sales = slices.DeleteFunc(sales, func(s state.Sale) bool {
			switch {
			case from != "" && s.Day < from:
				// Sales come in the order of their opening, and a box without a clock battery may have opened some on a day
				// long past: only many in a row are the end.
				older++
				return true
			case older < exportPast:
				older = 0
			}
			return older >= exportPast || to != "" && s.Day > to
		})
		if err := page(sales); err != nil {
			return err
		}
		if !whole || older >= exportPast {
			return nil
		}
	}
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
		strings.Join(items, " "), strconv.FormatBool(s.Demo), s.Name()}
}

// plain keeps a spreadsheet from taking what somebody typed for a formula (OWASP, "CSV injection").
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
