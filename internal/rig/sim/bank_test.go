package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/state"
)

// bank is the oracle's book: what the simulator's banks held for the shop at every moment, what went back and by whom,
// and what persons said. It is written from the simulator's own records and from the people of this package. Of a sale
// it reads facts (which order, which answer) and what the sale claims; it asks no function of the account what is
// right.
type bank struct {
	w      *world
	offset time.Duration // of the simulator's clock
	stales atomic.Int64  // answers that a proxy gave again

	looks map[string]look      // by attempt reference: the last one that was answered; under w.mu
	seen  map[uint64]seen      // by event: what was looked at when it was committed; under w.mu
	asked map[string][]word    // by sale: what persons asked or answered
	least map[string]least     // by gateway and payment
	news  map[string]uint64    // likewise: the newest reading on disk that changed what the sale says of it
	born  map[string]bool      // payments at standing QRs that are sales; under w.mu
	began map[string]time.Time // by sale: its first event
	paid  map[string]bool      // sales that were covered when they became paid
	moved map[string]bool      // payments that a look could know of, by the ids that sales have of them

	last    map[string]time.Time // by sale: the moment of the newest commit of it
	past    map[string][]look    // by attempt reference: all that were answered and may have been taken in; under w.mu
	waiting map[string]time.Time // since when a sale asks for its QR to be scanned
	over    map[string]time.Time // since when an order is seen to be no longer open
}

// look is a reading of an order: the gateway answered what it held at some moment from its start on.
type look struct {
	from   time.Time
	stales int64
	until  time.Time // when it was answered
}

// seen is the world at the commit of an event.
type seen struct {
	at    time.Time
	looks map[string]look
	from  map[string]time.Time // what was looked at before has been taken in
	read  bool                 // the sale is read so: no later event of the same commit changes it
}

// settles is how long a look takes to be taken in, at most.
const settles = 2 * time.Minute

// least is the least of a payment that readings on disk have shown to lie there, and the newest event that had one.
type least struct {
	amount money.Paise
	seq    uint64
}

// word is what a person asked or answered.
type word struct {
	item   string // empty: a refund that answers nothing
	kind   state.AttentionKind
	action state.Action
	amount money.Paise // of a refund: 0 is all that is left
}

func newBank(w *world, offset time.Duration) *bank {
	return &bank{
		w:       w,
		offset:  offset,
		looks:   map[string]look{},
		seen:    map[uint64]seen{},
		asked:   map[string][]word{},
		least:   map[string]least{},
		news:    map[string]uint64{},
		paid:    map[string]bool{},
		moved:   map[string]bool{},
		born:    map[string]bool{},
		began:   map[string]time.Time{},
		last:    map[string]time.Time{},
		past:    map[string][]look{},
		waiting: map[string]time.Time{},
		over:    map[string]time.Time{},
	}
}

func (b *bank) now() time.Time { return time.Now().Add(b.offset) }

func (b *bank) stale() { b.stales.Add(1) }

func (b *bank) begin() look { return look{from: b.now(), stales: b.stales.Load()} }

func (b *bank) looked(ref string, l look) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.look(ref, l)
}

// listed notes a list of a standing QR's payments. Of those that are sales already nobody takes anything in.
func (b *bank) listed(all []gateway.Payment, l look) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	for _, p := range all {
		if !b.born[p.ID] {
			b.look(p.ID, l)
		}
	}
}

// look notes a look; the caller holds w.mu.
func (b *bank) look(ref string, l look) {
	if b.stales.Load() != l.stales {
		l.from = l.from.Add(-stalest)
	}
	l.until = b.now()
	b.looks[ref] = l
	b.past[ref] = append(b.past[ref], l)
}

// lost forgets the looks of the last minute: their answers may never have reached the disk.
func (b *bank) lost() {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	for ref, all := range b.past {
		b.past[ref] = slices.DeleteFunc(all, func(l look) bool { return l.until.After(b.now().Add(-time.Minute)) })
	}
}

// since is the moment whose state of an order has certainly been taken in: the look before the last ones. The caller
// holds w.mu.
func (b *bank) since(ref string) (from time.Time) {
	for _, l := range b.past[ref] {
		if from.IsZero() || l.until.Before(b.now().Add(-settles)) {
			from = l.from
		}
	}
	if len(b.past[ref]) > 0 && b.past[ref][0].from.Equal(from) && !b.past[ref][0].until.Before(b.now().Add(-settles)) {
		return time.Time{}
	}
	return from
}

