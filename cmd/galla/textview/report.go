package textview

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"galla/internal/counter/wire"
)

// BeforeClosing is what a person should know who closes a day; day is what was asked for, "" the usual one.
func BeforeClosing(x wire.Report, day string) []string {
	var lines, days []string
	for _, d := range x.OpenDays {
		if day == "" || d.Day <= day {
			days = append(days, fmt.Sprintf("%s (net %s)", d.Day, d.NetPaise))
		}
	}
	if x.Summing != nil {
		lines = append(
			lines,
			fmt.Sprintf(
				"Days before today that are open are closed too; they are still being added up, %d%% so far, and "+
					"the Z waits for that.",
				x.Summing.Percent(),
			),
		)
	}

	switch {
	case x.ClosedBy > 0 && day == "":
		lines = append(lines, fmt.Sprintf("%s is closed already, by Z report %d.", x.Day, x.ClosedBy))
	case day == "" && (len(days) == 0 || x.Sales.Count > 0) || day == x.Day:
		days = append(days, fmt.Sprintf("%s, today (net %s so far)", x.Day, x.NetPaise))
	}

	if len(days) > 0 {
		lines = append(lines, "To be closed, each by a Z report of its own: "+strings.Join(days, ", ")+".")
	}
	if x.Pending.Count > 0 {
		lines = append(
			lines,
			fmt.Sprintf(
				"Under way: %s over %s; what comes of it stands in the next Z report:",
				Count(x.Pending.Count, "sale"),
				x.Pending.Paise,
			),
		)
		for _, o := range x.Open {
			lines = append(lines, fmt.Sprintf("  sale %s  %s  %s", o.Name, o.Amount, o.Phase))
		}
		lines = append(lines, more(x.Pending.Count-len(x.Open))...)
	}

	if x.Attention.Count > 0 {
		lines = append(
			lines,
			fmt.Sprintf("To be decided: %s over %s:", Count(x.Attention.Count, "thing"), x.Attention.Paise),
		)
		for _, i := range x.Items {
			lines = append(lines, fmt.Sprintf("  sale %s  %s  %s", i.Name, i.Amount, i.Kind))
		}
		lines = append(lines, more(x.Attention.Count-len(x.Items))...)
	}

	return lines
}

func more(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("  and %d more: galla list", n)}
}

// inDay is another day's figures in a line.
func inDay(d wire.OtherDay) string {
	text := fmt.Sprintf("%s, %d paid %s, %s %s",
		Count(d.Sales.Count, "sale"), d.Paid.Count, d.Paid.Paise, Count(d.UPI.Count, "payment"), d.UPI.Paise)
	refunds := "refunds"
	if d.Refunds.Count == 1 {
		refunds = "refund"
	}
	for _, x := range []struct {
		what string
		wire.Line
	}{{"late", d.Late}, {"by credit", d.Credit}, {refunds, d.Refunds}, {"sent back by others", d.Reversals},
		{"came again", d.Returned}} {
		if x.Count > 0 {
			text += fmt.Sprintf(", %d %s %s", x.Count, x.what, x.Paise)
		}
	}
	return text + fmt.Sprintf(", net %s", d.NetPaise)
}

// Report shows a report as a slip would.
func Report(w io.Writer, r wire.Report) {
	title := "X report"
	if r.Kind == "Z" {
		title = fmt.Sprintf("Z report %d", r.Number)
	}
	if r.Demo {
		title += "  DEMO, not real money"
	}
	fmt.Fprintf(w, "%s  business day %s\nmade %s by %s, events %d to %d\n",
		title, r.Day, ClockIST(r.At), r.By, r.After+1, r.Seq)
	if r.ClosedBy > 0 {
		fmt.Fprintf(w, "closed already by Z report %d: what came since stands in the next one, under this day\n",
			r.ClosedBy)
	}
	for _, n := range r.With {
		fmt.Fprintf(w, "the same act closed a day before: galla report z %d\n", n)
	}

	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, l wire.Line) { fmt.Fprintf(t, "%s\t%d\t%s\t\n", name, l.Count, l.Paise) }
	line("sales opened", r.Sales)
	line("paid", r.Paid)
	line("other tender", r.OtherTender)
	line("cancelled", r.Cancelled)
	line("expired", r.Expired)
	line("failed", r.Failed)
	fmt.Fprintln(t, "\t\t\t")
	line("came by UPI", r.UPI)
	line("of it late", r.Late)
	line("of it settled no sale", r.Unmatched)
	if r.Credit.Count > 0 {
		line("of it by credit", r.Credit)
		fmt.Fprintf(t, "fee for credit\t\t%s\t\n", r.CreditFee)
	}

	line("refunded", r.Refunds)
	if r.Reversals.Count > 0 {
		line("sent back by others", r.Reversals)
	}
	if r.Returned.Count > 0 {
		line("of it came again", r.Returned)
	}
	if r.Accepted.Count > 0 {
		line("kept beside a price", r.Accepted)
	}
	fmt.Fprintf(t, "net UPI\t\t%s\t\n\t\t\t\n", r.NetPaise)
	line("not ended yet", r.Pending)
	line("refunds not done", r.PendingRefunds)
	line("needs a decision", r.Attention)
	t.Flush()
	for _, d := range r.OtherDays {
		fmt.Fprintf(w, "  of %s, after it was closed: %s\n", d.Day, inDay(d))
	}

	for _, d := range r.OpenDays {
		fmt.Fprintf(w, "  %s is not closed yet: %s\n", d.Day, inDay(d))
	}
	if r.Summing != nil {
		fmt.Fprintf(w, "  the days before are still being added up, %d%% so far: they follow\n", r.Summing.Percent())
	}
	for _, x := range r.Cashiers {
		back := Count(x.Refunds.Count, "refund") + " " + x.Refunds.Paise.String()
		if x.Back != (wire.Line{}) { // a standing QR refunds nothing: a person does
			back = fmt.Sprintf("%s of it went back, net %s", x.Back.Paise, x.Paid.Paise-x.Back.Paise)
		}
		fmt.Fprintf(w, "  %s: %s, %d paid %s, %s\n", x.Name, Count(x.Sales.Count, "sale"),
			x.Paid.Count, x.Paid.Paise, back)
	}

	for _, x := range r.Gateways {
		fmt.Fprintf(
			w,
			"  %s: %s, %s %s, %s %s\n",
			x.Name,
			Count(x.Sales.Count, "order"),
			Count(x.Paid.Count, "payment"),
			x.Paid.Paise,
			Count(x.Refunds.Count, "refund"),
			x.Refunds.Paise,
		)
	}

	if p := r.TimeToPaid; p != nil {
		fmt.Fprintf(w, "  time to paid: half within %.1f s, nine of ten within %.1f s\n",
			float64(p.P50)/1000, float64(p.P90)/1000)
	}
	if r.Anchor != "" {
		fmt.Fprintf(w, "  place in the chain of events: %s\n", r.Anchor)
	}
}
