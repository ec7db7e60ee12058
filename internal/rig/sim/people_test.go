package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// asked is a request that was answered, to be sent again some day.
type asked struct {
	key  string
	sale string
	do   func(context.Context, *till.Till) (state.Sale, error)
}

// ask makes a request as a patient client does: the same key again until there is an answer.
func (w *world) ask(
	what string,
	do func(ctx context.Context, t *till.Till, key string) (state.Sale, error),
) (state.Sale, bool) {
	w.asks++
	key := fmt.Sprintf("%s-%d", what, w.asks)
	for range 6 {
		if w.gone {
			return state.Sale{}, false
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		s, err := do(ctx, w.till, key)
		cancel()
		switch {
		case err == nil:
			w.answered(s)
			w.keys = append(w.keys, asked{
				key:  key,
				sale: s.ID,
				do:   func(ctx context.Context, t *till.Till) (state.Sale, error) { return do(ctx, t, key) },
			})
			return s, true
		case errors.Is(err, till.ErrStopped),
			errors.Is(err, context.DeadlineExceeded),
			errors.Is(err, errFull),
			errors.Is(err, errUnread):
			w.pass(3*time.Second + moment(w.r, time.Millisecond))
		default:
			return s, false // refused, with a reason
		}
	}
	return state.Sale{}, false
}

// answered notes what a client was told: it must be true for ever.
func (w *world) answered(s state.Sale) {
	w.acked[s.ID] = max(w.acked[s.ID], s.Seq)
	w.grown(s)
}

// act is one thing that somebody around the box does.
func (w *world) act() {
	sales := w.sales
	pick := func(fit func(state.Sale) bool) state.Sale { // one that fits, mostly; else one that is new, mostly
		fits := slices.DeleteFunc(slices.Clone(sales), func(s state.Sale) bool { return !fit(s) })
		if n := w.r.IntN(4); len(fits) == 0 || n == 0 {
			fits = sales
		} else if n == 1 {
			fits = fits[:min(2, len(fits))]
		}
		return fits[w.r.IntN(len(fits))]
	}
	unpaid := func(s state.Sale) bool { return !s.Phase.Final() }
	if len(sales) == 0 {
		w.open()
		return
	}
	if w.r.IntN(8) == 0 {
		w.paperwork()
		return
	}
	if w.plan.round && w.r.IntN(3) == 0 {
		w.debitAct()
		return
	}
	if w.plan.stand && w.r.IntN(3) == 0 {
		w.standAct()
		return
	}
	switch n := w.r.IntN(100); {
	case n < 26:
		w.open()
	case n < 54:
		w.pay()
	case n < 60:
		s := pick(unpaid)
		reason := []state.CloseReason{state.CloseCancelled, state.CloseCancelled, state.CloseOtherTender}[w.r.IntN(3)]
		if reason == state.CloseOtherTender {
			w.bank.said(s.ID, state.Attention{}, state.ActionOtherTender, 0)
		}
		w.ask("cancel", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
			return t.Cancel(ctx, till.CancelRequest{Key: key, SaleID: s.ID, Reason: reason, By: "sim"})
		})
	case n < 66:
		w.refund(pick(func(s state.Sale) bool { return s.Captured() > 0 }))
	case n < 72:
		w.resolve(sales)
	case n < 76:
		s := pick(func(s state.Sale) bool { return s.Phase == state.PhasePaid })
		slip := []string{"order", "receipt", "merchant"}[w.r.IntN(3)]
		w.ask("print", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
			return t.Print(ctx, till.PrintRequest{Key: key, SaleID: s.ID, Copy: slip, By: "sim"})
		})
	case n < 80:
		w.again()
	case n < 83: // anybody may say that something happened
		s := pick(unpaid)
		for _, a := range s.Attempts {
			id := a.Ref
			if a.Quote != nil {
				id = a.Quote.OrderID
			}
			w.till.Hint(a.Gateway, id)
		}
	case n < 88:
		w.restart(moment(w.r, time.Minute))
	case n < 91:
		w.met("clock jump")
		w.wrongClock = true
		to := clocks[clockNames[w.r.IntN(len(clockNames))]]
		w.wallOff.Store(int64(trueStart.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) + to))
	case n < 97:
		hosts := [][]string{{enkashHost}, {razorpayHost}, {enkashHost, razorpayHost}}[w.r.IntN(3)]
		l := lines[w.r.IntN(len(lines))]
		for _, h := range hosts {
			w.wire.set(h, l)
		}
		w.pass(moment(w.r, 2*time.Minute))
		if w.r.IntN(3) == 0 { // and somebody sells meanwhile
			w.open()
			w.pass(moment(w.r, time.Minute))
		}
		for _, h := range hosts {
			w.wire.set(h, lineUp)
		}
		w.disturb(false)
	default:
		w.pass(moment(w.r, 10*time.Minute))
	}
}