// before is the start of the last look at an order that had certainly been taken in at a moment; zero: there was none.
func (b *bank) before(ref string, at time.Time) (from time.Time) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	for _, l := range b.past[ref] {
		if l.until.Before(at.Add(-settles)) {
			from = l.from
		}
	}
	return from
}

// committing notes what was looked at before the events of a batch are written.
func (b *bank) committing(batch state.Batch) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	for i, e := range batch.Events {
		if i == 0 || !e.At.Equal(batch.Events[i-1].At) {
			for _, k := range batch.Events[:i] {
				b.w.violate("events %d and %d of one commit have the moments %v and %v", k.Seq, e.Seq, k.At, e.At)
			}
			if e.SaleID != "" && e.At.Equal(b.last[e.SaleID]) {
				b.w.violate("event %d of sale %s has the moment of the commit before it, %v", e.Seq, e.SaleID, e.At)
			}
		}
		s := seen{at: b.now(), looks: map[string]look{}, from: map[string]time.Time{}, read: true}
		for _, later := range batch.Events {
			s.read = s.read && !(later.SaleID == e.SaleID && later.Seq > e.Seq)
		}
		for _, k := range batch.Sales {
			if k.ID == e.SaleID {
				for _, a := range k.Attempts {
					ref := looksAt(&k, a)
					if l, ok := b.looks[ref]; ok {
						s.looks[ref] = l
						s.from[ref] = b.since(ref)
					}
				}
			}
		}
		b.seen[e.Seq] = s
	}
	for _, e := range batch.Events {
		if e.Kind == state.EventStanding {
			b.born[e.Reading.Payments[0].ID] = true
		}
		b.last[e.SaleID] = e.At
	}
}

// at is when an event was committed, by the banks' clock.
func (b *bank) at(seq uint64) time.Time {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	return b.seen[seq].at
}

func (b *bank) mayRefund(sale, item string, amount money.Paise) {
	b.asked[sale] = append(b.asked[sale], word{item: item, action: state.ActionRefund, amount: amount})
}

func (b *bank) said(sale string, item state.Attention, action state.Action, amount money.Paise) {
	b.asked[sale] = append(b.asked[sale], word{item.ID, item.Kind, action, amount})
}

// refundsOf lists the refunds of a payment at the gateways.
func refundsOf(l gatewaytest.Ledger, p gatewaytest.LedgerPayment) (out []gatewaytest.LedgerRefund) {
	for _, r := range l.Refunds {
		if r.API == p.API && r.PaymentID == p.ID {
			out = append(out, r)
		}
	}
	return out
}

// counts says whether the gateway's counter held a refund at t.
func (b *bank) counts(r gatewaytest.LedgerRefund, t time.Time) bool {
	switch {
	case t.Before(r.CreatedAt):
		return false
	case t.Before(r.DoneAt):
		return b.w.sim.Knobs().RefundCounter != "processed"
	}
	return r.Status != "failed"
}

// held is what the gateway said it held of a payment at t.
func (b *bank) held(l gatewaytest.Ledger, p gatewaytest.LedgerPayment, t time.Time) money.Paise {
	if p.CapturedAt.IsZero() || t.Before(p.CapturedAt) {
		return 0
	}
	left := p.Amount
	for _, r := range refundsOf(l, p) {
		if b.counts(r, t) {
			left -= r.Amount
		}
	}
	return left
}

// most is the most that was held at one moment between from and to, of money that we did not ask back before.
func (b *bank) most(l gatewaytest.Ledger, p gatewaytest.LedgerPayment, from, to time.Time) (most money.Paise) {
	moments := []time.Time{from, to, p.CapturedAt}
	ours := money.Paise(0)
	for _, r := range refundsOf(l, p) {
		moments = append(moments, r.DoneAt)
		if r.Key != "" && r.CreatedAt.Before(from) {
			ours = max(ours, r.Amount)
		}
	}
	for _, t := range moments {
		if !t.Before(from) && !t.After(to) {
			most = max(most, b.held(l, p, t))
		}
	}
	return min(most, p.Amount-ours)
}

// looksAt is what an attempt is looked at by, at its gateway: its reference; at a standing QR the payment's id.
func looksAt(s *state.Sale, a state.Attempt) string {
	if s.Standing != nil && len(s.Payments) > 0 {
		return s.Payments[0].ID
	}
	return a.Ref
}

