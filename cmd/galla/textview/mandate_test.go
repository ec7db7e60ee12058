package textview

import (
	"bytes"
	"strings"
	"testing"

	"galla/internal/counter/wire"
)

// TestTrouble: what nobody knows the end of, an amount that nobody said and periods that were lost are under the list,
// each with what to type next.
func TestTrouble(t *testing.T) {
	due := wire.FromNext(wire.NextDebit{Step: "notice_due", Day: "2026-12-05"}, false)
	m := wire.KnownMandate{
		Mandate: wire.Mandate{ID: "MND1", Name: "Milk", AmountPaise: 60000, Rule: "max"},
		State:   "active",
		Next:    due,
		Lost:    wire.SayLost(2, "2026-11-01", "2026-11-30"),
	}
	if line := MandateLine(m); !strings.Contains(line, "\tactive\tamount needed 2026-12-05\t") {
		t.Errorf("%q", line)
	}
	var b bytes.Buffer
	Trouble(&b, wire.Mandates{
		Mandates: []wire.KnownMandate{m, {Mandate: wire.Mandate{ID: "MND2"}, State: "active"}},
		Unsure:   []wire.Operation{{ID: "O000007", Kind: "mandate.notify", Target: "MND1", Message: "Nobody knows."}},
	})
	for _, want := range []string{
		"MND1 Milk: A debit on 5 December 2026 comes next, and its amount is not known.\n  next: galla mandate plan " +
			"MND1 --amount",
		"MND1 Milk: Periods that went by without a debit: 2, the last from 1 November 2026 to 30 November 2026.\n  " +
			"next: No amount",
		"O000007 mandate.notify MND1: Nobody knows.\n  next: galla operation settle O000007 done, or: galla " +
			"operation settle O000007 refused\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "MND2") {
		t.Errorf("a mandate without trouble is named:\n%s", b.String())
	}
	b.Reset()
	if Trouble(&b, wire.Mandates{Mandates: []wire.KnownMandate{{Mandate: wire.Mandate{ID: "MND2"}}}}); b.Len() > 0 {
		t.Errorf("%s", b.String())
	}
}
