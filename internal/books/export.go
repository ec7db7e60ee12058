package books

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/typed"
	"galla/state"
)

// ExportHead names the columns of the CSV export. Columns are only ever added, at the end.
var ExportHead = strings.Fields(`
	day number id created_at amount_rupees phase tender close_reason captured_rupees refunded_rupees rrn gateway
	reference note by attention demo name reversed_rupees kept_rupees undecided_rupees promised_rupees
	other_tender_rupees account_type fee_rupees kind mandate standing_qr standing_name
`)

// Export hands out the sales of the business days from from to to, page by page: the newest day first, and of a day the
// newest sale first; an empty end is open. It reads no sale of another day. There is one page at least, and it may be
// empty. It ends with the error of page, or of the till.
func (b *Books) Export(ctx context.Context, from, to string, page func([]state.Sale) error) error {
	days, err := b.o.Till.Days(ctx, from, to)
	if err != nil {
		return err
	}
	if len(days) == 0 {
		return page(nil)
	}
	for _, d := range days {
		if err := b.exportDay(ctx, d, page); err != nil {
			return err
		}
	}
	return nil
}

// exportDay hands out the sales of one business day.
func (b *Books) exportDay(ctx context.Context, business string, page func([]state.Sale) error) error {
	q := state.Query{Day: business, Limit: 500}
	for {
		sales, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return err
		}
		whole := len(sales) == q.Limit
		if whole {
			q.Before = sales[len(sales)-1].ID
		}
		if err := page(sales); err != nil || !whole {
			return err
		}
	}
}

// ExportLine is a sale as a line of the CSV export, every RRN in one column. The sums are what the sale's account says
// now.
func ExportLine(s state.Sale) []string {
	var rrns, items, accounts []string
	var reversed, fee money.Paise
	for i := range s.Payments {
		p := &s.Payments[i]
		if p.Received() && p.RRN != "" {
			rrns = append(rrns, p.RRN)
		}
		reversed += s.Taken(p.Gateway + "/" + p.ID)
		if p.Received() {
			fee += p.Fee
			if p.AccountType != "" && !slices.Contains(accounts, p.AccountType) {
				accounts = append(accounts, p.AccountType)
			}
		}
	}

	var mandate, qr, name string
	if s.Debit != nil {
		mandate = s.Debit.Mandate
	}
	if s.Standing != nil {
		qr, name = s.Standing.QR, s.Standing.Name
	}
	for _, a := range s.Attention {
		items = append(items, string(a.Kind))
	}
	return []string{
		typed.Inert(s.Day),
		strconv.Itoa(s.Number),
		typed.Inert(s.ID),
		s.OpenedAt.In(day.IST).Format(time.RFC3339),
		s.Amount.Decimal(),
		typed.Inert(string(s.Phase)),
		typed.Inert(string(s.Tender)),
		typed.Inert(string(s.CloseReason())),
		s.Captured().Decimal(),
		s.WentBack().Decimal(),
		Cell(strings.Join(rrns, " ")),
		typed.Inert(s.Via()),
		Cell(s.Reference),
		Cell(s.Note),
		Cell(s.By),
		typed.Inert(strings.Join(items, " ")),
		strconv.FormatBool(s.Demo),
		Cell(s.Name()),
		reversed.Decimal(),
		s.Kept().Decimal(),
		s.Surplus().Decimal(),
		s.Promised().Decimal(),
		s.OtherTender().Decimal(),
		Cell(strings.Join(accounts, " ")),
		fee.Decimal(),
		typed.Inert(cmp.Or(string(s.Kind), "counter")),
		Cell(mandate),
		Cell(qr),
		Cell(name),
	}
}

// ByteOrderMark begins a CSV file: without it Excel takes UTF-8 for the code page of the country.
const ByteOrderMark = "\ufeff"

// Cell keeps a spreadsheet from taking a text for anything else. What begins like a formula gets a quote before it (see
// typed.Inert). What has a digit and little else might be taken for a number or a date, "007061076787", "1129-2",
// "MAR-17": it is written as a formula whose value is that text. Its limit is Excel's for a text in a formula, 255
// characters.
func Cell(s string) string {
	s = typed.Inert(s)
	if !strings.HasPrefix(strings.TrimLeftFunc(s, unicode.IsSpace), "'") && len(s) <= 64 &&
		strings.ContainsAny(s, "0123456789") {
		return `="` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}
