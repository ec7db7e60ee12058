package main

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/printer"
	"galla/printer/printertest"
)

var update = flag.Bool("update", false, "write the golden pictures under testdata anew")

func lines(n int, paise int64) wire.Line { return wire.Line{Count: n, Paise: money.Paise(paise)} }

// aDay is a Z report with everything in it, and the two days it is drawn beside.
func aDay() counter.ReportSlip {
	at := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC)
	hours := func(f int64) (out []wire.HourLine) {
		for h := int64(9); h < 22; h++ {
			if h != 15 {
				out = append(out, wire.HourLine{Hour: int(h), Line: lines(int(h), (h-8)*(23-h)*f)})
			}
		}
		return out
	}
	z := wire.Report{
		Kind:           "Z",
		Number:         12,
		Day:            "2026-11-22",
		At:             at,
		By:             "manager:Meena",
		After:          400,
		Seq:            1183,
		Sales:          lines(131, 48_29_900),
		Paid:           lines(118, 37_00_000),
		UPI:            lines(120, 38_00_000),
		Late:           lines(1, 50_000),
		Unmatched:      lines(2, 75_000),
		Credit:         lines(9, 4_50_000),
		CreditFee:      9_000,
		Refunds:        lines(2, 1_00_000),
		NetPaise:       37_00_000,
		OtherTender:    lines(4, 30_000),
		Cancelled:      lines(5, 3_00_000),
		Expired:        lines(2, 90_000),
		Failed:         lines(1, 5_000),
		Pending:        lines(1, 99_900),
		PendingRefunds: lines(1, 12_000),
		Attention:      lines(2, 15_000),
		Cashiers: []wire.Share{
			{Name: "cashier:Asha", Sales: lines(80, 30_00_000), Paid: lines(71, 24_00_000)},
			{Name: "cashier:Ravi", Sales: lines(51, 18_29_900), Paid: lines(47, 13_00_000)},
			{Name: "manager:Meena", Refunds: lines(2, 1_00_000)},
		},
		Gateways: []wire.Share{
			{Name: "enkash", Paid: lines(40, 12_00_000)},
			{Name: "razorpay", Paid: lines(80, 26_00_000), Refunds: lines(2, 1_00_000)},
		},
		Hours:      hours(1100),
		TimeToPaid: &wire.TimeSpan{P50: 14_200, P90: 41_000},
		Previous:   "5b8a",
		Anchor:     "1183:9f2c5a7be1d0447b8c1d3c6a2f94e07b5d8a1e6c3f20b7494d5e8a6c1b2f3d40",
	}
	yesterday, week := z, z
	yesterday.Day, yesterday.Hours = "2026-11-21", hours(900)
	week.Day, week.Hours = "2026-11-15", hours(1300)
	return counter.ReportSlip{Report: z, From: at.Add(-13 * time.Hour), To: at, Yesterday: &yesterday, LastWeek: &week}
}

