package sim

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/state"
)

// audit is the end of a run: what the reports say together, and what the exports say, is held against the banks.
func (w *world) audit() {
	if w.gone {
		return
	}
	x, ok := w.x()
	if !ok {
		return
	}
	total := w.days.total.plus(x.figures)
	for _, o := range slices.Concat(x.OtherDays, x.OpenDays) {
		total = total.plus(o)
	}
	if x.Pending != (sum{}) || x.Attention != w.items() {
		w.failf(
			"at the end the X says that %+v is under way and %+v is undecided: %+v is",
			x.Pending,
			x.Attention,
			w.items(),
		)
	}
	b := w.banks()
	if total.UPI != b.came {
		w.failf("all Z reports and the X say upi %+v, and the banks %+v", total.UPI, b.came)
	}
	if total.Refunds.Paise > b.went {
		w.failf(
			"all Z reports and the X say refunds %+v, and of all payments together %s went back",
			total.Refunds,
			b.went,
		)
	}
	if b.certain {
		w.met("days balanced with the banks")
		if total.Refunds != b.sent {
			w.failf("all Z reports and the X say refunds %+v, and the banks %+v", total.Refunds, b.sent)
		}
		if is := total.Reversals.Paise - total.Returned.Paise; is != b.taken {
			w.failf("all Z reports and the X say that others sent %s back, and the banks %s", is, b.taken)
		}
		if want := b.came.Paise - b.sent.Paise - b.taken; total.Net != want {
			w.failf("all Z reports and the X say net %s, and the banks %s", total.Net, want)
		}
	}
	if want := b.surplus(w); want >= 0 && total.Unmatched.Paise != want {
		w.failf("all Z reports and the X say that %s settled no sale, and the banks %s", total.Unmatched.Paise, want)
	}
	w.export(true)
}

// items is what is undecided, by the sales.
func (w *world) items() (s sum) {
	for _, k := range w.sales {
		for _, a := range k.Attention {
			s.add(a.Amount)
		}
	}
	return s
}

// statement is what the banks say at the end: what came, what of it our refunds sent, and what others did, as far as a
// look could see it.
type statement struct {
	came, sent sum
	taken      money.Paise
	went       money.Paise // whoever asked
	certain    bool        // false: a gateway that names no sum, or has no look-up, leaves it open
	perSale    map[string]*holding
}

// holding is what the banks say of one sale.
type holding struct {
	came, sent, taken money.Paise
	went              money.Paise // whoever asked, by now
	rrns              []string
	certain           bool
}

func (w *world) banks() statement {
	l := w.ledger()
	out := statement{certain: true, perSale: map[string]*holding{}}
	for i := range w.sales {
		s := &w.sales[i]
		h := &holding{certain: true}
		out.perSale[s.ID] = h
		payments, refs := w.bank.of(s, l)
		for i, p := range payments {
			if !p.Captured {
				continue
			}
			h.came += p.Amount
			out.came.add(p.Amount)
			if p.RRN != "" {
				h.rrns = append(h.rrns, p.RRN)
			}
			sent, taken, certain := w.bank.left(s, l, p, refs[i])
			for _, r := range sent {
				out.sent.add(r)
				h.sent += r
			}
			h.taken += taken
			for _, r := range refundsOf(l, p) {
				if r.Status != "failed" ||
					p.API == gatewaytest.EnKash { // REFUNDED may be all it said of ours, before that failed
					h.went += r.Amount
				}
			}
			h.certain = h.certain && certain
		}
		h.went = max(h.went, h.sent+h.taken) // the last look may have seen a refund pending that failed after it

		out.taken += h.taken
		out.went += h.went
		out.certain = out.certain && h.certain
	}
	return out
}

