package voice

import (
	"fmt"
	"testing"
	"time"

	"galla/display"
)

func TestCues(t *testing.T) {
	now := time.Now()
	paid := func(sale string) display.View {
		return display.View{Screen: display.ScreenPaid, SaleID: sale, Amount: 25000, Since: now}
	}
	unpaid := func(sale string, r display.Reason) display.View {
		return display.View{Screen: display.ScreenUnpaid, SaleID: sale, Reason: r, Since: now}
	}
	longAgo := paid("old")
	longAgo.Since = now.Add(-old - time.Millisecond)
	var c Cues
	for i, tt := range []struct {
		v    display.View
		want string
	}{
		{display.View{Screen: display.ScreenIdle}, ""},
		{display.View{Screen: display.ScreenPay, SaleID: "a", Amount: 25000}, ""},
		{paid("a"), "paid"},
		{paid("a"), ""}, // told again
		{paid("b"), "paid"},
		{paid("a"), ""},
		{unpaid("c", display.ReasonExpired), "not paid"},
		{paid("c"), "paid"}, // the money won the race
		{unpaid("d", display.ReasonOtherTender), "settled"}, // money.md 12
		{unpaid("d", display.ReasonOtherTender), ""},
		{paid(""), ""},
		{longAgo, ""},
	} {
		got := ""
		next := c.Next
		if tt.v.Screen == display.ScreenPaid {
			if cue, ok := c.Next(tt.v, now); ok {
				t.Errorf("%d: the View alone is announced as %+v", i, cue)
			}
			next = c.Paid
		}
		if cue, ok := next(tt.v, now); ok {
			got = "not paid"
			switch {
			case cue.Paid && !cue.Settled:
				got = "paid"
			case cue.Settled && !cue.Paid:
				got = "settled"
			}
			if cue.Amount != tt.v.Amount || cue.At != now {
				t.Errorf("%d: cue %+v for view %+v", i, cue, tt.v)
			}
		}
		if got != tt.want {
			t.Errorf("%d: %s of %q gives %q, want %q", i, tt.v.Screen, tt.v.SaleID, got, tt.want)
		}
	}
	if cue, ok := c.Paid(unpaid("e", display.ReasonExpired), now); ok {
		t.Errorf("an unpaid sale is announced as a payment: %+v", cue)
	}
	for i := range 1000 {
		c.Paid(paid(fmt.Sprint(i)), now)
	}
	if len(c.heard) > 100 {
		t.Errorf("%d sales are kept in mind", len(c.heard))
	}
	if _, again := c.Paid(paid("999"), now); again {
		t.Error("the last sale was forgotten")
	}
}
