package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/state"
)

// daybook is the bank's reading of the day: what happened to the money, by the business day of the box's own clock,
// written from the events as they lie on disk, with the amounts of the simulator's ledger and of the people of this
// package. It asks no account, tally or report of the box what is right.
type daybook struct {
	w      *world
	facts  []*fact
	bills  map[string]bill // what people asked for, by the note on the sale
	sales  map[string]bill // by the sale's id
	closed map[string]bool // sales that ended unpaid
	// of sales that were paid in another way: how much was, beside what people keep by UPI
	other map[string]money.Paise
	came  map[string]*fact   // by gateway and payment
	asked map[string]promise // refunds, by key
	ends  map[string]ending  // of refunds, by key
	zs    []string           // the Z reports' bytes
	shut  map[string]bool    // days that are closed
	total figures            // of all Z reports
	ways  map[string]part    // likewise, by gateway
}

// bill is a sale as people asked for it.
type bill struct {
	amount money.Paise
	by     string
	seller string // whom reports name; empty: the same
}

func (b bill) reported() string { return cmp.Or(b.seller, b.by) }

// promise is a refund that was asked.
type promise struct {
	payment string
	by      string
	amount  money.Paise
	fact    *fact
}

// ending is how a refund ended, on disk.
type ending struct {
	seq  uint64
	went bool
	at   time.Time // the bank's
}

// fact is something a report counts.
type fact struct {
	what   string // sale, paid, upi, late, refund, asked, instead, or the reason of a close
	seq    uint64
	day    string
	amount money.Paise
	api    string
	by     string
	z      int // the Z report that holds it
}

func newDaybook(w *world) *daybook {
	return &daybook{
		w:      w,
		bills:  map[string]bill{},
		sales:  map[string]bill{},
		closed: map[string]bool{},
		other:  map[string]money.Paise{},
		shut:   map[string]bool{},
		came:   map[string]*fact{},
		asked:  map[string]promise{},
		ends:   map[string]ending{},
		ways:   map[string]part{},
	}
}

// business is the business day of a moment: India's, which is 5:30 ahead, moved by the cut.
func (d *daybook) business(at time.Time) string {
	return at.UTC().Add(5*time.Hour + 30*time.Minute - d.w.plan.cut).Format("2006-01-02")
}

func (d *daybook) note(e state.Event, what string, amount money.Paise, api, by string) *fact {
	f := &fact{what: what, seq: e.Seq, day: d.business(e.At), amount: amount, api: api, by: by}
	d.facts = append(d.facts, f)
	return f
}

// event takes one event in. Of the sale it reads only that it became paid, or closed and why: bank.event judges the
// first.
func (d *daybook) event(before, after state.Sale, e state.Event, l gatewaytest.Ledger) {
	switch {
	case e.Kind == state.EventOpened && e.Opened.Kind == state.KindMandate:
		d.debit(e)
	case e.Kind == state.EventStanding:
		d.stand(e, l)
	case e.Kind == state.EventResolved && strings.HasPrefix(e.Resolution.Attention, "debit_unknown:"):
		if e.Resolution.Action == state.ActionItWent {
			d.reading(before, byWord(e), l)
		}
	case e.Kind == state.EventOpened:
		b, known := d.bills[e.Opened.Note]
		if !known || b.amount != e.Opened.Amount || b.by != e.By {
			d.w.failf(
				"sale %s over %s by %q was opened, and nobody asked for it so: %+v",
				e.SaleID,
				e.Opened.Amount,
				e.By,
				b,
			)
		}
		d.sales[e.SaleID] = b
		d.note(e, "sale", b.amount, "", b.by)
	case e.Kind == state.EventAttemptAsked:
		d.note(e, "order", d.sales[e.SaleID].amount, e.Gateway, "")
	case e.Reading != nil:
		d.reading(before, e, l)
	case e.Kind == state.EventRefundAsked:
		p := promise{payment: e.Refund.PaymentID, by: e.Refund.By, amount: e.Refund.Amount}
		if _, again := d.asked[e.Refund.Key]; !again {
			p.fact = d.note(e, "asked", p.amount, "", p.by)
			d.asked[e.Refund.Key] = p
		}
	case e.Kind == state.EventRefundSeen && e.Refund.Status == state.RefundProcessed:
		d.ended(e, e.Refund.Key, true, l)
	case e.Kind == state.EventRefundSeen && e.Refund.Status == state.RefundFailed:
		d.ended(e, e.Refund.Key, false, l)
	case e.Kind == state.EventResolved && (e.Resolution.Action == state.ActionItWent ||
		e.Resolution.Action == state.ActionItDidNot):
		d.ended(
			e,
			strings.TrimPrefix(e.Resolution.Attention, "refund_unknown:"),
			e.Resolution.Action == state.ActionItWent,
			l,
		)
	case e.Kind == state.EventResolved && strings.HasPrefix(e.Resolution.Attention, "money:"):
		if part := min(e.Resolution.Amount, d.other[e.SaleID]); part > 0 {
			d.other[e.SaleID] -= part
			d.note(e, "instead", part, "", "")
		}
	}
	b := d.sales[e.SaleID]
	if before.Phase != state.PhasePaid && after.Phase == state.PhasePaid {
		d.note(e, "paid", b.amount, "", b.reported())
	}
	if before.Phase != state.PhaseClosed && after.Phase == state.PhaseClosed {
		d.note(e, string(after.CloseReason()), b.amount, "", b.by)
		d.closed[e.SaleID] = true
		if after.CloseReason() == state.CloseOtherTender {
			d.other[e.SaleID] = b.amount
		}
	}
}

