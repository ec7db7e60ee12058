package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
)

// troubles is what customers, banks and gateways did to the money of a run, by gateway, read from the simulator's
// ledger at the end and from the looks at it: a trouble that was over before anybody looked was none.
func (w *world) troubles() map[string]int {
	out := map[string]int{}
	l := w.ledger()
	for _, o := range l.Orders {
		note := func(format string, args ...any) { out[string(o.API)+": "+fmt.Sprintf(format, args...)]++ }
		var came []gatewaytest.LedgerPayment
		var sum money.Paise
		for _, p := range l.Payments {
			if p.API == o.API && p.OrderID == o.ID && p.Captured {
				came = append(came, p)
				sum += p.Amount
			}
		}
		if len(came) == 0 {
			continue
		}
		if sum < o.Amount {
			note("under")
		}
		if slices.ContainsFunc(came, func(p gatewaytest.LedgerPayment) bool { return p.Amount > o.Amount }) {
			note("over")
		}
		if len(came) > 1 {
			note("several payments on one order")
		}
		for _, p := range came {
			w.bank.gone(o, p, l, note)
		}
	}
	return out
}

// gone notes what went back of a payment.
func (b *bank) gone(
	o gatewaytest.LedgerOrder,
	p gatewaytest.LedgerPayment,
	l gatewaytest.Ledger,
	note func(string, ...any),
) {
	var looks []look
	for _, ref := range o.References {
		looks = append(looks, b.past[ref]...)
	}
	between := func(from, to time.Time) bool {
		return slices.ContainsFunc(looks, func(k look) bool { return k.from.After(from) && k.until.Before(to) })
	}
	for _, r := range refundsOf(l, p) {
		whose := "others: "
		if r.Key != "" {
			whose = "ours: "
		}
		if between(r.CreatedAt, r.DoneAt) {
			note("%sa look at a pending refund", whose)
			if r.Status == "failed" && between(r.DoneAt, l.Now) {
				note("%sa refund that was pending and failed", whose)
				if b.w.sim.Knobs().RefundCounter == "asked" {
					note("%sa counter that falls", whose)
				}
			}
		}
		if r.Key != "" || r.Status == "failed" {
			continue
		}
		if r.Amount < p.Amount {
			note("sent back in part")
		}
		if !between(p.CapturedAt, r.CreatedAt) {
			note("sent back before the first look")
		}
		if day := int(r.CreatedAt.Sub(p.CapturedAt) / (24 * time.Hour)); day == 0 {
			note("sent back on the day")
		} else if day <= 5 {
			note("sent back on day %d", day)
		} else {
			note("sent back after day 5")
		}
	}
}

// wanted is every trouble that a longer simulation must have met, at both gateways.
func wanted() (out []string) {
	for _, api := range []gatewaytest.API{gatewaytest.EnKash, gatewaytest.Razorpay} {
		for _, what := range []string{
			"under", "over", "several payments on one order",
			"sent back in part", "sent back before the first look", "sent back on the day", "sent back on day 1",
			"sent back on day 2", "sent back on day 3",
			"sent back on day 4", "sent back on day 5", "sent back after day 5",
			"others: a look at a pending refund", "others: a refund that was pending and failed",
			"others: a counter that falls",
			"ours: a look at a pending refund", "ours: a refund that was pending and failed",
			"ours: a counter that falls",
		} {
			out = append(out, string(api)+": "+what)
		}
	}
	return out
}

// table is how often each trouble came.
func (a *tally) table() string {
	var b strings.Builder
	b.WriteString("  troubles:")
	for _, what := range wanted() {
		fmt.Fprintf(&b, "\n    %6d  %s", a.troubles[what], what)
	}
	b.WriteString("\n  sentences that were read:")
	n := 0
	for _, code := range sortedClaims() {
		if k := a.codes[code]; k > 0 {
			if n%4 == 0 {
				b.WriteString("\n   ")
			}
			n++
			fmt.Fprintf(&b, " %s %d,", code, k)
		}
	}
	return strings.TrimSuffix(b.String(), ",")
}

// troubled fails a simulation that met no trouble of a kind.
func (a *tally) troubled(t *testing.T) {
	for _, what := range wanted() {
		if a.troubles[what] == 0 {
			t.Errorf("in %d runs there was no %q", a.runs, what)
		}
	}
}