// of lists the payments that belong to a sale, with the reference of their attempt.
func (b *bank) of(s *state.Sale, l gatewaytest.Ledger) (payments []gatewaytest.LedgerPayment, refs []string) {
	for _, o := range l.Orders {
		i := slices.IndexFunc(s.Attempts, func(a state.Attempt) bool {
			return a.Gateway == string(o.API) && slices.Contains(o.References, looksAt(s, a))
		})
		if i < 0 {
			continue
		}
		for _, p := range l.Payments {
			if p.API == o.API && p.OrderID == o.ID {
				payments, refs = append(payments, p), append(refs, looksAt(s, s.Attempts[i]))
			}
		}
	}
	return payments, refs
}

// event judges what an event on disk claims, by what the banks held when it was looked.
func (b *bank) event(before, after state.Sale, e state.Event, l gatewaytest.Ledger) {
	if e.Begins() {
		b.began[e.SaleID] = b.at(e.Seq)
	}
	b.words(&after, e)
	b.readings(before, e)
	b.overtaken(before, after, e)
	b.covered(before, after, e, l)
	b.order(before, after, e, l)
	b.others(before, after, e)
	b.sentences(&after, l, e.Seq)
}

// readings notes what each reading on disk showed of a payment, unless it may have been overtaken by a newer one, or
// moved nothing.
func (b *bank) readings(before state.Sale, e state.Event) {
	a := before.Attempt(e.Attempt)
	if e.Reading == nil || a == nil || len(before.Refunds) > 0 { // a counter that holds refunds of ours says less
		return
	}
	for _, p := range e.Reading.Payments {
		key := a.Gateway + "/" + p.ID
		was, known := b.least[key]
		if !p.Received() || slices.Contains(e.Reading.Doubted, p.ID) || known && e.Reading.Asked < was.seq {
			continue
		}
		there := p.Amount - p.Refunded
		if p.Status == state.PaymentRefunded || p.PartBack {
			there = 0
		}
		if known {
			there = min(there, was.amount)
		}
		b.least[key] = least{there, e.Seq}
	}
}

// overtaken judges that a reading which was asked before the last one that changed a payment takes nothing of it
// backwards.
func (b *bank) overtaken(before, after state.Sale, e state.Event) {
	a := before.Attempt(e.Attempt)
	if e.Reading == nil || a == nil {
		return
	}
	for _, p := range e.Reading.Payments {
		key := a.Gateway + "/" + p.ID
		was, is := before.Payment(p.ID), after.Payment(p.ID)
		if is == nil ||
			was != nil && was.Status == is.Status && was.Refunded == is.Refunded && was.PartBack == is.PartBack {
			continue
		}
		if was != nil && e.Reading.Asked < b.news[key] && (was.Received() || !is.Received()) {
			b.w.failf(
				"sale %s: event %d was asked as of %d, and changes payment %s, which event %d changed, from %+v to %+v",
				after.ID,
				e.Seq,
				e.Reading.Asked,
				p.ID,
				b.news[key],
				*was,
				*is,
			)
		}
		b.news[key] = e.Seq
	}
}

// covered judges that a sale which became paid was: of money that left once and came again nothing counts, unless a
// person says so.
func (b *bank) covered(before, after state.Sale, e state.Event, l gatewaytest.Ledger) {
	if before.Phase == state.PhasePaid || after.Phase != state.PhasePaid {
		return
	}
	b.paid[after.ID] = true
	if e.Kind == state.EventResolved {
		b.w.met("paid by a person's word")
		if after.Kind != state.KindMandate {
			b.enough(after, e)
		}
		return // words has seen that a person said so
	}
	b.w.mu.Lock()
	at, known := b.seen[e.Seq]
	b.w.mu.Unlock()
	if !known || e.Reading == nil {
		b.w.failf("sale %s is paid by event %d (%s), and no gateway was read for it", e.SaleID, e.Seq, e.Kind)
		return
	}
	payments, refs := b.of(&after, l)
	var sum money.Paise
	for i, p := range payments {
		if after.Standing != nil &&
			!p.CapturedAt.After(at.at) { // it is the sale, though it went back before anybody looked
			sum += p.Amount
			continue
		}
		if k, ok := at.looks[refs[i]]; ok {
			most := b.most(l, p, k.from, at.at)
			if low, known := b.least[string(p.API)+"/"+p.ID]; known && len(before.Refunds) == 0 {
				most = min(most, low.amount)
			}
			sum += most
		}
	}
	if sum < after.Amount {
		b.w.failf(
			"sale %s over %s became paid by event %d, and the banks held %s of it: %+v",
			e.SaleID,
			after.Amount,
			e.Seq,
			sum,
			payments,
		)
	}
}