// reading takes in what came: each payment once, over what the bank has of it.
func (d *daybook) reading(before state.Sale, e state.Event, l gatewaytest.Ledger) {
	i := slices.IndexFunc(before.Attempts, func(a state.Attempt) bool { return a.Ref == e.Attempt })
	if i < 0 {
		return
	}
	api := before.Attempts[i].Gateway
	for _, p := range e.Reading.Payments {
		k := api + "/" + p.ID
		if (p.Status != state.PaymentCaptured && p.Status != state.PaymentRefunded) || d.came[k] != nil {
			continue
		}
		at := slices.IndexFunc(
			l.Payments,
			func(q gatewaytest.LedgerPayment) bool { return q.ID == p.ID && string(q.API) == api && q.Captured },
		)
		if at < 0 {
			d.w.failf(
				"event %d of sale %s says that %s came by payment %s, and no bank has that",
				e.Seq,
				e.SaleID,
				p.Amount,
				p.ID,
			)
			continue
		}
		d.came[k] = d.note(e, "upi", l.Payments[at].Amount, api, "")
		if d.closed[e.SaleID] {
			d.note(e, "late", l.Payments[at].Amount, api, "")
		}
	}
}

// ended takes in how a refund ended, once.
func (d *daybook) ended(e state.Event, key string, went bool, l gatewaytest.Ledger) {
	if _, again := d.ends[key]; again {
		return
	}
	d.ends[key] = ending{e.Seq, went, d.w.bank.at(e.Seq)}
	if !went {
		return
	}
	p := d.asked[key]
	amount, api := p.amount, ""
	for _, r := range l.Refunds {
		if r.Key == key {
			amount = r.Amount
		}
	}
	for k := range d.came {
		if strings.HasSuffix(k, "/"+p.payment) {
			api, _, _ = strings.Cut(k, "/")
		}
	}
	d.note(e, "refund", amount, api, p.by)
}

// add counts a fact.
func (f *figures) add(k *fact) {
	switch k.what {
	case "sale":
		f.Sales.add(k.amount)
	case "paid":
		f.Paid.add(k.amount)
	case "upi":
		f.UPI.add(k.amount)
	case "late":
		f.Late.add(k.amount)
	case "refund":
		f.Refunds.add(k.amount)
	case string(state.CloseCancelled):
		f.Cancelled.add(k.amount)
	case string(state.CloseExpired):
		f.Expired.add(k.amount)
	case string(state.CloseFailed):
		f.Failed.add(k.amount)
	case string(state.CloseOtherTender):
		f.OtherTender.add(k.amount)
	case "instead": // UPI money takes its place
		f.OtherTender.Paise -= k.amount
	}
}

// compare holds figures of a report against facts. What others sent back, what is kept beside a price and what settles
// no sale is judged over all days, at the end.
func (d *daybook) compare(who string, is figures, facts []*fact) {
	var want figures
	for _, k := range facts {
		want.add(k)
	}
	for _, c := range []struct {
		what     string
		is, want sum
	}{
		{"sales", is.Sales, want.Sales}, {"paid", is.Paid, want.Paid}, {"upi", is.UPI, want.UPI},
		{"late", is.Late, want.Late}, {"refunds", is.Refunds, want.Refunds},
		{"cancelled", is.Cancelled, want.Cancelled}, {"expired", is.Expired, want.Expired},
		{"failed", is.Failed, want.Failed},
	} {
		if c.is != c.want {
			d.w.failf("%s says %s %+v, and it was %+v%s", who, c.what, c.is, c.want, d.tell())
		}
	}
	// beside it, rests of paid sales; and UPI money that is kept takes its place
	if is.OtherTender.Count < want.OtherTender.Count {
		d.w.failf("%s says other_tender %+v, and it was at least %+v", who, is.OtherTender, want.OtherTender)
	}
	if net := is.UPI.Paise - is.Refunds.Paise - is.Reversals.Paise + is.Returned.Paise; is.Net != net {
		d.w.failf("%s says net %s, and its own lines make %s", who, is.Net, net)
	}
}

