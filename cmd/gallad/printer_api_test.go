package main

import (
	"strings"
	"testing"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/printer"
	"galla/printer/printertest"
)

// TestDayReportOnPaper: a full day adds up on the slip of every profile, in both languages.
func TestDayReportOnPaper(t *testing.T) {
	l := func(n int, paise int64) wire.Line { return wire.Line{Count: n, Paise: money.Paise(paise)} }
	at := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC)
	day := wire.Report{
		Kind:           "Z",
		Number:         12,
		Day:            "2026-11-22",
		At:             at,
		By:             "asha",
		Seq:            90,
		Sales:          l(6, 4829900),
		Paid:           l(3, 3700000),
		UPI:            l(5, 5100000),
		Late:           l(1, 1000000),
		Refunds:        l(1, 100000),
		NetPaise:       money.Paise(5000000),
		OtherTender:    l(1, 30000),
		Cancelled:      l(1, 1000000),
		PendingRefunds: l(1, 5000),
		Unmatched:      l(2, 1500000),
		TimeToPaid:     &wire.TimeSpan{P50: 14200, P90: 41000},
		Anchor:         "90:9f2c",
		Pending:        l(1, 99900),
		Attention:      l(2, 1500000),
		Cashiers: []wire.Share{
			{Name: "asha", Paid: l(3, 3700000)},
		},
		Gateways: []wire.Share{{Name: "enkash", Paid: l(5, 5100000), Refunds: l(1, 100000)}},
	}
	for _, language := range []string{"en", "hi"} {
		for _, profile := range printer.Profiles() {
			p := &paper{profile: profile, shop: printer.Shop{Name: "Asha", Language: language}, terminal: "T1"}
			job, err := printer.Render(
				p.dayReport(counter.ReportSlip{Report: day, From: at.Add(-9 * time.Hour), To: at, Copies: 1}),
				profile,
			)
			if err != nil {
				t.Errorf("%s in %s: %v", profile.Name, language, err)
				continue
			}
			d := printertest.NewDecoder(printertest.Strict(profile.Dots))
			d.Write(job.Bytes())
			text := d.Text()
			if len(d.Unknown) > 0 || !strings.Contains(text, "DUPLICATE") || !strings.Contains(text, "enkash (5)") {
				t.Errorf("%s in %s: unknown %q\n%s", profile.Name, language, d.Unknown, text)
			}
			if language == "en" {
				for _, want := range []string{"Z REPORT 12", "22 Nov 2026 13:00 IST", "Paid (5)", "51,000.00", "NET",
					"50,000.00", "1,000.00", "Came late (1)", "Paid in another way (1)", "enkash (5)", "asha (3)",
					"Needs a decision (2)", "Refunds not done (1)", "Settled no sale (2)",
					"Still open, carried over (1)", "Cancelled (1)", "Half paid within", "14.2 s", "Chain 90:9f2c"} {
					if !strings.Contains(text, want) {
						t.Errorf("%s lacks %q:\n%s", profile.Name, want, text)
					}
				}
			}
		}
	}
}

// TestPaper_6 is paper.md 6: a slip names people by their names, and nobody whom a customer can't know.
func TestPaper_6(t *testing.T) {
	for by, want := range map[string]string{"cashier:asha": "asha", "owner:Ravi K": "Ravi K", "uid:0": "root",
		"uid:4294967294": "", "device:dABCDEFGH": "", "cashier:loopback": "", "keypad": "keypad",
		"service:billing": "billing", "": ""} {
		if got := person(by); got != want {
			t.Errorf("%q is printed as %q, want %q", by, got, want)
		}
	}
}