// staff are the persons at the counter.
var staff = []string{"cashier:asha", "cashier:ravi", "manager:meena"}

func (w *world) open() {
	amount := []money.Paise{100, 1999, 25000, 1_25_000_50}[w.r.IntN(4)]
	slip, by := w.r.IntN(4) == 0 && !w.plan.noPrinter, staff[w.r.IntN(len(staff))]
	if _, ok := w.ask("open", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
		w.days.bills[key] = bill{amount: amount, by: by}
		return t.Open(ctx, till.OpenRequest{Key: key, Amount: amount, Note: key, Print: slip, By: by})
	}); ok {
		w.count.opened++
		if w.r.IntN(5) < 3 { // most customers stand there with the phone in their hand
			w.pass(moment(w.r, 4*time.Second))
			w.pay()
		}
	}
}

// pay is a customer with the newest QR, or with a photograph of an older one.
func (w *world) pay() {
	w.mu.Lock()
	if len(w.shown) == 0 {
		w.mu.Unlock()
		return
	}
	payload := w.shown[len(w.shown)-1]
	if w.r.IntN(4) == 0 {
		payload = w.shown[w.r.IntN(len(w.shown))]
	}
	w.mu.Unlock()
	act := gatewaytest.Act{Payload: payload, Action: []gatewaytest.Action{
		gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Decline,
		gatewaytest.Start, gatewaytest.PayTwice,
		gatewaytest.PayLate, gatewaytest.PayAmount, gatewaytest.PayAmount, gatewaytest.PayMore, gatewaytest.PayMore,
		gatewaytest.Reverse, gatewaytest.GiveBack}[w.r.IntN(15)]}
	switch {
	case act.Action == gatewaytest.PayAmount, act.Action == gatewaytest.PayMore && w.r.IntN(2) == 0:
		asks := w.asksFor(payload)
		act.Amount = max(
			1,
			[]money.Paise{60, 100, 999, 1000, 15000, 10001, 25000, money.Paise(1 + w.r.Int64N(30000)), asks - 1,
				asks + 1, asks / 2, asks - asks/2, asks - 60}[w.r.IntN(13)],
		)
		if asks == 100*act.Amount ||
			act.Amount == 100*asks { // a client takes that for another unit, asks the operator, and counts nothing
			act.Amount++
		}
	case (act.Action == gatewaytest.Reverse || act.Action == gatewaytest.GiveBack) && w.r.IntN(2) == 0:
		act.Amount = money.Paise(1 + w.r.Int64N(1500))
	}
	if w.r.IntN(3) == 0 {
		w.sim.Phone().After(moment(w.r, 8*time.Minute), act)
		return
	}
	w.sim.Phone().Do(act) // the phone may be refused: closed, paid already
}

// asksFor is what a QR that was offered asks for.
func (w *world) asksFor(payload string) money.Paise {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.offers {
		if o.payload == payload {
			n, _ := strconv.ParseInt(strings.ReplaceAll(o.amount, ".", ""), 10, 64)
			return money.Paise(n)
		}
	}
	return 0
}

// refund asks for some money back, sometimes for more than there is.
func (w *world) refund(s state.Sale) {
	payment, amount := "", money.Paise(w.r.Int64N(int64(s.Amount)*5/4)+1)
	if len(s.Payments) > 0 && w.r.IntN(2) == 0 {
		payment = s.Payments[w.r.IntN(len(s.Payments))].ID
	}
	if w.r.IntN(3) == 0 {
		amount = 0 // all that is left
	}
	goods, sure, by := w.r.IntN(2) == 0, w.r.IntN(3) > 0, staff[w.r.IntN(len(staff))]
	w.bank.mayRefund(s.ID, "", amount)
	if _, ok := w.ask("refund", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
		return t.Refund(ctx, till.RefundRequest{
			Key:       key,
			SaleID:    s.ID,
			PaymentID: payment,
			Amount:    amount,
			All:       amount == 0,
			Goods:     goods,
			Confirmed: sure,
			Reason:    "sim",
			By:        by,
		})
	}); ok {
		w.count.refunds++
	}
}