// enough judges that what a person took for the price is it: nothing of it waits for a decision but what is more than
// the price.
func (b *bank) enough(after state.Sale, e state.Event) {
	var named money.Paise
	for _, a := range after.Attention {
		if strings.HasPrefix(a.ID, "money:") {
			named += a.Amount
		}
	}
	if want := max(0, e.Resolution.Amount-after.Amount); named != want {
		b.w.failf(
			"sale %s: %s was taken for its price of %s, and items name %s: %+v",
			after.ID,
			e.Resolution.Amount,
			after.Amount,
			named,
			after.Attention,
		)
	}
}

// words holds answers and askings on disk against what persons said.
func (b *bank) words(s *state.Sale, e state.Event) {
	w := word{}
	switch {
	case e.Kind == state.EventResolved:
		r := e.Resolution
		w = word{item: r.Attention, action: r.Action, amount: r.Amount}
	case e.Kind == state.EventRefundAsked:
		w = word{item: e.Refund.Answers, action: state.ActionRefund, amount: e.Refund.Amount}
	default:
		return
	}
	i := slices.IndexFunc(b.asked[e.SaleID], func(k word) bool {
		return k.item == w.item && k.action == w.action &&
			(k.amount == w.amount || k.action == state.ActionRefund &&
				(k.amount == 0 || k.kind == state.AttentionShort && w.amount <= k.amount))
	})
	if i < 0 {
		b.w.failf("sale %s: event %d is %+v, and nobody said so: %+v", e.SaleID, e.Seq, w, b.asked[e.SaleID])
	}
	if w.action != state.ActionItWent && w.action != state.ActionItDidNot || s.Kind == state.KindMandate {
		return
	}
	want := map[state.Action]state.RefundStatus{state.ActionItWent: state.RefundProcessed,
		state.ActionItDidNot: state.RefundFailed}[w.action]
	if r := s.Refund(strings.TrimPrefix(w.item, "refund_unknown:")); r == nil || r.Status != want || r.DecidedBy == "" {
		b.w.failf("sale %s: event %d says %s, and the refund is %+v", e.SaleID, e.Seq, w.action, r)
	}
}

// person is what somebody with the gateway's dashboard answers to an item: the amount seen, or the truth. known is
// false where he waits.
func (b *bank) person(s *state.Sale, item state.Attention, action *state.Action) (amount money.Paise, known bool) {
	l := b.w.ledger()
	switch item.Kind {
	case state.AttentionDebitUnknown:
		*action = state.ActionItDidNot
		for _, p := range l.Payments {
			if p.ID == strings.TrimPrefix(item.ID, "debit_unknown:") {
				if !over(p) {
					return 0, false
				}
				if p.Captured {
					*action = state.ActionItWent
				}
			}
		}
	case state.AttentionRefundUnknown:
		*action = state.ActionItDidNot
		for _, r := range l.Refunds {
			if r.Key != strings.TrimPrefix(item.ID, "refund_unknown:") {
				continue
			}
			switch r.Status {
			case "pending":
				return 0, false
			case "processed":
				*action = state.ActionItWent
			}
		}
	case state.AttentionUnnamed:
		payments, _ := b.of(s, l)
		for _, p := range payments {
			if p.ID == item.PaymentID {
				for _, r := range refundsOf(l, p) {
					if r.Key == "" && r.Status != "failed" {
						amount += r.Amount
					}
				}
			}
		}
		return amount, amount > 0
	}
	return item.Amount, true
}

