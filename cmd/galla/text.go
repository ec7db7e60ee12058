package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"galla/internal/counter/wire"
)

// printJSON prints one value on one line.
func (s *session) printJSON(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printSale prints how a sale stands.
func (s *session) printSale(w wire.Sale) {
	title := fmt.Sprintf("sale %d  %s  %s", w.Number, w.AmountPaise, w.Phase)
	if w.CloseReason != "" {
		title += " (" + string(w.CloseReason) + ")"
	}
	if w.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintln(s.out, title)
	fmt.Fprintln(s.out, w.Message)
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "  %s\t%s\n", name, value)
		}
	}
	row("id", w.ID)
	row("reference", w.Reference)
	row("note", w.Note)
	row("opened", clock(w.CreatedAt)+by(w.By))
	row("gateway", w.Gateway)
	if w.QR != nil {
		row("qr", w.QR.Payload)
		row("valid until", clock(w.QR.ValidUntil))
	}
	for _, p := range w.Payments {
		row("payment", strings.Join(filled(p.AmountPaise.String(), string(p.Status), late(p.Late), "RRN "+p.RRN, p.VPA, p.ID), "  "))
	}
	for _, r := range w.Refunds {
		row("refund", strings.Join(filled(r.AmountPaise.String(), string(r.Status), "RRN "+r.RRN, r.Reason, r.Problem), "  ")+by(r.By))
	}
	for _, p := range w.Prints {
		status := string(p.Status)
		if status == "" {
			status = "waiting"
		}
		row("print", strings.Join(filled(p.Copy, status, p.Detail), "  "))
	}
	t.Flush()
	for _, a := range w.Attention {
		fmt.Fprintf(s.out, "! %s\n  galla resolve %d accept|refund|other_tender --item %s\n", a.Message, w.Number, a.ID)
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

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(time.Local).Format("2006-01-02 15:04:05")
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return "  by " + name
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
