package gateway

import (
	"strings"
	"testing"
	"time"
)

// TestGateway_6: a payee that no code of the account paid before is told and never refused.
func TestGateway_6(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	perCode, steady := Payees{PerCode: true}, Payees{}
	for _, tc := range []struct {
		p         *Payees
		name, vpa string
		told      bool
	}{
		{&perCode, "Nilgiri Tea", "rzr.qr1@icic", false}, {&perCode, "Nilgiri Tea", "rzr.qr2@icic", false},
		{&perCode, "Nilgiri Tea", "rzr.qr3@ICIC", false},
		{&perCode, "Somebody", "rzr.qr4@icic", true}, {&perCode, "Somebody", "rzr.qr5@icic", false},
		{&perCode, "Nilgiri Tea", "rzr.qr6@ybl", true},
		{&steady, "Nilgiri Tea", "nilgiri@icici", false}, {&steady, "Nilgiri Tea", "nilgiri@icici", false},
		{&steady, "Nilgiri Tea", "other@icici", true},
	} {
		note := tc.p.See(tc.name, tc.vpa, now)
		if (note != "") != tc.told || strings.Contains(note, tc.vpa) {
			t.Errorf("%s %s: %q, told %v", tc.name, tc.vpa, note, tc.told)
		}
	}
	if f, ok := perCode.Finding(); !ok || f.Level != LevelNote || !strings.Contains(f.Says, `"Nilgiri Tea" at`) ||
		strings.Contains(f.Says, "rzr.qr") {
		t.Errorf("%+v", f)
	}
	if f, ok := (&Payees{}).Finding(); ok {
		t.Errorf("before the first code: %+v", f)
	}
	for range 100 {
		perCode.See(time.Now().String(), "a@b", now)
	}
	if n := len(perCode.List()); n > maxPayees {
		t.Errorf("%d payees are remembered", n)
	}
}
