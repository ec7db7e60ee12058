package main

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/printer"
)

// labels are the report's lines that only the counter knows.
type labels struct {
	sales, opened, paid, otherTender, late, owed, gateways, cashiers, cancelled, expired, failed string
	// refunded has one %s: who
	unmatched, refunded, half, most, hours, seconds      string
	here, there, unasked, elsewhere, backHere, backThere string
	earlier, accepted, back, net, byOthers, credit, fee  string // earlier has one %s: the day
}

func labelsOf(language string) labels {
	if language == "hi" {
		return labels{
			sales:       "बिक्री",
			opened:      "शुरू हुई",
			paid:        "UPI से पूरी",
			otherTender: "दूसरे तरीके से",
			late:        "देर से आया",
			unmatched:   "किसी बिक्री का नहीं",
			owed:        "वापसी बाकी",
			gateways:    "गेटवे के अनुसार",
			cashiers:    "कैशियर के अनुसार",
			cancelled:   "रद्द",
			expired:     "समय समाप्त",
			failed:      "विफल",
			refunded:    "%s: वापसी",
			half:        "आधे भुगतान इतने में",
			most:        "10 में से 9 इतने में",
			hours:       "घंटे के अनुसार UPI",
			seconds:     "सेकंड",
			here:        "यहाँ",
			there:       "गेटवे",
			unasked:     "नहीं पूछा गया",
			elsewhere:   "दूसरे काउंटर या उत्पाद",
			backHere:    "वापसी, यहाँ",
			backThere:   "वापसी, गेटवे",
			earlier:     "%s का, तब के बाद आया",
			accepted:    "ज़्यादा आया, रखा गया",
			back:        "वापस गया",
			byOthers:    "दूसरों ने लौटाया, यहाँ ज्ञात",
			net:         "कुल शेष",
			credit:      "क्रेडिट से",
			fee:         "क्रेडिट का शुल्क",
		}
	}

	return labels{
		sales:       "Sales",
		opened:      "Opened",
		paid:        "Ended paid",
		otherTender: "Paid in another way",
		late:        "Came late",
		unmatched:   "Settled no sale",
		owed:        "Refunds not done",
		gateways:    "By gateway",
		cashiers:    "By cashier",
		cancelled:   "Cancelled",
		expired:     "Ran out of time",
		failed:      "Failed",
		refunded:    "%s, refunded",
		half:        "Half paid within",
		most:        "9 of 10 within",
		hours:       "UPI by hour",
		seconds:     "s",
		here:        "Here",
		there:       "Gateway",
		unasked:     "Not asked",
		elsewhere:   "Other counter or product",
		backHere:    "Refunds, here",
		backThere:   "Refunds, gateway",
		earlier:     "Of %s, after it was closed",
		accepted:    "Kept beside a price",
		back:        "Went back",
		byOthers:    "Sent back by others, known",
		net:         "Net",
		credit:      "By credit",
		fee:         "Fee for credit",
	}
}

func line(label string, x wire.Line) printer.ReportLine {
	return printer.ReportLine{Label: label, Count: x.Count, Amount: x.Paise}
}

// dayReport lays the counter's figures out as a slip. Its "paid" is the money that came by UPI, late and double money
// too, so that what stands above the line adds up to the net.
func (p *paper) dayReport(s counter.ReportSlip) printer.DayReport {
	l, r := labelsOf(p.shop.Language), s.Report
	d := printer.DayReport{
		Shop:      p.shop,
		Terminal:  p.terminal,
		Number:    r.Number,
		From:      s.From.In(day.IST),
		To:        s.To.In(day.IST),
		At:        time.Now().In(day.IST),
		Cashier:   person(r.By),
		Paid:      line("", r.UPI),
		Refunded:  line("", r.Refunds),
		Net:       r.NetPaise,
		Pending:   line("", r.Pending),
		Attention: line("", r.Attention),
		Unpaid: []printer.ReportLine{
			line(l.cancelled, r.Cancelled),
			line(l.expired, r.Expired),
			line(l.failed, r.Failed),
		},
		Copy:     s.Copies,
		Demo:     r.Demo || p.demo,
		Reversed: line("", r.Reversals),
		Returned: line("", r.Returned),
		Anchor:   r.Anchor,
		Chart:    chart(l, s),
	}

	if r.Day != day.Business(s.From, 0) || r.Left != nil || len(r.OtherDays) > 0 {
		d.Day = longDay(r.Day) // where the times do not say it
	}
	d.Sections = append(
		d.Sections,
		printer.ReportSection{Title: l.sales, Lines: []printer.ReportLine{
			line(l.opened, r.Sales),
			line(l.paid, r.Paid),
			line(l.otherTender, r.OtherTender),
			line(l.late, r.Late),
			line(l.unmatched, r.Unmatched),
			line(l.owed, r.PendingRefunds),
		}},
	)

	if r.Credit.Count > 0 {
		d.Sections[0].Lines = append(
			d.Sections[0].Lines,
			line(l.credit, r.Credit),
			printer.ReportLine{Label: l.fee, Count: r.Credit.Count, Amount: r.CreditFee},
		)
	}

	if r.Accepted.Count > 0 {
		d.Sections[0].Lines = append(d.Sections[0].Lines, line(l.accepted, r.Accepted))
	}
	for _, o := range r.OtherDays {
		back := wire.Line{Count: o.Refunds.Count + o.Reversals.Count, Paise: o.Refunds.Paise + o.Reversals.Paise}
		sec := printer.ReportSection{Title: fmt.Sprintf(l.earlier, longDay(o.Day))}
		for _, x := range []printer.ReportLine{line(l.paid, o.Paid), line("UPI", plus(o.UPI, o.Returned)),
			line(l.late, o.Late), line(l.credit, o.Credit), line(l.back, back)} {
			if x.Count > 0 {
				sec.Lines = append(sec.Lines, x)
			}
		}
		sec.Lines = append(
			sec.Lines,
			printer.ReportLine{Label: l.net, Count: o.UPI.Count + o.Returned.Count + back.Count, Amount: o.NetPaise},
		)
		d.Sections = append(d.Sections, sec)
	}

	for _, x := range []struct {
		title  string
		shares []wire.Share
	}{{l.gateways, r.Gateways}, {l.cashiers, r.Cashiers}} {
		sec := printer.ReportSection{Title: x.title}
		for _, y := range x.shares {
			name := cmp.Or(person(y.Name), y.Name)
			sec.Lines = append(sec.Lines, line(name, y.Paid))
			if y.Refunds.Count > 0 {
				sec.Lines = append(sec.Lines, line(fmt.Sprintf(l.refunded, name), y.Refunds))
			}
			if back := y.Back; back != (wire.Line{}) { // of a standing QR
				net := wire.Line{Count: y.Paid.Count, Paise: y.Paid.Paise - back.Paise}
				sec.Lines = append(sec.Lines, line(name+": "+l.net, net))
			}
		}
		if len(sec.Lines) > 0 {
			d.Sections = append(d.Sections, sec)
		}
	}

	if t := r.TimeToPaid; t != nil {
		for _, f := range []struct {
			label string
			ms    int64
		}{{l.half, t.P50}, {l.most, t.P90}} {
			d.Facts = append(d.Facts, printer.ReportFact{
				Label: f.label,
				Value: strconv.FormatFloat(float64(f.ms)/1000, 'f', 1, 64) + " " + l.seconds,
			})
		}
	}

	return d
}