// left says what left a payment: by refunds of ours, each, and by others, as the last look at its order could see it.
func (b *bank) left(
	s *state.Sale,
	l gatewaytest.Ledger,
	p gatewaytest.LedgerPayment,
	ref string,
) (sent []money.Paise, taken money.Paise, certain bool) {
	certain = true
	b.w.mu.Lock()
	k := b.looks[ref]
	b.w.mu.Unlock()
	own := false
	for _, r := range s.Refunds {
		if r.PaymentID != p.ID {
			continue
		}
		own = true
		if k := slices.IndexFunc(
			l.Refunds,
			func(k gatewaytest.LedgerRefund) bool { return k.Key == r.Key && k.Status == "processed" },
		); (k >= 0) != b.w.days.ends[r.Key].went {
			certain = false // row judges whether that may be
		}
		if end, over := b.w.days.ends[r.Key]; !over || !end.at.Before(k.from) {
			certain = false // no look since could tell ours from others'
		}
	}
	for _, r := range refundsOf(l, p) {
		switch {
		case r.Key != "" && r.Status == "processed":
			sent = append(sent, r.Amount)
		case r.Key == "" && b.counts(r, k.from):
			taken += r.Amount
			certain = certain && b.counts(r, b.now()) && !r.DoneAt.After(k.from)
		case r.Key == "" && !r.CreatedAt.Before(k.from):
			certain = false // it may have been seen by that look, or not
		}
	}
	if p.API == gatewaytest.EnKash && (own && b.w.sim.Knobs().NoLookup || taken > 0 && (taken != p.Amount || own)) {
		certain = false
	}
	return sent, taken, certain
}

// surplus is what settled no sale: all that came beside the amounts of the sales that money paid. -1: a person took
// less for a price.
func (b statement) surplus(w *world) (out money.Paise) {
	for _, s := range w.sales {
		if s.Override() != "" {
			return -1
		}
		out += b.perSale[s.ID].came
		if w.bank.paid[s.ID] {
			out -= w.days.sales[s.ID].amount
		}
	}
	return out
}

// ledgerOf is what the banks have of a sale, for a violation.
func (b *bank) ledgerOf(id string) (out []any) {
	s, l := b.w.known[id], b.w.ledger()
	payments, refs := b.of(&s, l)
	for i, p := range payments {
		out = append(out, p, refundsOf(l, p), b.looks[refs[i]].from)
	}
	return out
}

// export reads both exports. Each sale stands in them once, under its own day; at the end the sums are the banks'.
func (w *world) export(end bool) {
	w.replay(false)
	least := len(w.days.sales) // a payment at a standing QR makes a sale by itself, while a call is tried again
	raw, _, ok := w.call(http.MethodGet, "/v1/export?format=csv", "")
	if !ok {
		return
	}
	w.replay(false)
	var b statement
	if end {
		b = w.banks()
	}
	w.sheet(raw, b, end, least)

	lines, _, ok := w.call(http.MethodGet, "/v1/export?format=jsonl", "")
	if !ok {
		return
	}
	w.replay(false)
	w.met("export")
	w.lines(lines, b, end, least)
}

