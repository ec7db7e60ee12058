package gateway

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"galla/internal/money"
	"galla/internal/typed"
)

func TestBounds(t *testing.T) {
	for year, there := range map[int]bool{1: false, 1999: false, 2000: true, 2026: true, 2100: true, 2101: false,
		55892: false, -1: false} {
		if got := Instant(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)); got.IsZero() == there {
			t.Errorf("the year %d: %v", year, got)
		}
	}
	for n, good := range map[int64]bool{0: true, 1: true, int64(money.Max): true, int64(money.Max) + 1: false,
		-1: false, math.MinInt64: false, math.MaxInt64: false} {
		if p, err := Amount(n); (err == nil) != good || good && int64(p) != n {
			t.Errorf("%d: %v, %v", n, p, err)
		}
	}
	for id, good := range map[string]bool{"pay_HMtDKn3TnF4D8x": true, "ORD1784195236818VZuxB": true, "": false,
		"a/b": false, "a b": false, "a\x00": false, "..": false,
		"\u202epay": false, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false} {
		if err := ID("the id", id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
	for in, want := range map[string][2]string{"016514257019": {"016514257019", ""}, "": {"", ""},
		"١٢٣٤٥٦٧٨٩٠١٢": {"", "١٢٣٤٥٦٧٨٩٠١٢"}, "12345678901\n": {"", "12345678901"},
		"=1+1": {"", "=1+1"}, "AXISP00123456789": {"", "AXISP00123456789"},
		strings.Repeat("9", 40): {"", strings.Repeat("9", 34) + "…"}} {
		if rrn, foreign := RRN(in); rrn != want[0] || foreign != want[1] {
			t.Errorf("%q: %q, %q; want %q", in, rrn, foreign, want)
		}
	}
	for in, want := range map[string]string{"a\tb\r\nc": "a b c", "\u202eevil\u2066 x\u200b": "evil x",
		"മലയാളം ന്\u200d": "മലയാളം ന്\u200d", "\x1b[31mred": "[31mred", "a\u0085b": "a b", "\xff\xfe": ""} {
		if got := Text(in, 40); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, odd := range []string{"a\u202eb@okaxis", "ab@ok\naxis", "ab@ok axis"} {
		if got := MaskVPA(odd); got != "****" {
			t.Errorf("%q is masked as %q", odd, got)
		}
	}
}

// TestOtherUnit: only a hundred times the order's amount is another unit; any other difference, a hundredth too, is a
// sum that somebody paid.
func TestOtherUnit(t *testing.T) {
	for _, tc := range []struct {
		of, order money.Paise
		told      bool
	}{{2500000, 25000, true}, {250, 25000, false}, {25000, 25000, false}, {24900, 25000, false}, {0, 25000, false},
		{25000, 0, false}, {0, 0, false}} {
		if got := OtherUnit("pay_1", tc.of, tc.order); (got != "") != tc.told {
			t.Errorf("%s of an order over %s: %q", tc.of, tc.order, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\u202eb", "\xff", strings.Repeat("界", 100), "e\u0301"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 1), 200)
		got := Text(s, n)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > n ||
			!typed.Printable(got) {
			t.Errorf("%q, %d: %q", s, n, got)
		}
	})
}
