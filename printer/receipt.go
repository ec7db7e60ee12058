package printer

import (
	"errors"
	"fmt"
	"strings"

	"galla/internal/money"
)

func (Receipt) kind() string { return "receipt" }

// check refuses a receipt without evidence: a failed or pending sale has no payment id, no time of payment, or no
// amount.
func (d Receipt) check() error {
	switch {
	case d.Amount < 1:
		return fmt.Errorf("the amount is %s", d.Amount)
	case d.PaidAt.IsZero():
		return errors.New("it has no time of payment, so it isn't paid")
	case d.PaymentID == "" && d.Override == "":
		return errors.New("it has neither a payment of the gateway nor a person who declared it paid")
	case d.RRN != "" && (len(d.RRN) != 12 || strings.Trim(d.RRN, "0123456789") != ""):
		return fmt.Errorf("RRN %.20q doesn't have 12 digits", d.RRN)
	case len(d.UPITxnID) > 64:
		return fmt.Errorf("UPI transaction id has %d characters; it has 35", len(d.UPITxnID))
	case d.VPA != "" && !strings.Contains(d.VPA, "*"):
		return errors.New("the payer's address isn't masked; mask it like ra****@okaxis")
	}
	for _, r := range d.Refunds {
		if r.Amount < 1 || r.At.IsZero() || english.refundStatus(r.Status) == "" {
			return fmt.Errorf("its refund of %s has no time, or the unknown status %.20q", r.Amount, r.Status)
		}
	}
	if d.Invoice {
		return money.CheckInvoiceNumber(d.Reference)
	}
	return nil
}

func (d Receipt) compose(s *sheet) error {
	if err := d.check(); err != nil {
		return fmt.Errorf("receipt of sale %s: %w", d.SaleID, err)
	}
	s.head(d.Shop)
	s.marks(d.Demo, d.Copy)
	s.title(s.words.receipt)
	copyName := s.words.customerCopy
	if d.Merchant {
		copyName = s.words.merchantCopy
	}
	s.center(copyName)
	s.rule()
	s.called(d.Name, d.Number)
	bill := s.words.bill
	if d.Invoice {
		bill = s.words.invoice
	}

	s.optional(bill, d.Reference)
	s.pair(s.words.date, clock(d.PaidAt))
	s.pairs(s.words.terminal, d.Terminal, s.words.cashier, d.Cashier)
	s.rule()
	s.big(d.Amount.String())
	s.fine(d.Amount.Words(d.Shop.Language))
	s.gap(8)
	s.pair(s.words.mode, "UPI")
	if d.Override == "" {
		s.strong(s.words.status, s.words.success)
	} else {
		s.boldCenter(fmt.Sprintf(s.words.override, d.Override))
	}
	s.optional(s.words.payer, d.VPA)
	s.optional("RRN/UTR", d.RRN)
	s.optional("UPI id", d.UPITxnID) // with its 35 characters one line of the small font at 58 mm
	s.optional(s.words.payment, strings.TrimSpace(d.Gateway+" "+d.PaymentID))
	s.optional(s.words.id, d.SaleID)
	s.back(d)
	s.rule()
	s.foot(d.Shop)
	s.fine(s.words.computer)
	return s.err
}

// back says what went back of the money, or is on its way, and what the shop keeps: a receipt that was printed anew
// after a refund must not read as if all of it were still paid.
func (s *sheet) back(d Receipt) {
	if len(d.Refunds) == 0 && d.Taken == 0 {
		return
	}
	s.rule()
	for _, r := range d.Refunds {
		s.strong(s.words.refund, r.Amount.String())
		s.pair(clock(r.At), s.words.refundStatus(r.Status))
	}
	if d.Taken > 0 {
		s.strong(s.words.reversed, d.Taken.String())
	}
	s.strong(s.words.kept, d.Kept.String())
}
