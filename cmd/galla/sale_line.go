package main

import (
	"fmt"
	"strings"

	"galla/cmd/galla/letters"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// paint colours a word for whoever reads it at a terminal.
type paint func(colour, word string) string

// Colours of the eight that every terminal has. Each sequence has the same length, so that a column of painted cells
// stays in line.
const (
	plainColour = "39"
	green       = "32"
	yellow      = "33"
	red         = "31"
)

// bare leaves a word as it is.
func bare(_, word string) string { return word }

// painted sets the colour and takes it back.
func painted(colour, word string) string { return "\x1b[" + colour + "m" + word + "\x1b[39m" }

// saleHead is the heading of a list of sales, its cells parted by tabs, for a terminal of so many columns; 0: no terminal.
func saleHead(p paint, columns int) string {
	return letters.SaleCells(columns, "SALE", "OPENED (IST)", "AMOUNT", p(plainColour, "PHASE"), "TENDER", "RRN", "REFERENCE", "")
}

// saleLine is a sale on one line, likewise.
func saleLine(w wire.Sale, p paint, columns int) string {
	narrow := columns > 0 && columns < 110
	opened, phase, colour := letters.Clock(w.CreatedAt), string(w.Phase), yellow
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
	return letters.SaleCells(columns, w.Name, opened, w.AmountPaise.String(), p(colour, phase), string(w.Tender), w.RRN, w.Reference, mark)
}

// listed says how many sales a list has, and what was kept of their money.
func listed(sales []wire.Sale) string {
	var kept money.Paise
	for _, w := range sales {
		kept += w.KeptPaise
	}
	return fmt.Sprintf("%s, %s kept", letters.Count(len(sales), "sale"), kept)
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