// resolve answers an item of a sale, with any of its answers; what only a person knows, truly, as the gateway's
// dashboard shows it.
func (w *world) resolve(sales []state.Sale) {
	for _, s := range sales {
		if len(s.Attention) == 0 || w.r.IntN(3) == 0 {
			continue
		}
		item := s.Attention[w.r.IntN(len(s.Attention))]
		for _, k := range sales { // what nobody but a person can end comes first, mostly
			if i := slices.IndexFunc(
				k.Attention,
				func(a state.Attention) bool { return a.Kind == state.AttentionRefundUnknown },
			); i >= 0 &&
				w.r.IntN(2) == 0 {
				s, item = k, k.Attention[i]
			}
		}
		all := item.Answers()
		action := all[w.r.IntN(len(all))]
		amount, known := w.bank.person(&s, item, &action)
		if !known {
			return
		}
		w.answer(s, item, action, amount)
		return
	}
}

// answer has a person answer an item.
func (w *world) answer(s state.Sale, item state.Attention, action state.Action, amount money.Paise) {
	w.bank.said(s.ID, item, action, amount)
	if _, ok := w.ask("resolve", func(ctx context.Context, t *till.Till, key string) (state.Sale, error) {
		return t.Resolve(ctx, till.ResolveRequest{
			Key:       key,
			SaleID:    s.ID,
			Attention: item.ID,
			Action:    action,
			Amount:    amount,
			Confirmed: true,
			By:        "sim",
		})
	}); ok {
		w.met("answer " + string(action))
	}
}

// office is a day after the storm: others send money back, and persons answer what is open.
func (w *world) office(day int) {
	w.mu.Lock()
	shown := w.shown
	w.mu.Unlock()
	if day < 6 && len(shown) > 0 && w.r.IntN(2) == 0 {
		act := gatewaytest.Act{
			Payload: shown[w.r.IntN(len(shown))],
			Action:  []gatewaytest.Action{gatewaytest.Reverse, gatewaytest.GiveBack}[w.r.IntN(2)],
		}
		if w.r.IntN(2) == 0 {
			act.Amount = money.Paise(1 + w.r.Int64N(1500))
		}
		if _, err := w.sim.Phone().Do(act); err == nil {
			w.met("sent back by others")
		}
		w.pass(moment(w.r, time.Hour))
	}
	if printed := w.printed(); w.plan.stand && len(printed) > 0 && day < 5 {
		q := printed[w.r.IntN(len(printed))]
		if day < 3 { // it is closed, and money was on its way
			w.phone(q, 10*time.Second)
		}
		w.sendBackAt(q)
		w.pass(moment(w.r, time.Hour))
	}
	for range w.r.IntN(4) {
		w.check(false)
		w.resolve(w.sales)
		w.pass(moment(w.r, 10*time.Minute))
	}
	switch w.r.IntN(4) {
	case 0:
		w.x()
	case 1, 2:
		w.z("")
	}
}

// again sends a request that was answered once more, under its key: it must be answered with the same sale. And it
// sends another request under that key, which must be refused.
func (w *world) again() {
	if len(w.keys) == 0 {
		return
	}
	k := w.keys[w.r.IntN(len(w.keys))]
	seq, err := w.truth.Seq()
	if err != nil {
		w.failf("seq: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := k.do(ctx, w.till)
	w.excused(err, func() {
		if err != nil || s.ID != k.sale {
			w.failf("key %s was answered with sale %s, and again with %s, %v", k.key, k.sale, s.ID, err)
		}
	})
	_, err = w.till.Open(ctx, till.OpenRequest{Key: k.key, Amount: 4_242_42, By: "sim"})
	w.excused(err, func() {
		if !errors.Is(err, till.ErrKeyReused) {
			w.failf("key %s took another request: %v, at event %d", k.key, err, seq)
		}
	})
}

// excused runs a check of an answer, unless the box could give none.
func (w *world) excused(err error, check func()) {
	for _, e := range []error{till.ErrStopped, context.DeadlineExceeded, errFull, errUnread} {
		if errors.Is(err, e) {
			return
		}
	}
	check()
}