// shares holds what a report says of cashiers, gateways and hours against the facts.
func (d *daybook) shares(who string, r report, facts []*fact) {
	want := map[string]part{}
	for _, k := range facts {
		change := func(name string, do func(*part)) {
			p := want[name]
			do(&p)
			want[name] = p
		}
		switch k.what {
		case "sale":
			change("by "+k.by, func(p *part) { p.Sales.add(k.amount) })
		case "paid":
			change("by "+k.by, func(p *part) { p.Paid.add(k.amount) })
		case "order":
			change("at "+k.api, func(p *part) { p.Sales.add(k.amount) })
		case "upi":
			change("at "+k.api, func(p *part) { p.Paid.add(k.amount) })
		case "refund":
			change("by "+k.by, func(p *part) { p.Refunds.add(k.amount) })
			change("at "+k.api, func(p *part) { p.Refunds.add(k.amount) })
		}
	}
	is := map[string]part{}
	var rev, ret, hours sum
	for _, p := range r.Cashiers {
		is["by "+p.Name] = part{Sales: p.Sales, Paid: p.Paid, Refunds: p.Refunds}
	}
	for _, p := range r.Gateways {
		is["at "+p.Name] = part{Sales: p.Sales, Paid: p.Paid, Refunds: p.Refunds}
		rev, ret = rev.plus(p.Reversals), ret.plus(p.Returned)
	}
	for _, h := range r.Hours {
		hours = hours.plus(h)
	}
	for name := range maps.Keys(want) {
		if is[name] != want[name] {
			d.w.failf("%s says %s %+v, and it was %+v", who, name, is[name], want[name])
		}
	}
	for name, p := range is {
		if p != (part{}) && want[name] == (part{}) {
			d.w.failf("%s says %s %+v, and there was nothing", who, name, p)
		}
	}
	if rev != r.Reversals || ret != r.Returned || hours != r.UPI {
		d.w.failf(
			"%s: its gateways' reversals %+v, returns %+v and its hours %+v don't add up to %+v, %+v and %+v",
			who,
			rev,
			ret,
			hours,
			r.Reversals,
			r.Returned,
			r.UPI,
		)
	}
}

// pending holds the refunds that a report calls under way against those that were asked that day and had no end.
func (d *daybook) pending(who string, r report, facts []*fact) {
	var want sum
	for key, p := range d.asked {
		if end, over := d.ends[key]; slices.Contains(facts, p.fact) && !(over && end.seq <= r.Seq) {
			want.add(p.amount)
		}
	}
	if r.PendingRefunds != want {
		d.w.failf("%s says pending refunds %+v, and it was %+v", who, r.PendingRefunds, want)
	}
}

// free are the facts of the events up to seq that no Z holds, by their day.
func (d *daybook) free(seq uint64) map[string][]*fact {
	out := map[string][]*fact{}
	for _, k := range d.facts {
		if k.z == 0 && k.seq <= seq {
			out[k.day] = append(out[k.day], k)
		}
	}
	return out
}

// x judges an X report: its day's own figures are its day's, and every other fact that no Z holds stands under its own
// day.
func (d *daybook) x(r report) {
	free := d.free(r.Seq)
	if day := d.business(r.At); r.Day != day {
		d.w.failf("an X at %s is of %s, and not of %s", r.At, r.Day, day)
	}
	who := fmt.Sprintf("the X of %s up to event %d", r.Day, r.Seq)
	d.compare(who, r.figures, free[r.Day])
	d.shares(who, r, free[r.Day])
	d.pending(who, r, free[r.Day])
	delete(free, r.Day)
	d.others(who, append(slices.Clone(r.OtherDays), r.OpenDays...), free)
	d.standing(who, r)
}

// others judges what a report says of other days.
func (d *daybook) others(who string, says []figures, free map[string][]*fact) {
	told := map[string]bool{}
	for _, o := range says {
		if told[o.Day] {
			d.w.failf("%s tells of %s twice", who, o.Day)
		}
		told[o.Day] = true
		d.compare(who+" under "+o.Day, o, free[o.Day])
	}
	for day, facts := range free {
		counted := slices.ContainsFunc(facts, func(k *fact) bool { return k.what != "order" && k.what != "asked" })
		if counted && !told[day] {
			d.w.failf("%s tells nothing of %s: %+v", who, day, *facts[0])
		}
	}
}

// standing judges what a report says is open: sales that were opened and have not ended.
func (d *daybook) standing(who string, r report) {
	var want sum
	for _, k := range d.facts {
		if k.seq > r.Seq {
			continue
		}
		switch k.what {
		case "sale":
			want.add(k.amount)
		case "paid",
			string(state.CloseCancelled),
			string(state.CloseExpired),
			string(state.CloseFailed),
			string(state.CloseOtherTender):
			want = sum{want.Count - 1, want.Paise - k.amount}
		}
	}
	if r.Pending != want {
		d.w.failf("%s says that %+v is under way, and it is %+v", who, r.Pending, want)
	}
}

