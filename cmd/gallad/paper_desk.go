package main

import (
	"context"
	"time"

	"galla/internal/counter/wire"
	"galla/printer"
)

// ist is India Standard Time, which has had no daylight saving since 1945.
var ist = time.FixedZone("IST", 5*3600+1800)

// State is the printer for the counter's API.
func (p *paper) State() wire.Printer {
	s := p.p.State()
	return wire.Printer{Condition: string(s.Condition), NearEnd: s.NearEnd, Detail: s.Detail, Since: s.Since, Profile: p.profile.Name, Port: p.port,
		Device: s.Device, Model: s.Model, Answers: s.Answers}
}

// SelfTest prints what could be found out about the printer.
func (p *paper) SelfTest(ctx context.Context, key string) wire.Printed {
	return ended(p.print(ctx, key, printer.SelfTest{Shop: p.shop, Terminal: p.terminal, Port: p.port, Found: p.p.State().Found(), At: time.Now().In(ist)}))
}

// Report prints an X or Z report.
func (p *paper) Report(ctx context.Context, key string, r wire.Report, from time.Time, copies int) wire.Printed {
	return ended(p.print(ctx, key, p.dayReport(r, from, copies)))
}

func ended(s printer.Status, detail string) wire.Printed {
	return wire.Printed{Status: string(s), Detail: detail}
}

// labels are the report's lines that only the counter knows.
type labels struct{ sales, opened, paid, otherTender, late, owed, gateways, cashiers, cancelled, expired, failed string }

func labelsOf(language string) labels {
	if language == "hi" {
		return labels{sales: "बिक्री", opened: "शुरू हुई", paid: "UPI से पूरी", otherTender: "दूसरे तरीके से", late: "देर से आया", owed: "वापसी बाकी",
			gateways: "गेटवे के अनुसार", cashiers: "कैशियर के अनुसार", cancelled: "रद्द", expired: "समय समाप्त", failed: "विफल"}
	}
	return labels{sales: "Sales", opened: "Opened", paid: "Ended paid", otherTender: "Paid in another way", late: "Came late", owed: "Refunds not done",
		gateways: "By gateway", cashiers: "By cashier", cancelled: "Cancelled", expired: "Ran out of time", failed: "Failed"}
}

// dayReport lays the counter's figures out as a slip. Its "paid" is the money that came by UPI, late and double money
// too, so that what stands above the line adds up to the net.
func (p *paper) dayReport(r wire.Report, from time.Time, copies int) printer.DayReport {
	l := labelsOf(p.shop.Language)
	line := func(label string, x wire.Line) printer.ReportLine {
		return printer.ReportLine{Label: label, Count: x.Count, Amount: x.Paise}
	}
	d := printer.DayReport{Shop: p.shop, Terminal: p.terminal, Number: r.Number, From: from.In(ist), To: r.At.In(ist), At: time.Now().In(ist), Cashier: r.By,
		Paid: line("", r.UPI), Refunded: line("", r.Refunds), Net: r.NetPaise, Pending: line("", r.Pending), Attention: line("", r.Attention),
		Unpaid: []printer.ReportLine{line(l.cancelled, r.Cancelled), line(l.expired, r.Expired), line(l.failed, r.Failed)}, Copy: copies, Demo: r.Demo || p.demo}
	d.Sections = append(d.Sections, printer.ReportSection{Title: l.sales, Lines: []printer.ReportLine{line(l.opened, r.Sales), line(l.paid, r.Paid),
		line(l.otherTender, r.OtherTender), line(l.late, r.Late), line(l.owed, r.PendingRefunds)}})
	for _, s := range []struct {
		title  string
		shares []wire.Share
	}{{l.gateways, r.Gateways}, {l.cashiers, r.Cashiers}} {
		sec := printer.ReportSection{Title: s.title}
		for _, x := range s.shares {
			sec.Lines = append(sec.Lines, line(x.Name, x.Paid))
		}
		if len(sec.Lines) > 0 {
			d.Sections = append(d.Sections, sec)
		}
	}
	return d
}
