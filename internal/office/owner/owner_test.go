package owner_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/office/owner"
	"galla/internal/office/owner/ownertest"
)

func open(at time.Time) (*ownertest.Memory, *owner.Owner) {
	m := ownertest.New()
	return m, owner.New(m, 0, func() time.Time { return at })
}

// TestToday: shops that are not heard stand apart, and the sums are those of the rows.
func TestToday(t *testing.T) {
	m, o := open(ownertest.Now)
	got, err := o.Today(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if got.Day != "2026-11-30" || got.Until != "14:00" || got.Heard.Shops != 11 || got.Behind.Shops != 2 ||
		got.Empty != 1 ||
		len(got.Shops) != 14 ||
		got.Next != "" {
		t.Fatalf("%+v", got)
	}
	var want, apart, sofar, week money.Paise // from the sales, not from the days
	for _, s := range m.SaleRows {
		late := s.Shop == "shop-04" || s.Shop == "shop-09"
		h := s.OpenedAt.In(day.IST).Hour()
		switch {
		case s.Day == "2026-11-30" && late:
			apart += s.Received
		case s.Day == "2026-11-30":
			want += s.Received
			if h < 14 {
				sofar += s.Received
			}
		case s.Day == "2026-11-23" && !late && h < 14:
			week += s.Received
		}
	}
	if got.Heard.Received != want || got.Behind.Received != apart || want == 0 || apart == 0 {
		t.Errorf("%s and %s, not %s and %s", got.Heard.Received, got.Behind.Received, want, apart)
	}
	if got.Heard.SoFar.Today != sofar || got.Heard.SoFar.Week != week {
		t.Errorf("so far %+v, not %s and %s", got.Heard.SoFar, sofar, week)
	}
	if since := got.Behind.AsOf.In(day.IST).Format("15:04"); since != "13:40" {
		t.Errorf("not heard since %s", since)
	}
	if got.Shops[0].State != owner.Behind || got.Shops[2].State != owner.Heard || got.Shops[13].State != owner.Empty {
		t.Errorf("%+v", got.Shops)
	}
	if m.Reads != 1 {
		t.Errorf("%d readings", m.Reads)
	}

	var ids []string
	for behind := ""; ; {
		page, err := o.Today(t.Context(), behind, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Shops {
			ids = append(ids, s.ID)
		}
		if page.Heard != got.Heard {
			t.Errorf("a page has another total: %+v", page.Heard)
		}
		if behind = page.Next; behind == "" {
			break
		}
	}
	if len(ids) != 14 || ids[0] != got.Shops[0].ID || ids[13] != got.Shops[13].ID {
		t.Errorf("%q", ids)
	}
}

// TestStates: when a shop's figure is as of now.
func TestStates(t *testing.T) {
	at := func(text string) time.Time {
		at, err := time.ParseInLocation("01-02 15:04", text, day.IST)
		if err != nil {
			t.Fatal(err)
		}
		return at.AddDate(2026, 0, 0)
	}
	for _, c := range []struct {
		name, opens, closes, now, heard string
		behind                          bool
		want                            owner.State
	}{
		{"a minute ago", "", "", "11-30 14:02", "11-30 14:01", false, owner.Heard},
		{"four minutes ago", "", "", "11-30 14:02", "11-30 13:58", false, owner.Behind},
		{"has more than it sent", "", "", "11-30 14:02", "11-30 14:02", true, owner.Behind},
		{"closed since", "09:00", "22:00", "11-30 23:30", "11-30 22:01", false, owner.Heard},
		{"lost before it closed", "09:00", "22:00", "11-30 23:30", "11-30 21:50", false, owner.Behind},
		{"in the morning, before it opens", "09:00", "22:00", "11-30 08:00", "11-29 22:10", false, owner.Heard},
		{"in the morning, open again", "09:00", "22:00", "11-30 09:10", "11-29 22:10", false, owner.Behind},
		{"a bar at night", "18:00", "02:00", "11-30 01:30", "11-30 01:00", false, owner.Behind},
		{"a bar that closed", "18:00", "02:00", "11-30 12:00", "11-30 02:05", false, owner.Heard},
		{"hours that are none", "9", "22", "11-30 23:30", "11-30 22:10", false, owner.Behind},
	} {
		m := &ownertest.Memory{StandRows: []owner.Stand{{Where: owner.Where{Shop: "a", ShopName: "A", Counter: "a/1",
			Terminal: "t"}, Opens: c.opens, Closes: c.closes, Heard: at(c.heard), Behind: c.behind}}}
		o := owner.New(m, 0, func() time.Time { return at(c.now) })
		got, err := o.Today(t.Context(), "", 0)
		if err != nil || got.Shops[0].State != c.want {
			t.Errorf("%s: %v, %+v", c.name, err, got.Shops)
		}
	}
}

// TestShop: of a shop with two counters, one not heard, nothing is in the chain's total.
func TestShop(t *testing.T) {
	m, o := open(ownertest.Now)
	m.Stand("shop-02/2").Heard = ownertest.Now.Add(-time.Hour)
	got, found, err := o.Shop(t.Context(), "shop-02")
	if err != nil || !found || len(got.Shops) != 1 || len(got.Shops[0].Counters) < 2 ||
		got.Shops[0].State != owner.Behind ||
		got.Shops[0].Counters[0].State != owner.Heard ||
		got.Shops[0].Counters[1].State != owner.Behind {
		t.Fatalf("%+v, %v, %v", got, found, err)
	}
	if _, found, _ := o.Shop(t.Context(), "shop-99"); found {
		t.Error("a shop that is none is found")
	}
}

func TestNeeds(t *testing.T) {
	_, o := open(ownertest.Now)
	n, err := o.Needs(t.Context(), "", owner.Mark{}, owner.Mark{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if n.Kinds["silent"] != 2 || len(n.Findings) != 2 || n.Next == "" || n.Sales < 3 || len(n.Items) != 2 ||
		n.NextItem == "" {
		t.Fatalf("%+v", n)
	}
	if s := n.Items[0].Said; len(s) != 1 || !strings.HasPrefix(s[0].Code, "item_late") || s[0].Message == "" {
		t.Errorf("%+v", s)
	}
	behind, err := owner.ReadMark(n.Next)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := o.Needs(t.Context(), "", behind, owner.Mark{}, 100)
	if err != nil || len(rest.Findings) != 3 || rest.Next != "" || rest.Findings[0].ID == n.Findings[1].ID {
		t.Errorf("%+v, %v", rest.Findings, err)
	}
}

// TestCashiers: whoever cancels far more often than the chain's median is named.
func TestCashiers(t *testing.T) {
	_, o := open(ownertest.Now)
	s, err := o.Of("2026-11-23", "2026-11-30", "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.Cashiers(t.Context(), s)
	if err != nil || c.People < 40 || len(c.Above) == 0 || c.Above[0].Terminal != ownertest.Terminal(5) ||
		c.Above[0].Permille <= 2*c.Median || c.Median == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestFind(t *testing.T) {
	m, o := open(ownertest.Now)
	var s owner.Sale
	for _, s = range m.SaleRows {
		if s.Day == "2026-11-29" && len(s.RRNs) > 0 {
			break
		}
	}
	for what, text := range map[string]string{
		"amount": s.Amount.String(), "rrn": s.RRNs[0], "rrn as printed": "RRN " + s.RRNs[0], "bill": " " + s.Reference,
		"bill in small letters": strings.ToLower(s.Reference), "name": "1129-1", "name with year": "2026-11-29/1",
	} {
		f, err := o.Find(t.Context(), text, s.Terminal, owner.Mark{}, 0)
		if err != nil || len(f.Sales) == 0 {
			t.Errorf("%s %q: %+v, %v", what, text, f, err)
		}
	}
	for _, text := range []string{"", "   ", strings.Repeat("x", 65), "a\x00b"} {
		if _, err := o.Find(t.Context(), text, "", owner.Mark{}, 0); !errors.Is(err, owner.ErrAsked) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if f, err := o.Find(t.Context(), "nothing-of-ours", "", owner.Mark{}, 0); err != nil || len(f.Sales) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestSpan(t *testing.T) {
	_, o := open(ownertest.Now)
	for _, c := range [][2]string{{"yesterday", ""}, {"2026-11-30", "2026-11-29"}, {"2020-01-01", ""}, {"2026-02-30",
		"2026-03-01"}} {
		if _, err := o.Of(c[0], c[1], ""); !errors.Is(err, owner.ErrAsked) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

// TestFiles: each file is read by Python's csv, and adds up to what the rows do.
func TestFiles(t *testing.T) {
	m, o := open(ownertest.Now)
	m.SaleRows[0].Reference, m.SaleRows[1].Reference, m.SaleRows[2].Reference = `=HYPERLINK("http://x")`,
		"a,\"b\"\nc", "+91 1"
	m.SaleRows[3].By, m.StandRows[0].ShopName = "@cmd", "-2+3"
	s, err := o.Of("2026-11-01", "2026-11-30", "")
	if err != nil {
		t.Fatal(err)
	}
	var received money.Paise
	for _, sale := range m.SaleRows {
		received += sale.Received
	}
	var refunded money.Paise
	for _, r := range m.RefundRows {
		refunded += r.Amount
	}
	rows := map[string]int{
		"days":    len(m.DayRows),
		"sales":   len(m.SaleRows),
		"refunds": len(m.RefundRows),
		"z":       len(m.ZRows),
	}
	sums := map[string]struct {
		column string
		want   money.Paise
	}{"days": {"received_rupees", received}, "sales": {"captured_rupees", received}, "refunds": {"amount_rupees",
		refunded}}
	for name := range owner.Files {
		var b bytes.Buffer
		flushed := 0
		if err := o.File(t.Context(), name, s, &b, func() error { flushed++; return nil }); err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
		if err != nil || !strings.HasPrefix(b.String(), "\ufeff") || flushed == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if want, counted := rows[name]; counted && len(all) != want+1 {
			t.Errorf("%s has %d rows, not %d", name, len(all)-1, want)
		}
		for _, line := range all[1:] {
			for _, c := range line {
				if c != "" && strings.ContainsRune("+-@\t\r", rune(c[0])) && !strings.HasPrefix(c, "-0") ||
					strings.HasPrefix(c, "=") && (!strings.HasPrefix(c, `="`) || !strings.HasSuffix(c, `"`)) {
					t.Errorf("%s: %q is taken for a formula", name, c)
				}
			}
		}
		if sum := sums[name]; sum.column != "" {
			if got := strings.TrimSpace(python(t, b.Bytes(), sum.column)); got != sum.want.Decimal() {
				t.Errorf("%s: Python adds %s up to %s, not %s", name, sum.column, got, sum.want.Decimal())
			}
		}
	}
	err = o.File(t.Context(), "everything", s, &bytes.Buffer{}, nil)
	if !errors.Is(err, owner.ErrAsked) {
		t.Error(err)
	}

	m.Fail = errors.New("the database is away")
	var b bytes.Buffer
	if err := o.File(t.Context(), "sales", s, &b, nil); err == nil || b.Len() > 0 {
		t.Errorf("a file is begun that can't be: %v, %d bytes", err, b.Len())
	}
}

// python adds a column of a CSV file up with Python's own reader and decimals.
func python(t *testing.T, file []byte, column string) string {
	t.Helper()
	const script = `
import csv, decimal, io, sys
rows = csv.DictReader(io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", newline=""))
print(sum(decimal.Decimal(r[sys.argv[1]]) for r in rows))`
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "python3", "-c", script, column)
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestMarks: what is no mark of ours is refused, and does no harm.
func TestMarks(t *testing.T) {
	for _, text := range []string{"x", "!!", "bnVsbA", strings.Repeat("A", 2000), "WyJhIiwiYiJd"} {
		if _, err := owner.ReadMark(text); !errors.Is(err, owner.ErrAsked) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add("WyIyMDI2LTExLTMwVDAwOjAwOjAwWiIsImEiXQ")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := owner.ReadMark(text)
		if err == nil && (m.At.Year() > 9999 || len(m.Key) > 1000) {
			t.Errorf("%+v", m)
		}
	})
}

// FuzzAsk: whatever is typed, each question is one that an index answers.
func FuzzAsk(f *testing.F) {
	for _, s := range []string{"1129-2", "₹1,25,000.00", "RRN 633412345678", "B-17", "2026-11-29/2"} {
		f.Add(s)
	}
	_, o := open(ownertest.Now)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := o.Ask(text, "")
		for _, q := range all {
			if q.RRN == "" && q.Reference == "" && q.Amount <= 0 && (q.Day == "" || q.Number <= 0) {
				t.Errorf("%q asks %+v, %v", text, q, err)
			}
		}
	})
}
