package textview

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"galla/internal/counter/wire"
)

// MandateHead is the head of a list of mandates.
const MandateHead = "ID\tNAME\tPAYER\tAMOUNT\tSTATE\tNEXT\tLAST DEBIT"

// MandateLine is a mandate in that list.
func MandateLine(k wire.KnownMandate) string {
	m, next, last := k.Mandate, "", ""
	if n := k.Next; n != nil {
		step := strings.ReplaceAll(n.Step, "_", " ")
		if n.MessageCode == "mandate_amount_due" {
			step = "amount needed"
		}
		next = strings.TrimSpace(step + " " + n.Day)
	}
	if len(k.Debits) > 0 {
		last = fmt.Sprintf("%s  %s  %s", k.Debits[0].Name, k.Debits[0].AmountPaise, k.Debits[0].Phase)
		if why := k.Debits[0].CloseReason; why != "" {
			last += " (" + string(why) + ")"
		}
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s %s\t%s\t%s\t%s", m.ID, m.Name, m.PayerName, m.AmountPaise,
		m.Rule, k.State, next, last)
}

// Trouble prints what a person should do about mandates: periods that went by without a debit, amounts that nobody
// said, and what was asked of which nobody knows the end.
func Trouble(w io.Writer, all wire.Mandates) {
	say := func(of, what, next string) {
		fmt.Fprintf(w, "\n%s: %s\n", of, what)
		if next != "" {
			fmt.Fprintln(w, "  next:", next)
		}
	}
	for _, k := range all.Mandates {
		id := k.Mandate.ID
		of := strings.TrimSpace(id + " " + k.Mandate.Name)
		if k.Next != nil && k.Next.MessageCode == "mandate_amount_due" {
			text, _ := wire.Say(k.Next.MessageCode, k.Next.MessageValues)
			say(of, text, fmt.Sprintf("galla mandate plan %s --amount RUPEES, or galla mandate "+
				"notify %[1]s --amount RUPEES", id))
		}
		if k.Lost != nil {
			text, next := wire.Say(k.Lost.MessageCode, k.Lost.MessageValues)
			say(of, text, next)
		}
	}
	for _, o := range all.Unsure {
		next := fmt.Sprintf("galla operation settle %s done, or: galla operation settle %[1]s refused", o.ID)
		say(strings.TrimSpace(o.ID+" "+o.Kind+" "+o.Target), o.Message, next)
	}
}

// MandateRows are what is known of a mandate, a line each.
func MandateRows(t *tabwriter.Writer, m wire.Mandate) {
	Row(t, "mandate id", m.ID)
	Row(t, "umn", m.UMN)
	Row(t, "its reference", m.Reference)
	Row(t, "name", m.Name)
	if m.AmountPaise > 0 {
		Row(t, "amount", m.AmountPaise.String()+"  "+m.Rule)
	}
	if m.Period != "" {
		Row(t, "how often", strings.TrimSpace(fmt.Sprintf("%s  %s day %d", m.Period, m.DebitRule, m.DebitValue)))
	}
	Row(t, "payer", m.PayerName)
	Row(t, "payer's address", m.PayerVPA)
	Row(t, "status", m.Status)
	Row(t, "network's code", m.Code)
	Row(t, "approve by", ClockIST(m.Expiry))
	Row(t, "from", ClockIST(m.Start))
	Row(t, "until", ClockIST(m.End))
	Row(t, "description", m.Description)
}

// QRRows are what is known of a counter QR, a line each.
func QRRows(t *tabwriter.Writer, q wire.CounterQR) {
	Row(t, "qr id", q.ID)
	Row(t, "name", q.Name)
	if q.AmountPaise > 0 {
		Row(t, "amount", q.AmountPaise.String())
	} else {
		Row(t, "amount", "the customer types it")
	}
	if q.MultipleUse {
		Row(t, "takes", "many payments")
	}
	Row(t, "status", q.Status)
	Row(t, "description", q.Description)
	Row(t, "expiry", q.Expiry)
	Row(t, "made", ClockIST(q.CreatedAt))
	Row(t, "code", q.Payload)
	Row(t, "do not print it", q.Problem)
}