// TestReportPictures: the X and Z reports and a comparison with the gateways, as gallad fills them, look as they did.
func TestReportPictures(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 31, 0, 0, time.UTC)
	x := aDay()
	x.Kind, x.Number, x.Anchor, x.Previous, x.By = "X", 0, "", "", "cashier:Asha"
	x.Yesterday = nil // there was none
	copied := aDay()
	copied.Copies = 1
	for _, language := range []string{"en", "hi"} {
		for _, name := range []string{"generic58", "epson80"} {
			profile, err := printer.ProfileByName(name)
			if err != nil {
				t.Fatal(err)
			}
			p := &paper{
				profile: profile,
				shop: printer.Shop{
					Name:     "Asha General Stores",
					Address:  []string{"12 Gandhi Road, Pune 411001"},
					Language: language,
				},
				terminal: "T1",
			}
			rec := wire.Reconciliation{
				Day:  "2026-11-22",
				From: at.Add(-22 * time.Hour),
				To:   at,
				At:   at,
				By:   "manager:Meena",
				Gateways: []wire.Reconciled{
					{
						Name:      "razorpay",
						How:       "list",
						Ours:      lines(80, 26_00_000),
						Theirs:    lines(80, 25_75_000),
						Elsewhere: lines(3, 7_700),
						Siblings:  lines(1, 5_000),
						Note: "Another box with this name? 1 payment over ₹50.00 carry another box's id: they are " +
							"its sales, or this box's from " +
							"before its sales file was replaced. Give each box a name of its own (sudo galla setup).",
						OurRefunds:   lines(2, 1_00_000),
						TheirRefunds: lines(2, 1_00_000),
						Differences: []wire.Difference{
							{
								Kind:      "payment_missing",
								RRN:       "632612345678",
								PaymentID: "pay_QXy7Zk2LmN0pQr",
								Number:    17,
								OursPaise: 25_000,
								Message: "Sale 17 has ₹250.00, and the gateway does not show the money now: ask " +
									"the gateway's support for this payment.",
							},
						},
					},
					{
						Name:    "enkash",
						How:     "orders",
						Asked:   38,
						Left:    2,
						Problem: "the gateway did not answer: try again later",
						Ours:    lines(40, 12_00_000),
						Theirs:  lines(38, 11_40_000),
						Unasked: lines(2, 60_000),
					},
				},
			}
			agrees := rec
			agrees.Agrees, agrees.Gateways = true, []wire.Reconciled{
				{Name: "razorpay", How: "list", Ours: lines(80, 26_00_000), Theirs: lines(80, 26_00_000)},
			}
			for what, d := range map[string]printer.Document{"z": p.dayReport(aDay()), "z-again": p.dayReport(copied),
				"x": p.dayReport(x), "reconciliation": p.reconciliation(rec), "agrees": p.reconciliation(agrees)} {
				if r, ok := d.(printer.DayReport); ok {
					r.At = at.In(day.IST)
					d = r
				}
				job, err := printer.Render(d, profile)
				if err != nil {
					t.Fatalf("%s in %s on %s: %v", what, language, name, err)
				}
				dec := printertest.NewDecoder(printertest.Strict(profile.Dots))
				dec.Write(job.Bytes())
				if len(dec.Unknown) > 0 {
					t.Errorf("%s in %s on %s: unknown %q", what, language, name, dec.Unknown)
				}
				var got bytes.Buffer
				if err := png.Encode(&got, dec.Paper.Image()); err != nil {
					t.Fatal(err)
				}
				same(t, filepath.Join("testdata", fmt.Sprintf("%s-%s-%s.png", what, language, name)), got.Bytes())
			}
		}
	}
}

// same compares a picture with a golden one, dot by dot.
func same(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := png.Decode(bytes.NewReader(got))
	b, errB := png.Decode(bytes.NewReader(want))
	if errA != nil || errB != nil || a.Bounds() != b.Bounds() {
		t.Errorf("%s: %v, %v, or another size: look at it with -update", file, errA, errB)
		return
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				t.Errorf("%s: another picture, first at %d,%d: look at it with -update", file, x, y)
				return
			}
		}
	}
}

// TestChartOnPaper: what is drawn is the money of the hours, and a day without money has no picture.
func TestChartOnPaper(t *testing.T) {
	s := aDay()
	c := chart(labelsOf("en"), s)
	if len(c.Bars) != 13 || c.This != "22 Nov" || c.Before != "21 Nov" || c.Week != "15 Nov" ||
		c.Bars[0] != (printer.Bar{Label: "9", This: 14 * 1100, Before: 14 * 900, Week: 14 * 1300}) ||
		c.Bars[6].This != 0 {
		t.Errorf("%+v", c)
	}
	s.Hours, s.Yesterday, s.LastWeek = []wire.HourLine{{Hour: 23, Line: lines(1, 100)}}, nil, nil
	if c := chart(labelsOf("en"), s); len(c.Bars) != 12 || c.Bars[11].This != 100 || c.Bars[0].Label != "12" ||
		c.Before != "" {
		t.Errorf("one hour: %+v", c)
	}
	s.Hours = nil
	if c := chart(labelsOf("en"), s); c != nil {
		t.Errorf("no hour: %+v", c)
	}
}
