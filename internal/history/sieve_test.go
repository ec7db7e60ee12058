package history

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"galla/state"
)

// TestPlain: a letter that is looked for as it stands is the small letter of no other one, but for ASCII's capitals and
// the two odd ones.
func TestPlain(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		small := unicode.ToLower(r)
		if small == r || 'A' <= r && r <= 'Z' || !plain(small) {
			continue
		}
		if r != '\u212a' && r != '\u0130' {
			t.Errorf("%q is plain, and the small letter of %q", small, r)
		}
	}
	for _, r := range "\"\\<>&\x1f\n\u2028\u2029\ufffdéÉ" {
		if plain(r) {
			t.Errorf("%q does not stand in JSON as it is", r)
		}
	}
}

// TestSieve: what fits is let through, however it is written; what does not is told without decoding.
func TestSieve(t *testing.T) {
	sale := state.Sale{
		ID:        "S00000077",
		Number:    77,
		Day:       "2026-11-22",
		Amount:    123_45,
		Reference: "Bill \"7\" \u212aILO <A&B>\\",
		Note:      "दो चाय, É\u0130 x",
		By:        "cashier:Asha",
		Phase:     state.PhasePaid,
		OpenedAt:  time.Date(2026, 11, 22, 10, 0, 0, 5, time.UTC),
		Payments:  []state.Payment{{ID: "pay_9", Amount: 999, RRN: "612345678901"}},
		Attempts:  []state.Attempt{{Ref: "T1A", Problem: &state.Problem{Text: `,"created_at":"no" "note":"gone"`}}},
	}
	raw, err := json.Marshal(sale)
	if err != nil {
		t.Fatal(err)
	}
	at := sale.OpenedAt.Unix()
	for _, c := range []struct {
		q    Search
		want bool
	}{
		{Search{Text: "bill"}, true},
		{Search{Text: "BILL \"7\""}, true},
		{Search{Text: "kilo"}, true},
		{Search{Text: "<a&b>"}, true},
		{Search{Text: "\\"}, true},
		{Search{Text: "दो चा"}, true},
		{Search{Text: "éi"}, true},
		{Search{Text: "i x"}, true},
		{Search{Text: "s00000"}, true},
		{Search{Text: "#77", Number: 77}, true},
		{Search{Text: "077", Number: 77}, true},
		{Search{Text: "2345"}, true},
		{Search{Text: "9.99", Amount: 999}, true},
		{Search{Reference: "BILL \"7\" KILO <a&b>\\"}, true},
		{Search{RRN: "5678"}, true},
		{Search{Exact: 999}, true},
		{Search{Phase: state.PhasePaid}, true},
		{Search{Since: at, Until: at}, true},
		{Search{Since: at + 1}, false},
		{Search{Until: at - 1}, false},
	} {
		if got := c.q.sieve().may(raw); got != c.want {
			t.Errorf("%+v: %v, want %v", c.q, got, c.want)
		}
	}

	// Without the odd letters, a text that is not there is told apart, and what stands behind the head does not count.
	sale.Reference, sale.Note = "Bill 7", "tea"
	if raw, err = json.Marshal(sale); err != nil {
		t.Fatal(err)
	}
	for _, q := range []Search{
		{Text: "nothing at all"}, {Text: "asha"}, {Text: "pay_9"}, {Text: "gone"}, {Text: "bill 8"}, {Text: "teas"},
		{Text: "चाय"}, {Text: "bill 7", Reference: "x"}, {RRN: "5679"}, {Exact: 998}, {Phase: state.PhaseClosed},
	} {
		if q.sieve().may(raw) {
			t.Errorf("%+v is let through", q)
		}
	}
}

// FuzzSieve: no sale that fits is passed over. fits does the judging, by whole fields and Go's own folding.
func FuzzSieve(f *testing.F) {
	for _, text := range []string{"bill-7", "दो चाय", "K", "a\"b", "\u2028", "\xff", "1234", "#7"} {
		f.Add("A Bill-7 of "+text, "note "+text, text)
		f.Add(strings.ToUpper(text), "", text)
	}
	f.Fuzz(func(t *testing.T, reference, note, text string) {
		if fold(text) == "" || !utf8.ValidString(reference+note) {
			return
		}
		sale := state.Sale{ID: "S0000001", Number: 7, Reference: reference, Note: note, Amount: 5}
		raw, err := json.Marshal(sale)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []Search{{Text: text}, {Text: "x", Reference: text}, {Reference: text}} {
			if q.fits(&sale, nil) && !q.sieve().may(raw) {
				t.Errorf("%+v fits %s", q, raw)
			}
		}
	})
}
