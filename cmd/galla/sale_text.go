package main

import (
	"fmt"
	"strings"
	"time"

	"galla/internal/counter/wire"
)

// printSale prints how a sale stands.
func (s *session) printSale(w wire.Sale) {
	title := fmt.Sprintf("sale %s  %s  %s", w.Name, w.AmountPaise, w.Phase)
	if w.CloseReason != "" {
		title += " (" + string(w.CloseReason) + ")"
	}
	if w.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintln(s.out, title)
	fmt.Fprintln(s.out, w.Message)
	t := s.columns()
	row(t, "id", w.ID)
	row(t, "reference", w.Reference)
	row(t, "note", w.Note)
	row(t, "opened", clock(w.CreatedAt)+by(w.By))
	row(t, "gateway", w.Gateway)
	if w.QR != nil {
		row(t, "qr", w.QR.Payload)
		row(t, "valid until", clock(w.QR.ValidUntil))
	}
	for _, p := range w.Payments {
		row(t, "payment", strings.Join(filled(p.AmountPaise.String(), string(p.Status), late(p.Late), "RRN "+p.RRN, p.VPA, p.ID), "  "))
	}
	for _, r := range w.Refunds {
		row(t, "refund", strings.Join(filled(r.AmountPaise.String(), string(r.Status), "RRN "+r.RRN, r.Reason, r.Problem), "  ")+by(r.By))
	}
	for _, p := range w.Prints {
		status := string(p.Status)
		if status == "" {
			status = "waiting"
		}
		row(t, "print", strings.Join(filled(p.Copy, status, p.Detail), "  "))
	}
	t.Flush()
	for _, a := range w.Attention {
		fmt.Fprintf(s.out, "! %s\n  galla resolve %s accept|refund|other_tender --item %s\n", a.Message, w.Name, a.ID)
	}
}

// printStep prints one change of a sale that is waited for.
func (s *session) printStep(w wire.Sale) {
	line := fmt.Sprintf("%s  %-8s  %s", w.UpdatedAt.In(time.Local).Format("15:04:05"), w.Phase, w.Message)
	if w.RRN != "" {
		line += "  RRN " + w.RRN
	}
	fmt.Fprintln(s.out, line)
}