// row holds what a sale says now against the banks.
func (b *bank) row(s *state.Sale, l gatewaytest.Ledger, end bool) {
	if (s.Phase == state.PhasePaid) != b.paid[s.ID] {
		b.w.failf("sale %s is %s, and was covered: %v", s.ID, s.Phase, b.paid[s.ID])
	}
	payments, refs := b.of(s, l)
	b.wentBack(s, l)

	// What each payment holds by its captures and by refunds that are asked; at the end also less what others took.
	lies := map[string]money.Paise{} // by payment id
	var all, unanswered, theirs, promised money.Paise
	certain, quiet := true, true
	for i, p := range payments {
		at := slices.IndexFunc(
			s.Payments,
			func(k state.Payment) bool { return k.ID == p.ID && k.Gateway == string(p.API) },
		)
		if p.CapturedAt.IsZero() || at < 0 || s.Payments[at].CapturedAt.IsZero() {
			continue
		}
		left := p.Amount
		own := false
		for _, r := range s.Refunds {
			if r.PaymentID != p.ID || r.Status == state.RefundFailed {
				continue
			}
			left -= r.Amount
			own = true
			if r.Status != state.RefundProcessed {
				promised += r.Amount
			}
			if r.Answers == "" || strings.HasPrefix(r.Answers, "refund_failed:") {
				unanswered += r.Amount
			}
		}
		b.w.mu.Lock()
		k := b.looks[refs[i]]
		b.w.mu.Unlock()
		var took money.Paise
		for _, r := range refundsOf(l, p) {
			switch {
			case r.Key == "" && b.counts(r, k.from):
				took += r.Amount
			case r.Key == "" && !b.counts(r, b.now()), r.Key == "":
				quiet = quiet && !r.CreatedAt.After(k.from)
			case r.Status == "pending":
				quiet = false
			}
		}
		if p.API == gatewaytest.EnKash && took > 0 {
			// A part names no sum there, and behind a refund of ours nobody can know it.
			certain = certain && took == p.Amount && !own
		}
		if p.API == gatewaytest.EnKash && own && b.w.sim.Knobs().NoLookup {
			certain = false
		}
		if end {
			left -= took
		}
		theirs += took
		lies[p.ID] = left
		all += left
	}

	named, perItem := money.Paise(0), map[string]money.Paise{}
	ids := map[string]bool{}
	for _, a := range s.Attention {
		if ids[a.ID] {
			b.w.failf("sale %s has item %s twice", s.ID, a.ID)
		}
		ids[a.ID] = true
		kind, _, _ := strings.Cut(a.ID, ":")
		switch kind {
		case "unnamed":
			certain = false
			named += a.Amount
		case "money", "short":
			named += a.Amount
		}
		if kind == "money" || kind == "refund_failed" || kind == "unnamed" {
			perItem[a.PaymentID] += a.Amount
		}
	}
	if end && !certain {
		b.w.met("money that nobody can know")
		return
	}
	for id, sum := range perItem {
		if sum > lies[id] {
			b.w.failf(
				"sale %s: items name %s of payment %s, and %s can be given back: %+v, refunds %+v",
				s.ID,
				sum,
				id,
				lies[id],
				s.Attention,
				s.Refunds,
			)
		}
	}
	if named > all {
		b.w.failf("sale %s: items name %s, and %s lies there: %+v", s.ID, named, all, s.Attention)
	}
	if !end {
		return
	}
	_ = quiet

	covered, accepted := money.Paise(0), money.Paise(0)
	if s.Phase == state.PhasePaid {
		covered = s.Amount
	}
	for _, r := range s.Resolutions {
		switch {
		case r.Kind == state.AttentionShort:
			covered = min(s.Amount, r.Amount)
		case strings.HasPrefix(r.Attention, "money:"):
			accepted += r.Amount
		case r.Action == state.ActionKeep:
			accepted += r.Kept
		}
	}
	kept := all - named
	if kept > covered+accepted || kept < covered+accepted-unanswered-theirs {
		b.w.failf(
			"sale %s (%s over %s): the banks hold %s, items name %s, so %s is kept; covered %s, accepted %s, sent "+
				"back by persons %s, by others %s, promised %s\nitems %+v\nanswers %+v\npayments %+v\nrefunds %+v",
			s.ID,
			s.Phase,
			s.Amount,
			all,
			named,
			kept,
			covered,
			accepted,
			unanswered,
			theirs,
			promised,
			s.Attention,
			s.Resolutions,
			s.Payments,
			s.Refunds,
		)
	}
	b.w.met("accounts balanced at the end")
}

