package typed

import (
	"testing"
	"unicode"
)

// TestBillKey: what a person takes for the same bill number has one key, and other bills have others. The keys
// themselves are frozen: rows of the sales file lie under them.
func TestBillKey(t *testing.T) {
	for key, same := range map[string][]string{
		"BILL-17": {"BILL-17", "bill-17", "Bill-17", "BILL\u201117", "BILL\u201017", "BILL–17", "BILL—17", "BILL−17",
			"ＢＩＬＬ－１７", "BILL - 17", "ΒΙLL-17", "ВІLL-17",
			"BILL-१७", "BILL-১৭", "\u200dBILL-17", "bíll-17", "bi\u0301ll-17", " BILL-17 ", "ᴮ"[:0] + "BILL-17"},
		"INV 7/26":  {"INV 7/26", "inv\u00a07⁄26", "INV  7 / 26", "ＩＮＶ　７／２６", "ІNV 7∕26"},
		"बिल 7":     {"बिल ७", "बिल  7", "बिल\u00a07"},
		"BILL 17":   {"bill 17"},
		"BILL17":    {"bill17"},
		"BILL-017":  {"bill-017"},
		"BILL-17-B": {"bill-17-b"},
		"":          {"", " "},
	} {
		for _, reference := range same {
			if got := BillKey(reference); got != key {
				t.Errorf("BillKey(%+q) = %q, want %q", reference, got, key)
			}
		}
	}
	for _, table := range []*unicode.RangeTable{unicode.Nd} {
		for _, r := range table.R16 {
			if r.Stride != 1 || (r.Hi-r.Lo)%10 != 9 {
				t.Errorf("digits %x to %x are not of tens", r.Lo, r.Hi)
			}
		}
		for _, r := range table.R32 {
			if r.Stride != 1 || (r.Hi-r.Lo)%10 != 9 {
				t.Errorf("digits %x to %x are not of tens", r.Lo, r.Hi)
			}
		}
	}
}

func FuzzBillKey(f *testing.F) {
	f.Add("BILL\u201117")
	f.Fuzz(func(t *testing.T, reference string) {
		key := BillKey(reference)
		if again := BillKey(key); again != key {
			t.Errorf("BillKey(%q) = %q, whose key is %q", reference, key, again)
		}
	})
}
