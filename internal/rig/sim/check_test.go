package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/state"
)

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("%T can't be written as JSON: %v", v, err))
	}
	return raw
}

// check holds what is on disk against the events it is made of, against what was seen and said before, and against the
// truth at the gateways. At the end everything must be settled too.
func (w *world) check(end bool) {
	w.count.steps++
	if w.gone {
		return
	}
	w.replay(end)
	sales, err := w.truth.Sales(state.Query{Limit: 1000})
	if err != nil {
		w.failf("sales: %v", err)
		return
	}
	w.sales = sales
	ledger := w.ledger()
	b := books{
		w:        w,
		ledger:   ledger,
		attempts: map[string]owned{},
		payments: map[string]owned{},
		refunds:  map[string]state.Refund{},
		captured: map[string]money.Paise{},
	}
	for _, p := range ledger.Payments {
		if p.Captured {
			b.captured[string(p.API)+p.ID] = p.Amount
		}
	}
	for i := range sales {
		s := &sales[i]
		w.grown(*s)
		b.sale(s)
		w.bank.row(s, ledger, end)
		w.scan(s, ledger)
		if end {
			w.ended1(s)
		}
	}
	for id, seq := range w.acked {
		if k, found := w.known[id]; !found || k.Seq < seq {
			w.failf("sale %s was acknowledged as of event %d, and is as of %d: %v", id, seq, k.Seq, found)
		}
	}
	w.bank.debits(ledger)
	if end {
		w.bank.kinds(sales, ledger)
	}
	b.orders(end)
	b.moneyCame(end)
	b.moneyWent(end)
	if err := w.disk.chain(); err != nil {
		w.failf("the chain of events: %v", err)
	}
}

// replay rebuilds every sale from its events alone, as far as they are new, and at the end once more from the first.
func (w *world) replay(end bool) {
	events, err := w.truth.Events(w.seen, 1<<30)
	if err != nil {
		w.failf("events: %v", err)
	}
	changed := map[string]bool{}
	ledger := gatewaytest.Ledger{}
	if len(events) > 0 {
		ledger = w.ledger()
	}
	for _, e := range events {
		w.seen++
		if e.Seq != w.seen {
			w.failf("event %d has number %d", w.seen, e.Seq)
			w.seen = e.Seq
		}
		raw := encode(e)
		w.told(e, raw)
		w.hash = sha256.Sum256(append(w.hash[:], raw...))
		if e.SaleID == "" { // an act of a person, or what is asked beside sales
			continue
		}
		s, _, err := state.Apply(w.built[e.SaleID], e)
		if err != nil {
			w.failf("event %d (%s) can't be replayed: %v", e.Seq, e.Kind, err)
			continue
		}
		w.days.event(w.built[e.SaleID], s, e, ledger)
		w.bank.event(w.built[e.SaleID], s, e, ledger)
		w.built[e.SaleID] = s
		changed[e.SaleID] = true
	}
	for id := range changed {
		s, found, err := w.truth.Sale(id)
		if want := w.built[id]; err != nil || !found || !bytes.Equal(encode(s), encode(want)) {
			w.failf(
				"sale %s on disk isn't what its events make of it: %v, %v\nis   %s\nwant %s",
				id,
				found,
				err,
				encode(s),
				encode(want),
			)
		}
	}
	if !end {
		return
	}
	all, err := w.truth.Events(0, 1<<30)
	if err != nil {
		w.failf("events: %v", err)
	}
	var hash [32]byte
	for _, e := range all {
		hash = sha256.Sum256(append(hash[:], encode(e)...))
	}
	if hash != w.hash {
		w.failf("the %d events on disk aren't the %d that were read one after the other", len(all), w.seen)
	}
	if n := uint64(len(w.feed)); n > 0 {
		for seq := range w.feed {
			if seq > w.seen {
				w.failf("event %d was told to somebody and is not on disk", seq)
			}
		}
	}
}

// told compares an event on disk with what somebody was told of it.
func (w *world) told(e state.Event, raw []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sum, known := w.feed[e.Seq]; known && sum != sha256.Sum256(raw) {
		w.violate("event %d (%s of sale %s) isn't the one that was told", e.Seq, e.Kind, e.SaleID)
	}
}

