package books

import (
	"strings"
	"testing"
)

// TestZLost: a Z report that salvage could not save costs its bytes, and neither the days after it nor the start. What is closed stays
// closed, whatever the others left for later, and the next Z has the next number.
func TestZLost(t *testing.T) {
	for name, days := range map[string][]string{
		"each closed on its day":          {"", "", ""},
		"the newest closed the day after": {"", "", "2026-11-28"},
	} {
		b := newBench(t)
		for i, at := range []string{"2026-11-26 18:00:00", "2026-11-27 18:00:00", "2026-11-28 18:00:00"} {
			b.at(at)
			b.till.Pay(open(t, b.till, 100), 0)
			if days[i] != "" {
				b.at("2026-11-29 09:00:00")
				b.till.Pay(open(t, b.till, 70), 0)
			}
			b.z(t, strings.Repeat("k", i+1), days[i])
		}
		b.at("2026-11-29 18:00:00")
		b.till.Pay(open(t, b.till, 5), 0)
		want := b.x(t)
		if err := b.vault.Put("z/000002", []byte(`{"lost":true}`)); err != nil {
			t.Fatal(err)
		}
		b.restart(t, b.till)

		got := b.x(t)
		if got.NetPaise != want.NetPaise || len(got.OpenDays)+len(got.OtherDays) != 0 || want.NetPaise == 0 {
			t.Errorf(
				"%s: X says %s, open days %v, others %v, want %s",
				name,
				got.NetPaise,
				got.OpenDays,
				got.OtherDays,
				want.NetPaise,
			)
		}
		if z, ok := b.Z(2); ok || !z.Lost || z.Report.Number != 2 {
			t.Errorf("%s: Z 2 is %+v, %t", name, z, ok)
		}
		if all := b.List(); len(all) != 2 || all[0].Number != 3 || all[1].Number != 1 {
			t.Errorf("%s: %+v are listed", name, all)
		}
		all, err := b.Close(t.Context(), "", "next", "m", "")
		if err != nil || len(all) != 1 || all[0].Report.Number != 4 || all[0].Report.NetPaise != want.NetPaise {
			t.Errorf("%s: the next Z is %+v, %v", name, all, err)
		}
		b.restart(t, b.till)
		if all := b.List(); len(all) != 3 {
			t.Errorf("%s: after it %d Z reports", name, len(all))
		}
	}
}

// TestZLostNewest: the newest Z says from where the next one counts, so without it none is made.
func TestZLostNewest(t *testing.T) {
	b := newBench(t)
	b.z(t, "1", "")
	if err := b.vault.Put("z/000001", []byte(`{"lost":true}`)); err != nil {
		t.Fatal(err)
	}
	b.restart(t, b.till)
	if _, err := b.X(t.Context(), "m"); err == nil || !strings.HasPrefix(err.Error(), "read Z report 1: ") {
		t.Error(err)
	}
}
