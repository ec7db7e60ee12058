package main

import (
	"fmt"
	"slices"
	"strings"

	"galla/cmd/galla/letters"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state"
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
	letters.Row(t, "id", w.ID)
	letters.Row(t, "reference", w.Reference)
	letters.Row(t, "note", w.Note)
	letters.Row(t, "opened", letters.ClockIST(w.CreatedAt)+by(w.By))
	letters.Row(t, "gateway", w.Gateway)
	if d := w.Debit; d != nil {
		letters.Row(t, "mandate", d.Mandate+"  "+d.Payer+"  "+d.PayerVPA)
		letters.Row(t, "debit", d.Reference+"  for "+d.Day)
		letters.Row(t, "approved by", d.Approver)
	}
	if w.QR != nil {
		letters.Row(t, "qr", w.QR.Payload)
		letters.Row(t, "valid until", letters.ClockIST(w.QR.ValidUntil))
	}
	for _, p := range w.Payments {
		letters.Row(t, "payment", strings.Join(filled(p.AmountPaise.String(), string(p.Status), late(p.Late), "RRN "+p.RRN, p.VPA, p.ID), "  "))
	}
	for _, r := range w.Refunds {
		letters.Row(t, "refund", strings.Join(filled(r.AmountPaise.String(), string(r.Status), "RRN "+r.RRN, goods(r.Goods), r.Reason, r.Problem), "  ")+by(r.By))
	}
	for _, p := range w.Prints {
		status := string(p.Status)
		if status == "" {
			status = "waiting"
		}
		letters.Row(t, "print", strings.Join(filled(p.Copy, status, p.Detail), "  "))
	}
	t.Flush()
	s.printItems(w)
}

// printItems prints what a person must decide, with the command that does.
func (s *session) printItems(w wire.Sale) {
	for _, a := range w.Attention {
		fmt.Fprintf(s.out, "! %s\n  %s\n", a.Message, resolving(w, a))
	}
}

// resolving is the command that answers an item, with the answers it takes.
func resolving(w wire.Sale, a wire.Attention) string {
	var answers []string
	for _, answer := range a.Answers {
		answers = append(answers, string(answer))
	}
	command := fmt.Sprintf("galla resolve %s %s --item %s", w.Name, strings.Join(answers, "|"), a.ID)
	if slices.Contains(a.Answers, state.ActionTheySent) {
		command += " --amount RUPEES"
	}
	return command
}

// goods says of a refund that it is for goods that came back.
func goods(back bool) string {
	if back {
		return "goods came back"
	}
	return ""
}

// printStep prints one change of a sale that is waited for.
func (s *session) printStep(w wire.Sale) {
	line := fmt.Sprintf("%s  %-8s  %s", w.UpdatedAt.In(day.IST).Format("15:04:05"), w.Phase, w.Message)
	if w.RRN != "" {
		line += "  RRN " + w.RRN
	}
	fmt.Fprintln(s.out, line)
}