// grown holds a sale against what was known of it before: facts are added and never taken back.
func (w *world) grown(s state.Sale) {
	was, known := w.known[s.ID]
	if known && s.Seq < was.Seq {
		return // an answer that was given before the last check
	}
	w.known[s.ID] = s
	if !known {
		return
	}
	lost := func(what, id string) { w.failf("sale %s has lost %s %s", s.ID, what, id) }
	if was.Phase.Final() && s.Phase != was.Phase {
		w.failf("sale %s was %s and is %s", s.ID, was.Phase, s.Phase)
	}
	for i, a := range was.Attempts {
		if i >= len(s.Attempts) || s.Attempts[i].Ref != a.Ref ||
			a.Quote != nil && (s.Attempts[i].Quote == nil || s.Attempts[i].Quote.Payload != a.Quote.Payload) {
			lost("attempt", a.Ref)
		}
	}
	for _, p := range was.Payments {
		if !slices.ContainsFunc(s.Payments, func(k state.Payment) bool {
			return k.ID == p.ID && (k.Received() || !p.Received()) && (!p.Received() || k.Amount == p.Amount)
		}) {
			lost("payment", p.ID)
		}
	}
	for _, r := range was.Refunds {
		if k := s.Refund(r.Key); k == nil || k.Amount != r.Amount || k.PaymentID != r.PaymentID {
			lost("refund", r.Key)
		}
	}
	if len(s.Prints) < len(was.Prints) || len(s.Resolutions) < len(was.Resolutions) ||
		was.Closing != nil && s.Closing == nil {
		lost("something", fmt.Sprint(len(was.Prints), len(was.Resolutions)))
	}
}

// settled is asked 35 minutes after the last fault: nothing may be under way any more but refunds and slow banks.
func (w *world) settled() {
	w.check(false)
	sales, err := w.truth.Sales(state.Query{Limit: 1000, Open: true})
	if err != nil {
		w.failf("sales: %v", err)
	}
	w.bank.stands(w.sales, w.ledger())
	for _, s := range sales {
		if undecidedDebit(&s) {
			continue
		}
		w.failf(
			"sale %s is still %s after 35 minutes of calm: attempts %+v, payments %+v",
			s.ID,
			s.Phase,
			s.Attempts,
			s.Payments,
		)
	}
	mute := w.sim.Knobs().NoLookup // an account that can't say what became of a refund
	// Nor is an EnKash look-up believed that has not found a refund of ours yet, when a bank has sent money back by
	// itself.
	odd := map[string]bool{}
	for _, r := range w.ledger().Refunds {
		if r.API == gatewaytest.EnKash && r.Key == "" {
			odd[r.PaymentID] = true
		}
	}
	for _, s := range w.known {
		for _, f := range state.Pending(s) {
			if now, _, _ := w.truth.Sale(s.ID); f.Do != state.DoFollow &&
				!(f.Do == state.DoRefund && (mute || odd[refundOf(s, f).PaymentID])) &&
				slices.Contains(state.Pending(now), f) {
				w.failf("%s of sale %s is still to be done after 35 minutes of calm", f.Key, s.ID)
			}
		}
	}
}

// refundOf is the refund an effect is about; none: the zero one.
func refundOf(s state.Sale, f state.Effect) state.Refund {
	for _, r := range s.Refunds {
		if strings.HasSuffix(f.Key, ":"+r.Key) {
			return r
		}
	}
	return state.Refund{}
}

// ended1 is what every sale must be like at the end.
func (w *world) ended1(s *state.Sale) {
	if !s.Phase.Final() {
		w.failf("sale %s is still %s after days of calm: %+v", s.ID, s.Phase, s.Attempts)
	}
	left := slices.DeleteFunc(
		state.Pending(*s),
		func(f state.Effect) bool { return f.Do == state.DoFollow && w.sim.Knobs().NoLookup },
	)
	if len(left) > 0 {
		w.failf("sale %s is %s, and after days of calm there is still to be done: %+v", s.ID, s.Phase, left)
	}
	old := w.bank.now().Sub(w.bank.began[s.ID]) > 6*24*time.Hour // of mandates and closed QRs money comes on every day
	if old && state.Watching(*s) && len(state.Pending(*s)) == 0 && len(s.Attention) == 0 && !w.mayReturn(s) {
		w.failf("sale %s is watched for more than five days, and nothing of it can come again", s.ID)
	}
	if !state.Watching(*s) && w.mayReturn(s) {
		w.failf("others sent money of sale %s back in the last days, and nobody looks whether it comes again", s.ID)
	}
	if len(s.SetAside) > 0 {
		w.failf("sale %s: %+v was set aside", s.ID, s.SetAside)
	}
	if s.Phase == state.PhasePaid {
		w.count.paid++
	}
	late := slices.ContainsFunc(s.Payments, func(p state.Payment) bool { return p.Late })
	if late {
		w.count.late++
	}
}