// chart is the report's money by the hour, beside the reports of the day before and of a week ago. Half a day is shown
// at least, so that one hour is no wall.
func chart(l labels, s counter.ReportSlip) *printer.Chart {
	if len(s.Hours) == 0 {
		return nil
	}
	c := &printer.Chart{Title: l.hours, This: dayOf(s.Report)}
	var hours [3]map[int]money.Paise
	from, to := 24, -1
	for i, r := range []*wire.Report{&s.Report, s.Yesterday, s.LastWeek} {
		hours[i] = map[int]money.Paise{}
		if r == nil {
			continue
		}
		if i > 0 {
			*[]*string{&c.Before, &c.Week}[i-1] = dayOf(*r)
		}
		for _, h := range r.Hours {
			hours[i][h.Hour] = h.Paise
			from, to = min(from, h.Hour), max(to, h.Hour)
		}
	}
	to = max(to, min(23, from+11))
	for h := max(0, min(from, to-11)); h <= to; h++ {
		c.Bars = append(
			c.Bars,
			printer.Bar{Label: strconv.Itoa(h), This: hours[0][h], Before: hours[1][h], Week: hours[2][h]},
		)
	}
	if len(c.Bars) > 14 { // a label each would run into the next
		for i := range c.Bars {
			if i%2 > 0 {
				c.Bars[i].Label = ""
			}
		}
	}
	return c
}

func plus(a, b wire.Line) wire.Line {
	return wire.Line{Count: a.Count + b.Count, Paise: a.Paise + b.Paise}
}

func longDay(business string) string {
	if t, err := time.Parse(time.DateOnly, business); err == nil {
		return t.Format("2 Jan 2006")
	}
	return business
}

func dayOf(r wire.Report) string {
	if t, err := time.Parse(time.DateOnly, r.Day); err == nil {
		return t.Format("2 Jan")
	}
	return r.Day
}

// reconciliation lays a comparison with the gateways out as a slip.
func (p *paper) reconciliation(r wire.Reconciliation) printer.Reconciliation {
	l := labelsOf(p.shop.Language)
	d := printer.Reconciliation{
		Shop:     p.shop,
		Terminal: p.terminal,
		Day:      r.Day,
		From:     r.From.In(day.IST),
		To:       r.To.In(day.IST),
		At:       r.At.In(day.IST),
		Cashier:  person(r.By),
		Agrees:   r.Agrees,
		Demo:     p.demo,
	}

	for _, g := range r.Gateways {
		out := printer.ReconciledGateway{
			Name:    g.Name,
			Note:    g.Note,
			Problem: g.Problem,
			Lines:   []printer.ReportLine{line(l.here, g.Ours), line(l.there, g.Theirs)},
		}
		for _, x := range []struct {
			label string
			wire.Line
		}{{l.unasked, g.Unasked}, {l.elsewhere, g.Elsewhere}} {
			if x.Count > 0 {
				out.Lines = append(out.Lines, line(x.label, x.Line))
			}
		}
		if g.OurRefunds.Count+g.TheirRefunds.Count > 0 {
			out.Lines = append(out.Lines, line(l.backHere, g.OurRefunds), line(l.backThere, g.TheirRefunds))
		}
		if g.Reversed.Count > 0 {
			out.Lines = append(out.Lines, line(l.byOthers, g.Reversed))
		}
		for _, x := range g.Differences {
			out.Differences = append(out.Differences, printer.ReconciledDifference{
				RRN:     x.RRN,
				ID:      cmp.Or(x.RefundID, x.PaymentID),
				Ours:    x.OursPaise,
				Theirs:  x.TheirsPaise,
				Message: x.Message,
			})
		}
		d.Gateways = append(d.Gateways, out)
	}

	return d
}
