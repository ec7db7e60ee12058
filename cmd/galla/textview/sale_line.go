package textview

import (
	"fmt"
	"strings"

	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// Paint colours a word for whoever reads it at a terminal.
type Paint func(colour, word string) string

// Colours of the eight that every terminal has. Each sequence has the same length, so that a column of painted cells
// stays in line.
const (
	plainColour = "39"
	green       = "32"
	yellow      = "33"
	red         = "31"
)

// Bare leaves a word as it is.
func Bare(_, word string) string { return word }

// Painted sets the colour and takes it back.
func Painted(colour, word string) string { return "\x1b[" + colour + "m" + word + "\x1b[39m" }

// SaleHead is the heading of a list of sales, its cells parted by tabs, for a terminal of so many columns; 0: no
// terminal.
func SaleHead(p Paint, columns int) string {
	return saleCells(columns, "SALE", "OPENED (IST)", "AMOUNT", p(plainColour, "PHASE"), "TENDER",
		"RRN", "REFERENCE", "")
}

// SaleLine is a sale on one line, likewise.
func SaleLine(w wire.Sale, p Paint, columns int) string {
	narrow := columns > 0 && columns < 110
	opened, phase, colour := Clock(w.CreatedAt), string(w.Phase), yellow
	if narrow && opened != "" {
		opened = opened[len("2026-"):]
	}
	switch {
	case w.Phase == state.PhasePaid, w.CloseReason == state.CloseOtherTender:
		colour = green
	case w.Phase.Final():
		colour = plainColour
	}
	if w.CloseReason != "" && (columns == 0 || columns >= 60) {
		phase += " (" + string(w.CloseReason) + ")"
	}

	mark := ""
	if back := wentBack(w); back > 0 {
		mark = fmt.Sprintf("%s went back", back)
	}
	if w.Standing != nil {
		mark = strings.TrimSpace("at " + w.Standing.Name + "  " + mark)
	}
	if len(w.Attention) > 0 {
		mark = p(red, "! needs a decision")
		if narrow {
			mark = p(red, "!")
		}
	}
	return saleCells(columns, w.Name, opened, w.AmountPaise.String(), p(colour, phase), string(w.Tender),
		w.RRN, w.Reference, mark)
}

// Listed says how many sales a list has, and what was kept of their money.
func Listed(sales []wire.Sale) string {
	var kept money.Paise
	for _, w := range sales {
		kept += w.KeptPaise
	}
	return fmt.Sprintf("%s, %s kept", Count(len(sales), "sale"), kept)
}

// wentBack is what of a sale's money is no longer there, in paise: refunds that are done, and what others sent back. A
// refund that has not ended is not in it.
func wentBack(w wire.Sale) money.Paise {
	gone := -w.KeptPaise - w.SurplusPaise
	for _, p := range w.Payments {
		if p.Status == state.PaymentCaptured || p.Status == state.PaymentRefunded {
			gone += p.AmountPaise
		}
	}
	for _, r := range w.Refunds {
		if r.Status == state.RefundAsked || r.Status == state.RefundPending || r.Status == state.RefundUnknown {
			gone -= r.AmountPaise
		}
	}
	return gone
}

// saleCells are the cells of a sale's line, parted by tabs, for a terminal of so many columns; 0: no terminal. What a
// narrow one has no room for is left out: galla show has it. The last of rest is a mark, which stays.
func saleCells(columns int, name, opened, amount, phase string, rest ...string) string {
	cells := append([]string{name, opened, amount, phase}, rest...)

	if mark := rest[len(rest)-1]; columns > 0 && columns < 60 {
		cells = []string{name, amount, phase, mark}
	} else if columns > 0 && columns < 110 {
		cells = []string{name, opened, amount, phase, mark}
	}

	return strings.Join(cells, "\t")
}