// mayReturn says whether others sent money of a sale back that is still away, or we did by the payment's word alone,
// and its bank may yet fail that, which it does within ten days, or has failed it since it was last looked at.
func (w *world) mayReturn(s *state.Sale) bool {
	l := w.ledger()
	payments, refs := w.bank.of(s, l)
	for i, p := range payments {
		w.mu.Lock()
		look := w.bank.looks[refs[i]].from
		w.mu.Unlock()
		word := slices.ContainsFunc(s.Refunds, func(r state.Refund) bool {
			return r.PaymentID == p.ID && r.ByRecord && r.Status == state.RefundProcessed
		})
		if s.Taken(p.ID) == 0 && !word {
			continue // none that the box could see
		}
		for _, r := range refundsOf(l, p) {
			unseen := r.DoneAt.After(look) // it failed since the last look: the next one sees it
			if (r.Key == "" || word) && (r.Status != "failed" || unseen) &&
				w.bank.now().Sub(r.CreatedAt) < 10*24*time.Hour {
				return true
			}
		}
	}
	return false
}

// books compares what the sales say with the ledger.
type books struct {
	w        *world
	ledger   gatewaytest.Ledger
	attempts map[string]owned // by reference
	payments map[string]owned // by gateway and id
	refunds  map[string]state.Refund
	captured map[string]money.Paise // at the gateways, by gateway and id
}

type owned struct {
	sale    *state.Sale
	attempt *state.Attempt
	payment *state.Payment
}

func (b *books) sale(s *state.Sale) {
	for i := range s.Attempts {
		a := &s.Attempts[i]
		if was, twice := b.attempts[a.Ref]; twice {
			b.w.failf("reference %s is in sales %s and %s", a.Ref, was.sale.ID, s.ID)
		}
		b.attempts[a.Ref] = owned{sale: s, attempt: a}
	}
	var evidence money.Paise
	for i := range s.Payments {
		p := &s.Payments[i]
		if was, twice := b.payments[p.Gateway+p.ID]; twice {
			b.w.failf("payment %s is in sales %s and %s", p.ID, was.sale.ID, s.ID)
		}
		b.payments[p.Gateway+p.ID] = owned{sale: s, payment: p}
		have, captured := b.captured[p.Gateway+p.ID]
		if p.Received() && (!captured || have != p.Amount) {
			b.w.failf(
				"payment %s of sale %s counts as received over %s, and the gateway has %s",
				p.ID,
				s.ID,
				p.Amount,
				have,
			)
		}
		if p.Received() {
			evidence += have
		}
	}
	if s.Phase == state.PhasePaid && evidence < s.Amount && s.Override() == "" {
		b.w.failf("sale %s is paid, and of %s the gateways have %s", s.ID, s.Amount, evidence)
	}
	for _, r := range s.Refunds {
		b.refunds[r.Key] = r
	}
}

