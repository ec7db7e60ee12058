package printer

import (
	"errors"
	"fmt"
	"strconv"
)

func (OrderSlip) kind() string { return "order slip" }

func (d OrderSlip) compose(s *sheet) error {
	if d.Amount < 1 || d.Payload == "" || d.At.IsZero() {
		return fmt.Errorf("order slip of sale %s lacks its amount (%s), its QR string or its time", d.SaleID, d.Amount)
	}
	if !d.ValidUntil.IsZero() && !d.ValidUntil.After(d.At) {
		return errors.New("order slip of sale " + d.SaleID + ": its QR has expired; open the sale again")
	}
	s.head(d.Shop)
	s.marks(d.Demo, d.Copy)
	s.title(s.words.payByUPI)
	s.rule()
	s.called(d.Name, d.Number)
	s.optional(s.words.bill, d.Reference)
	s.pair(s.words.date, clock(d.At))
	s.optional(s.words.terminal, d.Terminal)
	s.gap(10)
	s.big(d.Amount.String())
	s.gap(16)
	s.qr(d.Payload)
	s.gap(16)
	s.center(s.words.scan)
	s.optional(s.words.payee, d.Payee)
	if !d.ValidUntil.IsZero() {
		s.pair(s.words.payBefore, clock(d.ValidUntil))
	}
	s.rule()
	s.boldCenter(s.words.notReceipt)
	s.foot(d.Shop)
	s.center(d.SaleID)
	return s.err
}

// called says which sale the slip is of, in the word and the name that screen and console use. A sale from before names
// has its number alone.
func (s *sheet) called(name string, number int) {
	if name == "" {
		s.pair(s.words.order, strconv.Itoa(number))
		return
	}
	s.pair(s.words.sale, name)
}

func (Stand) kind() string { return "stand" }

func (d Stand) compose(s *sheet) error {
	s.head(d.Shop)
	s.marks(d.Demo, 0)
	s.title(s.words.payByUPI)
	if d.Amount > 0 {
		s.big(d.Amount.String())
	}
	s.qr(d.Payload)
	for _, w := range []*words{english, hindi} {
		s.center(w.scan)
	}
	s.center(d.Name)
	return s.err
}