// z judges a Z report, when it is seen for the first time; after that it must be the same bytes.
func (d *daybook) z(r report, raw []byte) {
	if r.Number <= len(d.zs) {
		if d.zs[r.Number-1] != string(raw) {
			d.w.failf("Z report %d was\n%s\nand is\n%s", r.Number, d.zs[r.Number-1], raw)
		}
		return
	}
	d.zs = append(d.zs, string(raw))
	d.w.met("Z report")
	today := d.business(r.At)
	if r.Day > today || d.shut[r.Day] {
		d.w.failf("Z report %d closed %s on %s; closed before: %v", r.Number, r.Day, today, d.shut)
	}
	d.shut[r.Day] = true

	free := d.free(r.Seq)
	for day, facts := range free {
		if day > r.Day && day <= today { // that day's own Z will hold them
			delete(free, day)
			continue
		}
		for _, k := range facts {
			k.z = r.Number
		}
	}
	who := fmt.Sprintf("Z report %d of %s up to event %d", r.Number, r.Day, r.Seq)
	d.compare(who, r.figures, free[r.Day])
	d.shares(who, r, free[r.Day])
	d.pending(who, r, free[r.Day])
	delete(free, r.Day)
	d.others(who, r.OtherDays, free)
	if len(r.OtherDays) > 0 {
		d.w.met("Z report with other days")
	}
	d.count(r)
}

// count adds a report to the total.
func (d *daybook) count(r report) {
	d.total = d.total.plus(r.figures)
	for _, o := range r.OtherDays {
		d.total = d.total.plus(o)
	}
}

// tell lists the facts, for a violation.
func (d *daybook) tell() string {
	var b strings.Builder
	for _, k := range d.facts {
		fmt.Fprintf(&b, "\n  event %d on %s: %s %s %s%s, in Z %d", k.seq, k.day, k.what, k.amount, k.api, k.by, k.z)
	}
	for _, z := range d.zs {
		fmt.Fprintf(&b, "\n  %s", z)
	}
	return b.String()
}

// debit takes in a debit: its amount is that of a notice, and who asked for it a person or, of those that its owner
// lets run by themselves, the box.
func (d *daybook) debit(e state.Event) {
	i := slices.IndexFunc(d.w.payers, func(p *payer) bool { return p.id == e.Opened.Debit.Mandate })
	if i < 0 {
		d.w.failf("debit %s is of the mandate %s, which nobody made", e.SaleID, e.Opened.Debit.Mandate)
		return
	}
	p := d.w.payers[i]
	amounts := map[money.Paise]bool{p.amount: true}
	if !p.exact {
		amounts[p.amount/2], amounts[100] = true, true
	}
	if !amounts[e.Opened.Amount] || e.By != "owner:loopback" && !(p.exact && e.By == "till") {
		d.w.failf("debit %s over %s by %q was opened, and nobody asked for it so", e.SaleID, e.Opened.Amount, e.By)
	}
	b := bill{amount: e.Opened.Amount, by: e.By}
	d.sales[e.SaleID] = b
	d.note(e, "sale", b.amount, "", b.by)
}

// stand takes in a payment at a standing QR, over what the bank has of it.
func (d *daybook) stand(e state.Event, l gatewaytest.Ledger) {
	p := e.Reading.Payments[0]
	i := slices.IndexFunc(l.Payments, func(q gatewaytest.LedgerPayment) bool {
		return q.ID == p.ID && string(q.API) == e.Gateway && q.Captured
	})
	k := e.Gateway + "/" + p.ID
	if i < 0 || d.came[k] != nil {
		d.w.failf("event %d makes a sale of payment %s, which no bank has, or which was one before", e.Seq, p.ID)
		return
	}
	b := bill{l.Payments[i].Amount, "gateway:" + e.Gateway, "standing QR " + e.Opened.Standing.Name}
	d.sales[e.SaleID] = b
	d.note(e, "sale", b.amount, "", b.seller)
	d.note(e, "order", b.amount, e.Gateway, "")
	d.came[k] = d.note(e, "upi", b.amount, e.Gateway, "")
}

// byWord is the reading that a person has made at the gateway's dashboard of a debit of unknown end.
func byWord(e state.Event) state.Event {
	ref := strings.TrimPrefix(e.Resolution.Attention, "debit_unknown:")
	e.Attempt = ref
	e.Reading = &state.Reading{Payments: []state.Payment{{ID: ref, Status: state.PaymentCaptured}}}
	return e
}
