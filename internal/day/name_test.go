package day

import (
	"slices"
	"testing"
)

func TestParseName(t *testing.T) {
	for text, want := range map[string]Name{
		"2":             {Number: 2},
		" #17 ":         {Number: 17},
		"1129-2":        {Day: "11-29", Number: 2},
		"Sale 1129-2":   {Day: "11-29", Number: 2},
		"sale 0229-100": {Day: "02-29", Number: 100},
		"2026-11-29/2":  {Year: 2026, Day: "11-29", Number: 2},
		"2024-02-29/1":  {Year: 2024, Day: "02-29", Number: 1},
		"999999":        {Number: 999999},
	} {
		if got, ok := ParseName(text); !ok || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "1000000", "1129-", "1129-0", "-2", "1329-1", "0230-1", "2026-11-31/1",
		"2025-02-29/1", "2026-11-29/",
		"0000001FWXYZ", "S000001", "1129-2x", "1 2", "+2", "1129/2", "２"} {
		if got, ok := ParseName(text); ok {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestNameDays(t *testing.T) {
	for _, c := range []struct {
		name, today string
		first       []string
	}{
		{"2", "2026-11-29", []string{"2026-11-29"}},
		{"1129-2", "2026-11-29", []string{"2026-11-29", "2025-11-29"}},
		{"1130-2", "2026-11-29", []string{"2025-11-30", "2024-11-30"}},
		{"0229-2", "2026-11-29", []string{"2024-02-29", "2020-02-29"}},
		{"2019-03-01/4", "2026-11-29", []string{"2019-03-01"}},
	} {
		n, ok := ParseName(c.name)
		got := n.Days(c.today)
		if !ok || len(got) < len(c.first) || !slices.Equal(got[:len(c.first)], c.first) {
			t.Errorf("%q on %s may mean %v, want first %v", c.name, c.today, got, c.first)
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("1129-2")
	f.Add("2026-11-29/2")
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := ParseName(text)
		if ok && (n.Number < 1 || n.Number > maxNumber || n.Day != "" && len(n.Day) != 5) {
			t.Errorf("%q is %+v", text, n)
		}
		n.Days("2026-11-29")
	})
}
