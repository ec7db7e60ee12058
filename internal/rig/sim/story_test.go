package sim

import (
	"context"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// Stories are what chance alone hardly brings about: they need several people at the right moments. The gateways and
// the line behave while one is told; what follows it is a storm like any other.
const (
	// part of a price is sent back and comes again; the rest is paid, or a person takes it as enough
	comesBack = "money that comes back"
	unheard   = "a refund nobody tells of"
	meanwhile = "an answer with a refund that failed since"
	tooMuch   = "too much, and a part of it sent back"
	overtaken = "an answer that was overtaken" // a look's, by the reading of a refund that others were faster than
)

// storyOf is what a seed tells first: one in twelve each.
func storyOf(seed uint64) string {
	switch seed % 12 {
	case 2:
		return overtaken
	case 4:
		return comesBack
	case 6:
		return meanwhile
	case 8:
		return tooMuch
	case 10:
		return unheard
	}
	return ""
}

// story tells it.
func (w *world) story() {
	if w.plan.story == "" {
		return
	}
	wild := w.sim.Knobs()
	k := w.calmKnobs()
	k.RefundTime = gatewaytest.Duration(20 * time.Second)
	w.sim.SetKnobs(k)
	defer func() { w.sim.SetKnobs(wild) }()

	const amount = 25000
	by := staff[w.r.IntN(len(staff))]
	s, ok := w.ask("open", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
		w.days.bills[key] = bill{amount: amount, by: by}
		return t.Open(ctx, till.OpenRequest{Key: key, Amount: amount, Note: key, By: by})
	})
	w.pass(2*time.Second + moment(w.r, time.Second))
	if !ok || w.offer(s.ID) == "" {
		return
	}
	w.count.opened++
	pays := func(action gatewaytest.Action, part money.Paise) {
		w.sim.Phone().Do(gatewaytest.Act{Payload: w.offer(s.ID), Action: action, Amount: part})
		w.pass(8*time.Second + moment(w.r, time.Second))
		w.check(false)
	}

	switch w.plan.story {
	case comesBack:
		w.tellComesBack(s.ID, amount, pays)
	case tooMuch:
		pays(gatewaytest.PayAmount, amount+10000)
		pays(gatewaytest.Reverse, money.Paise(1+w.r.Int64N(12000)))
		w.met(w.plan.story)
	case meanwhile:
		k.RefundTime, k.RefundFails = gatewaytest.Duration(5*time.Second), 100
		w.sim.SetKnobs(k)
		pays(gatewaytest.Pay, 0)
		w.slowLook(s.ID, 2*time.Minute, func() { w.refundAsked(s.ID, amount/3, by) })
	case overtaken:
		pays(gatewaytest.Pay, 0)
		w.slowLook(
			s.ID,
			30*time.Second,
			func() {},
			func() { pays(gatewaytest.Reverse, 0) },
			func() { w.refundAsked(s.ID, 0, by) },
		)
	case unheard:
		pays(gatewaytest.Pay, 0)
		if w.r.IntN(2) == 0 { // the payment reads REFUNDED, and its bank fails it later
			k.RefundTime, k.RefundFails = gatewaytest.Duration(10*time.Minute), 100
			w.sim.SetKnobs(k)
			w.refundAsked(s.ID, 0, by)
		} else {
			k.RefundFails = 0
			w.sim.SetKnobs(k)
			if err := w.sim.Script("unheard", "on enkash refund #1 lose-answer"); err != nil {
				w.t.Fatal(err)
			}
			w.refundAsked(s.ID, amount/3, by)
		}
		w.pass(time.Minute + moment(w.r, time.Second))
	}
}

// refundAsked asks for a part of a sale's money back, or for all of it.
func (w *world) refundAsked(sale string, part money.Paise, by string) {
	w.bank.mayRefund(sale, "", part)
	if _, ok := w.ask("refund", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
		return t.Refund(ctx, till.RefundRequest{
			Key:    key,
			SaleID: sale,
			Amount: part,
			All:    part == 0,
			Goods:  true,
			Reason: "sim",
			By:     by,
		})
	}); ok {
		w.count.refunds++
		w.met(w.plan.story)
	}
}

// slowLook has the answer of a look stay on its way for so long, and something else happen meanwhile.
func (w *world) slowLook(sale string, long time.Duration, first func(), then ...func()) {
	first()
	w.hold.Store(int64(long))
	for _, s := range w.sales {
		for _, p := range s.Payments {
			if s.ID == sale {
				w.till.Hint(p.Gateway, p.ID)
			}
		}
	}
	w.pass(time.Second + moment(w.r, time.Second))
	for _, f := range then {
		f()
	}
	w.pass(long + 10*time.Second + moment(w.r, time.Second))
	w.hold.Store(0)
	w.check(false)
}

// tellComesBack has a customer pay half, somebody send it back at the dashboard, and the bank fail that. Then the rest
// is paid, which does not pay the sale: what was away may go again. A person may take it all as enough, and then it
// does.
func (w *world) tellComesBack(sale string, amount money.Paise, pays func(gatewaytest.Action, money.Paise)) {
	k := w.sim.Knobs()
	k.RefundFails = 100
	w.sim.SetKnobs(k)

	pays(gatewaytest.PayAmount, amount/2)
	back := money.Paise(0) // all of it: EnKash names no sum of a part
	if w.plan.razorpayFirst {
		back = amount / 4 // Razorpay's QR is over: without any money of its own the sale would be, too
	}
	pays(gatewaytest.GiveBack, back)
	w.pass(30*time.Second + moment(w.r, time.Second))
	w.check(false)
	if w.r.IntN(4) > 0 {
		pays(gatewaytest.PayMore, amount-amount/2)
	}
	w.check(false)

	for _, s := range w.sales {
		for _, item := range s.Attention {
			if s.ID == sale && item.Kind == state.AttentionShort && w.r.IntN(4) > 0 {
				w.met(w.plan.story)
				w.answer(s, item, state.ActionEnough, item.Amount)
			}
		}
	}
}
