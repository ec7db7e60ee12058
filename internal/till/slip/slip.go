package slip

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"galla/internal/day"
	"galla/printer"
	"galla/state"
)

// Order is the slip with the QR of the sale's attempt that is shown; the sale has one. n is how many slips of this kind
// it is, from 1.
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
		Merchant:  p.Copy == state.CopyMerchant,
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

// Wanted is the job of a sale by its key, with the sale as it is now; or why it must not be printed, for a person.
// until is the end of the sale's life by the monotonic clock, zero where that has not begun: an order slip is not
// printed behind it.
func Wanted(live *state.Sale, key string, until time.Time) (s *state.Sale, p *state.Print, why string) {
	i := slices.IndexFunc(live.Prints, func(p state.Print) bool { return p.Key == key })
	if i < 0 {
		return nil, nil, "the job is not in sale " + live.Name()
	}
	p = &live.Prints[i]
	if why := live.Unprintable(p.Copy); why != "" {
		return nil, nil, why
	}
	if p.Copy == state.CopyOrder && !until.IsZero() && !time.Now().Before(until) {
		return nil, nil, fmt.Sprintf("the time to pay sale %s is over, so its QR is not printed", live.Name())
	}
	return live, p, ""
}