// wentBack: a refund that is said to have happened stands in a bank's book, or a person has said so.
func (b *bank) wentBack(s *state.Sale, l gatewaytest.Ledger) {
	for _, r := range s.Refunds {
		if r.Status != state.RefundProcessed || r.DecidedBy != "" {
			continue
		}
		if slices.ContainsFunc(l.Refunds, func(k gatewaytest.LedgerRefund) bool {
			return k.Key == r.Key && k.Status == "processed" && k.Amount == r.Amount
		}) {
			continue
		}
		// At an EnKash account without look-ups, the payment that reads REFUNDED is all there is to know.
		i := slices.IndexFunc(l.Payments, func(p gatewaytest.LedgerPayment) bool { return p.ID == r.PaymentID })
		if i >= 0 && l.Payments[i].API == gatewaytest.EnKash {
			continue
		}
		b.w.failf(
			"sale %s says that refund %s went back, and no bank does: %+v",
			s.ID,
			r.Key,
			refundsOf(l, gatewaytest.LedgerPayment{API: gatewaytest.Razorpay, ID: r.PaymentID}),
		)
	}
}

// undecided is what an item says of a payment's money that nobody has said what for.
func undecided(s state.Sale, payment string) (sum money.Paise) {
	for _, a := range s.Attention {
		if a.ID == "money:"+payment {
			sum += a.Amount
		}
	}
	return sum
}

// others judges which money of a payment others take, where no refund of ours ever left it: what is undecided, before
// any other.
func (b *bank) others(before, after state.Sale, e state.Event) {
	if e.Reading == nil || before.Phase != after.Phase {
		return
	}
	for _, p := range after.Payments {
		was := before.Payment(p.ID)
		if was == nil || !was.Received() || p.PartBack || was.PartBack ||
			slices.ContainsFunc(after.Refunds, func(r state.Refund) bool { return r.PaymentID == p.ID }) {
			continue
		}
		took := p.Refunded - was.Refunded
		if rest := took - undecided(before, p.ID); rest > 0 && after.Phase.Final() { // price, or what a person kept
			id := fmt.Sprintf("reversed:%s:%d", p.ID, e.Seq)
			if !slices.ContainsFunc(
				after.Attention,
				func(a state.Attention) bool { return a.ID == id && a.Amount == rest },
			) {
				b.w.failf(
					"sale %s: others took %s of payment %s that was decided, and no item says so: %+v",
					after.ID,
					rest,
					p.ID,
					after.Attention,
				)
			}
		}
		if lay := undecided(before, p.ID); took > 0 && lay > 0 {
			b.w.met("others take of what is undecided")
			if is, want := undecided(after, p.ID), max(0, lay-took); is != want {
				b.w.failf(
					"sale %s: others took %s more of payment %s, of which %s was undecided, and %s is, not %s",
					after.ID,
					took,
					p.ID,
					lay,
					is,
					want,
				)
			}
		}
	}
}

// order judges which money of a payment a refund takes, where nothing else ever left it: with goods the price first,
// else what is undecided.
func (b *bank) order(before, after state.Sale, e state.Event, l gatewaytest.Ledger) {
	if e.Kind != state.EventRefundAsked || e.Refund.Answers != "" || !b.paid[after.ID] || len(before.Resolutions) > 0 {
		return
	}
	if slices.ContainsFunc(before.Refunds, func(r state.Refund) bool { return r.PaymentID == e.Refund.PaymentID }) {
		return
	}
	i := slices.IndexFunc(l.Payments, func(p gatewaytest.LedgerPayment) bool { return p.ID == e.Refund.PaymentID })
	if i < 0 ||
		slices.ContainsFunc(
			l.Refunds,
			func(r gatewaytest.LedgerRefund) bool { return r.PaymentID == e.Refund.PaymentID && r.Key == "" },
		) {
		return
	}
	was := undecided(before, e.Refund.PaymentID)
	want := max(0, was-e.Refund.Amount)
	if price := l.Payments[i].Amount - was; e.Refund.Goods {
		want = was - max(0, e.Refund.Amount-price)
	}
	if was > 0 {
		b.w.met("a refund beside money that is undecided")
	}
	if is := undecided(after, e.Refund.PaymentID); is != want {
		b.w.failf(
			"sale %s: a refund of %s (goods: %v) of payment %s leaves %s of %s undecided, and it should be %s",
			after.ID,
			e.Refund.Amount,
			e.Refund.Goods,
			e.Refund.PaymentID,
			is,
			was,
			want,
		)
	}
}