// orders: every order that can be paid belongs to an attempt that is looked after, and none shown is another sale's.
func (b *books) orders(end bool) {
	for _, o := range b.ledger.Orders {
		if o.MultipleUse { // for many customers, and open as long as it stands there
			continue
		}
		i := slices.IndexFunc(o.References, func(ref string) bool { return b.attempts[ref].sale != nil })
		if i < 0 {
			b.w.failf("order %s at %s belongs to no sale: %v", o.ID, o.API, o.References)
			continue
		}
		s, a := b.attempts[o.References[i]].sale, b.attempts[o.References[i]].attempt
		if o.Amount != s.Amount {
			b.w.failf("order %s of sale %s is over %s, which is over %s", o.ID, s.ID, o.Amount, s.Amount)
		}
		if offer := b.w.offer(s.ID); offer != "" && a.State == state.AttemptQuoted &&
			!slices.Contains(o.Payloads, offer) {
			b.w.failf("sale %s showed a QR that order %s never had", s.ID, o.ID)
		}
		if o.Status != "open" {
			continue
		}
		switch {
		case end:
			b.w.failf("order %s of sale %s (%s) can still be paid after days", o.ID, s.ID, s.Phase)
		case a.State == state.AttemptFailed:
			b.w.failf(
				"order %s of sale %s can be paid, and attempt %s says for certain that it can't: %+v",
				o.ID,
				s.ID,
				a.Ref,
				a.Problem,
			)
		case !state.Watching(*s):
			b.w.failf("order %s of sale %s (%s) can be paid, and nobody looks at it", o.ID, s.ID, s.Phase)
		}
	}
}

func (w *world) offer(sale string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o := w.offers[sale]; o != nil {
		return o.payload
	}
	return ""
}

// moneyCame: each captured payment is in exactly one sale.
func (b *books) moneyCame(end bool) {
	for _, p := range b.ledger.Payments {
		k := b.payments[string(p.API)+p.ID].payment
		if end && p.Captured && (k == nil || !k.Received() || k.Amount != p.Amount) {
			b.w.failf("%s captured %s of %s, and no sale knows of it: %+v", p.API, p.ID, p.Amount, k)
		}
	}
}

// moneyWent: no more than came, at most once for a key, and only what a sale asked for.
func (b *books) moneyWent(end bool) {
	went, amount := map[string]money.Paise{}, map[string]money.Paise{}
	for _, p := range b.ledger.Payments {
		amount[p.ID] = p.Amount
	}
	keys := map[string]bool{}
	for _, r := range b.ledger.Refunds {
		failed := strings.EqualFold(r.Status, "failed")
		if !failed { // one that failed gives its amount free again
			went[r.PaymentID] += r.Amount
		}
		if went[r.PaymentID] > amount[r.PaymentID] {
			b.w.failf(
				"%s of payment %s was refunded, which was %s",
				went[r.PaymentID],
				r.PaymentID,
				amount[r.PaymentID],
			)
		}
		if r.Key == "" { // money that a bank sent back by itself has no key
			continue
		}
		if keys[r.Key] {
			b.w.failf("refund key %s made two refunds", r.Key)
		}
		keys[r.Key] = true
		k, known := b.refunds[r.Key]
		// Where refunds can't be looked up, that the payment reads "refunded" is all there is to know. Once it failed
		// the payment is whole again, and that is seen; unless others sent some of it.
		mute := r.API == gatewaytest.EnKash &&
			slices.ContainsFunc(b.ledger.Refunds, func(k gatewaytest.LedgerRefund) bool {
				return k.API == r.API && k.PaymentID == r.PaymentID && k.Key != r.Key
			})
		switch {
		case !known || k.Amount != r.Amount || k.PaymentID != r.PaymentID:
			b.w.failf("refund %s of %s of payment %s was never asked: %+v", r.Key, r.Amount, r.PaymentID, k)
		case end && k.Status == state.RefundProcessed && failed && !mute,
			end && k.Status == state.RefundFailed && !failed:
			b.w.failf("refund %s is %s, and the gateway says %s", r.Key, k.Status, r.Status)
		}
	}
	for key, k := range b.refunds {
		// Where a look-up of refunds isn't there, or has not proved itself, a payment that went back whole answers for
		// ours, though it went back by itself: once, and to the customer.
		if went[k.PaymentID] == amount[k.PaymentID] && k.Amount == amount[k.PaymentID] &&
			!strings.HasPrefix(k.PaymentID, "pay_") {
			continue
		}
		if slices.ContainsFunc(b.ledger.Refunds, func(r gatewaytest.LedgerRefund) bool {
			return r.API == gatewaytest.EnKash && r.PaymentID == k.PaymentID && r.Key == ""
		}) {
			continue // somebody's at the dashboard, which was counted from its asking, and may have failed since
		}
		if end && (k.Status == state.RefundProcessed || k.Status == state.RefundPending) && !keys[key] {
			b.w.failf("refund %s is %s, and the gateway has none", key, k.Status)
		}
	}
}
