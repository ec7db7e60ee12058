package textview

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state"
)

// Sale prints how a sale stands, and what a person must decide about it.
func Sale(out io.Writer, w wire.Sale) {
	title := fmt.Sprintf("sale %s  %s  %s", w.Name, w.AmountPaise, w.Phase)
	if w.CloseReason != "" {
		title += " (" + string(w.CloseReason) + ")"
	}
	if w.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintln(out, title)
	fmt.Fprintln(out, w.Message)
	t := Columns(out)
	Row(t, "id", w.ID)
	Row(t, "reference", w.Reference)
	Row(t, "note", w.Note)
	Row(t, "opened", ClockIST(w.CreatedAt)+By(w.By))
	Row(t, "gateway", w.Gateway)
	if d := w.Debit; d != nil {
		Row(t, "mandate", d.Mandate+"  "+d.Payer+"  "+d.PayerVPA)
		Row(t, "debit", d.Reference+"  for "+d.Day)
		Row(t, "approved by", d.Approver)
	}

	if w.QR != nil {
		Row(t, "qr", w.QR.Payload)
		Row(t, "valid until", ClockIST(w.QR.ValidUntil))
	}
	for _, p := range w.Payments {
		Row(t, "payment", strings.Join(filled(p.AmountPaise.String(), string(p.Status), late(p.Late),
			"RRN "+p.RRN, p.VPA, p.ID), "  "))
	}
	for _, r := range w.Refunds {
		Row(t, "refund", strings.Join(filled(r.AmountPaise.String(), string(r.Status), "RRN "+r.RRN, goods(r.Goods),
			r.Reason, r.Problem), "  ")+By(r.By))
	}
	for _, p := range w.Prints {
		status := string(p.Status)
		if status == "" {
			status = "waiting"
		}
		Row(t, "print", strings.Join(filled(p.Copy, status, p.Detail), "  "))
	}

	t.Flush()
	Items(out, w)
}

// Items prints what a person must decide, with the command that does.
func Items(out io.Writer, w wire.Sale) {
	for _, a := range w.Attention {
		fmt.Fprintf(out, "! %s\n  %s\n", a.Message, resolving(w, a))
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

// Step prints one change of a sale that is waited for.
func Step(out io.Writer, w wire.Sale) {
	line := fmt.Sprintf("%s  %-8s  %s", w.UpdatedAt.In(day.IST).Format("15:04:05"), w.Phase, w.Message)
	if w.RRN != "" {
		line += "  RRN " + w.RRN
	}
	fmt.Fprintln(out, line)
}

func late(l bool) string {
	if l {
		return "LATE"
	}
	return ""
}

// filled keeps the parts that say something.
func filled(parts ...string) []string {
	var out []string
	for _, p := range parts {
		if p != "" && p != "RRN " {
			out = append(out, p)
		}
	}
	return out
}
