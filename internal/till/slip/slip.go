// Package slip writes a sale on paper: it makes the documents that the printer lays out, and says nothing that the sale does not.
//
// It is pure: what is printed is decided before, by the till and by state.Sale.Unprintable. Both functions may be called at any time, from
// any goroutine. Times are IST.
package slip

import (
	"cmp"

	"galla/internal/day"
	"galla/printer"
	"galla/state"
)

// Order is the slip with the QR of the sale's attempt that is shown; the sale has one. n is how many slips of this kind it is, from 1.
func Order(s *state.Sale, shop printer.Shop, n int) printer.OrderSlip {
	a := s.Shown()
	doc := printer.OrderSlip{
		Shop:      shop,
		Terminal:  s.Terminal,
		Name:      s.Name(),
		Number:    s.Number,
		SaleID:    s.ID,
		Reference: s.Reference,
		Amount:    s.Amount,
		Payload:   a.Quote.Payload,
		Payee:     a.Quote.PayeeName,
		At:        s.OpenedAt.In(day.IST),
		Copy:      n,
		Demo:      s.Demo,
	}
	if s.Life > 0 {
		doc.ValidUntil = a.QuotedAt.Add(s.Life).In(day.IST)
	}
	return doc
}

// Receipt is the receipt of a paid sale that a print job asks for, the customer's or the merchant's copy.
func Receipt(s *state.Sale, shop printer.Shop, p *state.Print) printer.Receipt {
	doc := printer.Receipt{
		Shop:      shop,
		Terminal:  s.Terminal,
		Name:      s.Name(),
		Number:    s.Number,
		SaleID:    s.ID,
		Reference: s.Reference,
		Amount:    s.Amount,
		PaidAt:    s.PaidAt.In(day.IST),
		Cashier:   s.By,
		Merchant:  p.Copy == "merchant",
		Copy:      p.N,
		Demo:      s.Demo,
		Override:  s.Override(),
	}
	if by := s.PaidBy(); by != nil {
		doc.Gateway, doc.PaymentID, doc.RRN, doc.UPITxnID, doc.VPA = by.Gateway, by.ID, by.RRN, by.UPITxnID, by.VPA
	}
	wentBack(s, &doc)
	return doc
}

// wentBack puts on a receipt what went back of the sale's money or may have, and what is left of it.
func wentBack(s *state.Sale, doc *printer.Receipt) {
	doc.Kept = s.Kept()
	for _, p := range s.Payments {
		doc.Taken += s.Taken(p.ID)
	}
	for _, r := range s.Refunds {
		if r.Reserved() { // one that failed is none
			doc.Refunds = append(
				doc.Refunds,
				printer.Refund{Amount: r.Amount, At: cmp.Or(r.DoneAt, r.AskedAt).In(day.IST), Status: string(r.Status)},
			)
		}
	}
}
