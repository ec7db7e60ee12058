package textview_test

import (
	"strings"
	"testing"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
)

// TestMoney_21: the question of closing a day names what is open, and the days that will be closed.
func TestMoney_21(t *testing.T) {
	x := wire.Report{
		Day:      "2026-11-29",
		Sales:    wire.Line{Count: 3},
		NetPaise: 500,
		Pending:  wire.Line{Count: 35, Paise: 99900},
		Open:     []wire.Underway{{Name: "1129-2", Amount: 999, Phase: "awaiting"}},
		Attention: wire.Line{
			Count: 1,
			Paise: 300,
		},
		Items:    []wire.Undecided{{Name: "1128-7", Amount: 300, Kind: "late"}},
		OpenDays: []wire.OtherDay{{Day: "2026-11-28", NetPaise: 33300}},
	}
	all := strings.Join(textview.BeforeClosing(x, ""), "\n")
	for _, want := range []string{"2026-11-28 (net ₹333.00), 2026-11-29, today (net ₹5.00 so far)",
		"Under way: 35 sales over ₹999.00", "To be decided: 1 thing over ₹3.00", "sale 1129-2  ₹9.99  awaiting",
		"and 34 more", "sale 1128-7  ₹3.00  late"} {
		if !strings.Contains(all, want) {
			t.Errorf("lacks %q:\n%s", want, all)
		}
	}
	if yesterday := strings.Join(textview.BeforeClosing(x, "2026-11-28"), "\n"); strings.Contains(yesterday, "today") {
		t.Error(yesterday)
	}
	x.Sales = wire.Line{}
	if morning := strings.Join(textview.BeforeClosing(x, ""), "\n"); strings.Contains(morning, "today") {
		t.Error(morning)
	}
}

// TestSummingIsSaid (books.md 1): an X that is of today alone says so, and so does the question of closing the day.
func TestSummingIsSaid(t *testing.T) {
	var out strings.Builder
	x := wire.Report{Kind: "X", Day: "2026-11-29", Summing: &wire.Summing{Upto: 437, Seq: 1000}}
	textview.Report(&out, x)
	if want := "the days before are still being added up, 43% so far"; !strings.Contains(out.String(), want) {
		t.Errorf("lacks %q:\n%s", want, out.String())
	}
	all := strings.Join(textview.BeforeClosing(x, ""), "\n")
	if !strings.Contains(all, "43% so far, and the Z waits for that") {
		t.Error(all)
	}
}

// TestCreditIsSaid: what came by credit and what it costs stands in a report, and on the line of a day that was closed
// before.
func TestCreditIsSaid(t *testing.T) {
	var out strings.Builder
	r := wire.Report{Kind: "X", Day: "2026-11-29", UPI: wire.Line{Count: 3, Paise: 90000}}
	if textview.Report(&out, r); strings.Contains(out.String(), "credit") {
		t.Errorf("there was none:\n%s", out.String())
	}
	r.Credit, r.CreditFee = wire.Line{Count: 2, Paise: 50000}, 1180
	r.OtherDays = []wire.OtherDay{{Day: "2026-11-28", Credit: wire.Line{Count: 1, Paise: 700}, CreditFee: 14}}
	textview.Report(&out, r)
	said := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"of it by credit 2 ₹500.00 fee for credit ₹11.80", "1 by credit ₹7.00"} {
		if !strings.Contains(said, want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}
