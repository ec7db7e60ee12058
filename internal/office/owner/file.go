package owner

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"galla/internal/books"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/typed"
	"galla/state"
)

// Files are what the accountant takes away, by name. Columns are only ever added, at the end.
var Files = map[string][]string{
	"days": strings.Fields(`day shop shop_name counter terminal gstin received_rupees kept_rupees undecided_rupees
		gone_rupees payments sales paid cancelled expired failed other_tender other_tender_rupees`),
	"sales": strings.Fields(
		`day name shop shop_name counter terminal id created_at amount_rupees phase tender close_reason
		captured_rupees kept_rupees gone_rupees rrn gateway reference by attention trouble`,
	),
	"refunds": strings.Fields(
		`asked_at shop shop_name counter terminal sale sale_day amount_rupees status reason rrn gateway
		payment by approver by_others done_at`,
	),
	"z": strings.Fields(`day shop shop_name counter terminal number closed_at state net_rupees`),
	"gst": strings.Fields(
		`gstin month place_of_supply invoices amount_rupees taxable_rupees gst_rupees cess_rupees`,
	),
}

// filePage is how many rows are read at a time.
const filePage = 500

// File writes a file of a span as CSV (RFC 4180, UTF-8 with a mark for Excel), the newest row first. flush is called
// behind each page of it. An error in its midst leaves a file that is cut short: the caller cuts the line.
func (o *Owner) File(ctx context.Context, name string, s Span, w io.Writer, flush func() error) error {
	head := Files[name]
	if head == nil {
		return &Asked{
			"owner_file",
			fmt.Sprintf("there is no file %.20q", name),
			"Ask for days, sales, refunds, z or gst.",
		}
	}
	f := &file{w: csv.NewWriter(w), flush: flush}
	switch name {
	case "days":
		return each(f, w, head, func(m Mark) ([]Day, error) { return o.store.Days(ctx, s, m, filePage) },
			func(d Day) Mark { return Mark{dayAt(d.Day), d.Terminal} }, dayLine)
	case "sales":
		return each(
			f,
			w,
			head,
			func(m Mark) ([]Sale, error) { return o.store.Sales(ctx, s, m, filePage) },
			markOf,
			saleLine,
		)
	case "refunds":
		return each(f, w, head, func(m Mark) ([]Refund, error) { return o.store.Refunds(ctx, s, m, filePage) },
			func(r Refund) Mark { return Mark{r.AskedAt, r.Gateway + "/" + r.Key} }, refundLine)
	case "z":
		return each(
			f,
			w,
			head,
			func(m Mark) ([]Z, error) { return o.store.Zs(ctx, s, o.due(), m, filePage) },
			markOfZ,
			zLine,
		)
	}
	return each(f, w, head, func(Mark) ([]Invoices, error) { return o.store.Invoices(ctx, s) },
		func(Invoices) Mark { return Mark{} }, gstLine)
}

type file struct {
	w     *csv.Writer
	flush func() error
}

// each writes all rows, page by page: the first is read before anything is written. A page that is not full is the
// last.
func each[T any](
	f *file,
	w io.Writer,
	head []string,
	read func(Mark) ([]T, error),
	mark func(T) Mark,
	line func(T) []string,
) error {
	var at Mark
	for first := true; ; first = false {
		rows, err := read(at)
		if err != nil {
			return err
		}
		if first {
			if _, err := io.WriteString(w, books.ByteOrderMark); err != nil {
				return err
			}
			f.w.Write(head) // an error shows at the flush
		}
		for _, r := range rows {
			f.w.Write(line(r))
		}
		f.w.Flush()
		if err := f.w.Error(); err != nil {
			return err
		}
		if err := f.flush(); err != nil {
			return err
		}
		if len(rows) < filePage {
			return nil
		}
		if at = mark(rows[len(rows)-1]); at == (Mark{}) { // what has no pages came whole
			return nil
		}
	}
}

func whose(w Where) []string {
	return []string{books.Cell(w.Shop), books.Cell(w.ShopName), books.Cell(w.Label), books.Cell(w.Terminal)}
}

func instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(day.IST).Format(time.RFC3339)
}

func dayLine(d Day) []string {
	line := append([]string{typed.Inert(d.Day)}, whose(d.Where)...)
	line = append(
		line,
		books.Cell(d.GSTIN),
		d.Received.Decimal(),
		d.Kept.Decimal(),
		d.Surplus.Decimal(),
		d.Gone.Decimal(),
	)
	for _, n := range []int{d.Payments, d.Asked.Opened, d.Asked.Paid, d.Asked.Cancelled, d.Asked.Expired,
		d.Asked.Failed,
		d.Asked.Elsewise} {
		line = append(line, strconv.Itoa(n))
	}
	return append(line, d.Asked.Other.Decimal())
}

func saleLine(s Sale) []string {
	line := append([]string{typed.Inert(s.Day), books.Cell(name(s.Day, s.Number))}, whose(s.Where)...)
	return append(line,
		typed.Inert(s.ID),
		instant(s.OpenedAt),
		s.Amount.Decimal(),
		typed.Inert(s.Phase),
		typed.Inert(s.Tender),
		typed.Inert(s.Reason),
		s.Received.Decimal(),
		s.Kept.Decimal(),
		s.Gone.Decimal(),
		books.Cell(strings.Join(s.RRNs, " ")),
		typed.Inert(s.Gateway),
		books.Cell(s.Reference),
		books.Cell(s.By),
		typed.Inert(kinds(s.Items)),
		typed.Inert(s.Trouble),
	)
}

// kinds are what must be decided.
func kinds(items []state.Attention) string {
	var all []string
	for _, a := range items {
		all = append(all, string(a.Kind))
	}
	return strings.Join(all, " ")
}

func refundLine(r Refund) []string {
	line := append([]string{instant(r.AskedAt)}, whose(r.Where)...)
	return append(line,
		books.Cell(name(r.Day, r.Number)),
		typed.Inert(r.Day),
		r.Amount.Decimal(),
		typed.Inert(string(r.Status)),
		books.Cell(r.Reason),
		books.Cell(r.RRN),
		typed.Inert(r.Gateway),
		books.Cell(r.Payment),
		books.Cell(r.By),
		books.Cell(r.Approver),
		strconv.FormatBool(r.Others),
		instant(r.DoneAt),
	)
}

func zLine(z Z) []string {
	net := ""
	if z.Known {
		net = z.Net.Decimal()
	}
	line := append([]string{typed.Inert(z.Day)}, whose(z.Where)...)
	return append(line, strconv.Itoa(z.Number), instant(z.At), typed.Inert(z.State), net)
}

func gstLine(i Invoices) []string {
	supply := "intrastate"
	if i.Interstate {
		supply = "interstate"
	}
	line := []string{books.Cell(i.GSTIN), typed.Inert(i.Month), supply, strconv.Itoa(i.Count)}
	for _, p := range []money.Paise{i.Amount, i.Amount - i.GST - i.Cess, i.GST, i.Cess} {
		line = append(line, p.Decimal())
	}
	return line
}