// sheet judges the CSV export.
func (w *world) sheet(raw []byte, b statement, end bool, least int) {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 {
		w.failf("the CSV export can't be read: %v", err)
		return
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	ids := map[string]bool{}
	for _, row := range rows[1:] {
		text := func(name string) string { return row[column[name]] }
		rupees := func(name string) money.Paise {
			whole, part, _ := strings.Cut(text(name), ".")
			n, err := strconv.ParseInt(whole+part, 10, 64)
			if err != nil || len(part) != 2 {
				w.failf("%s of the CSV export is %q", name, text(name))
			}
			return money.Paise(n)
		}
		id := text("id")
		asked, known := w.days.sales[id]
		if ids[id] || !known || rupees("amount_rupees") != asked.amount || text("by") != asked.by {
			w.failf(
				"the CSV export has sale %s over %s by %s (twice: %v), and it was asked so: %+v",
				id,
				text("amount_rupees"),
				text("by"),
				ids[id],
				asked,
			)
		}
		ids[id] = true
		came, sent, taken := rupees("captured_rupees"), rupees("refunded_rupees"), rupees("reversed_rupees")
		lies := rupees("kept_rupees") + rupees("undecided_rupees") + rupees("promised_rupees")
		if came-sent-taken != lies {
			w.failf(
				"the CSV export says that %s came for sale %s, that %s and %s went, and that %s is there",
				came,
				id,
				sent,
				taken,
				lies,
			)
		}
		if !end {
			continue
		}
		h := b.perSale[id]
		if came != h.came || sent+taken > h.went || h.certain && (sent != h.sent || taken != h.taken) {
			w.failf(
				"of sale %s the banks have %+v\nit says %+v\njournal %+v",
				id,
				w.bank.ledgerOf(id),
				w.known[id].Refunds,
				w.known[id].Journal,
			)
		}
		if came != h.came || sent+taken > h.went || h.certain && (sent != h.sent || taken != h.taken) {
			w.failf(
				"the CSV export says of sale %s that %s came, %s went back and others took %s, and the banks %+v",
				id,
				came,
				sent,
				taken,
				*h,
			)
		}
		for _, rrn := range h.rrns {
			if !strings.Contains(text("rrn"), rrn) {
				w.failf("the CSV export has no RRN %s for sale %s: %q", rrn, id, text("rrn"))
			}
		}
		if (text("phase") == "paid") != w.bank.paid[id] {
			w.failf("the CSV export says that sale %s is %s", id, text("phase"))
		}
	}
	if len(ids) < least { // none of them twice, and each known
		w.failf("the CSV export has %d of %d sales", len(ids), len(w.days.sales))
	}
}

// lines judges the JSONL export.
func (w *world) lines(raw []byte, b statement, end bool, least int) {
	ids := map[string]bool{}
	for line := range bytes.Lines(raw) {
		var s struct {
			ID     string      `json:"id"`
			Amount money.Paise `json:"amount_paise"`
			By     string      `json:"by"`
			Kept   money.Paise `json:"kept_paise"`
			Extra  money.Paise `json:"surplus_paise"`
			Paid   []struct {
				ID     string      `json:"id"`
				Amount money.Paise `json:"amount_paise"`
				Status string      `json:"status"`
			} `json:"payments"`
			Refunds []struct {
				ID     string      `json:"id"`
				Amount money.Paise `json:"amount_paise"`
				Status string      `json:"status"`
			} `json:"refunds"`
		}
		if err := json.Unmarshal(line, &s); err != nil {
			w.failf("the JSONL export can't be read: %v: %s", err, line)
			return
		}
		asked, known := w.days.sales[s.ID]
		if ids[s.ID] || !known || s.Amount != asked.amount || s.By != asked.by {
			w.failf(
				"the JSONL export has sale %s over %s by %s (twice: %v), and it was asked so: %+v",
				s.ID,
				s.Amount,
				s.By,
				ids[s.ID],
				asked,
			)
		}
		ids[s.ID] = true
		if !end {
			continue
		}
		var came, sent, promised money.Paise
		for _, p := range s.Paid {
			if p.Status == "captured" || p.Status == "refunded" {
				came += p.Amount
			}
		}
		for _, r := range s.Refunds {
			switch r.Status {
			case "processed":
				sent += r.Amount
			case "failed":
			default:
				promised += r.Amount
			}
		}
		h := b.perSale[s.ID]
		if came != h.came || sent > h.went || h.certain && sent != h.sent ||
			h.certain && s.Kept+s.Extra+promised != h.came-h.sent-h.taken {
			w.failf(
				"the JSONL export says of sale %s that %s came, %s went back, %s is promised, %s kept and %s "+
					"undecided, and the banks %+v",
				s.ID,
				came,
				sent,
				promised,
				s.Kept,
				s.Extra,
				*h,
			)
		}
	}
	if len(ids) < least { // none of them twice, and each known
		w.failf("the JSONL export has %d of %d sales", len(ids), len(w.days.sales))
	}
}
