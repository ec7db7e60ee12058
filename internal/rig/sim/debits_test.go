package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"galla/gateway/gatewaytest"
	"galla/state"
)

// What is judged of debits and of standing payments beside what holds for every sale: that a debit arrives at the
// gateway once, and never while another one of its mandate has no end; that none is taken twice in a period; that a
// payment at a standing QR is a sale within minutes. It goes by the bank's book alone.

// over says whether a bank has ended a payment.
func over(p gatewaytest.LedgerPayment) bool { return p.State == "captured" || p.State == "failed" }

// arriving judges a request for a debit as it arrives at the gateway.
func (b *bank) arriving(r *http.Request, body []byte) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/execute") {
		return
	}
	var asked struct {
		Mandate   string `json:"mandateId"`
		Reference string `json:"referenceId"`
	}
	if err := json.Unmarshal(body, &asked); err != nil || asked.Reference == "" {
		b.w.failf("a debit without a reference was asked: %s", body)
		return
	}
	b.w.met("debit arrives")
	l := b.w.ledger()
	for _, o := range l.Orders {
		if o.Mandate == "" {
			continue
		}
		if slices.Contains(o.References, asked.Reference) {
			b.w.failf("the debit %s was asked of a gateway that has it already", asked.Reference)
		}
		for _, p := range l.Payments {
			if p.OrderID == o.ID && p.API == o.API && o.Mandate == b.w.mandateID(asked.Mandate) && !over(p) {
				b.w.failf(
					"the debit %s was asked while %s of the same mandate is %s",
					asked.Reference,
					o.References[0],
					p.State,
				)
			}
		}
	}
}

// mandateID is the gateway's id of a mandate that one of its ids names.
func (w *world) mandateID(id string) string {
	for _, p := range w.payers {
		if p.ref == id {
			return p.id
		}
	}
	return id
}

// debits judges all debits at the bank: one in a period. A box whose clock was wrong can't know the day.
func (b *bank) debits(l gatewaytest.Ledger) {
	if b.w.wrongClock {
		return
	}
	taken := map[string]string{}
	for _, p := range l.Payments {
		for _, o := range l.Orders {
			if o.Mandate == "" || o.ID != p.OrderID || o.API != p.API || !p.Captured {
				continue
			}
			on := o.CreatedAt.UTC().Add(5*time.Hour + 30*time.Minute)
			for _, k := range b.w.payers {
				if k.id == o.Mandate && k.weekly {
					on = on.AddDate(0, 0, -(int(on.Weekday())+6)%7)
				}
			}
			key := o.Mandate + on.Format(" 2006-01-02")
			if was := taken[key]; was != "" {
				b.w.failf(
					"mandate %s was debited twice in the period of %s: %s and %s",
					o.Mandate,
					key,
					was,
					o.References[0],
				)
			}
			taken[key] = o.References[0]
		}
	}
}

// kinds judges at the end that the box's sums by kind of sale are the banks'.
func (b *bank) kinds(sales []state.Sale, l gatewaytest.Ledger) {
	var is, want, count [3]int64
	at := map[state.SaleKind]int{state.KindCounter: 0, state.KindMandate: 1, state.KindStanding: 2}
	for i := range sales {
		is[at[sales[i].Kind]] += int64(sales[i].Captured())
	}
	for _, p := range l.Payments {
		for _, o := range l.Orders {
			if o.ID != p.OrderID || o.API != p.API || !p.Captured {
				continue
			}
			k := 0
			switch {
			case o.Mandate != "":
				k = 1
			case o.MultipleUse:
				k = 2
			}
			want[k] += int64(p.Amount)
			count[k]++
		}
	}
	if is != want {
		b.w.failf("at the counter, by mandates and at standing QRs came %v, and the banks have %v", is, want)
	}
	if count[1] > 0 {
		b.w.met("runs with debits that balance")
	}
	if count[2] > 0 {
		b.w.met("runs with standing payments that balance")
	}
}

// stands judges, after some time of calm, that every payment at a standing QR is a sale: those whose bank was quick
// within minutes, others within hours.
func (b *bank) stands(sales []state.Sale, l gatewaytest.Ledger) {
	for _, o := range l.Orders {
		if !o.MultipleUse || len(o.References) != 1 || o.References[0] != o.ID {
			continue
		}
		for _, p := range l.Payments {
			within := 20 * time.Minute
			if p.CapturedAt.Sub(p.CreatedAt) > time.Hour { // its bank was slow, and the next look so far back finds it
				within = 7 * time.Hour
			}
			if p.OrderID != o.ID || p.API != o.API || !p.Captured || b.now().Sub(p.CapturedAt) < within {
				continue
			}
			if !slices.ContainsFunc(sales, func(s state.Sale) bool {
				return s.Standing != nil && s.Holds(string(p.API), p.ID)
			}) {
				b.w.failf("payment %s of %s came at a standing QR at %s, and is no sale yet", p.ID,
					p.Amount, p.CapturedAt)
			}
		}
	}
}
