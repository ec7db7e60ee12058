package sim

import (
	"fmt"
	"net/http"
	"time"

	"galla/gateway/gatewaytest"
	words "galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/standing"
)

// setUp makes the standing QRs of a run: one that asks for an amount, and one where the customer types it.
func (w *world) setUp() {
	if !w.plan.stand {
		return
	}
	wild := w.sim.Knobs()
	w.sim.SetKnobs(w.calmKnobs())
	defer func() { w.sim.SetKnobs(wild) }()
	w.printStand(2500)
	if w.r.IntN(2) == 0 {
		w.printStand(0)
	}
}

// printStand makes a standing QR.
func (w *world) printStand(amount money.Paise) {
	w.asks++
	body := encode(words.CreateQR{
		Name:        fmt.Sprintf("Counter %d", w.asks),
		AmountPaise: words.Amount(amount),
		MultipleUse: true,
	})
	if _, _, ok := w.call(http.MethodPost, "/v1/gateways/razorpay/qrs", string(body)); ok {
		w.met("standing QR")
	}
	w.pass(moment(w.r, time.Second))
}

// printed are the QRs that stand on the counter.
func (w *world) printed() (out []standing.QR) {
	for _, q := range w.stands.List() {
		if q.Payload != "" {
			out = append(out, q)
		}
	}
	return out
}

// standAct is one thing that happens at a standing QR.
func (w *world) standAct() {
	all := w.printed()
	if len(all) == 0 {
		return
	}
	q := all[w.r.IntN(len(all))]
	switch n := w.r.IntN(10); {
	case n < 1: // while the box is off
		for range 1 + w.r.IntN(4) {
			w.phone(q, 20*time.Minute)
		}
		w.restart(20*time.Minute + moment(w.r, 20*time.Minute))
		w.met("standing payments while the box was off")
	case n < 7: // several phones, in some seconds
		for range 1 + w.r.IntN(4) {
			w.phone(q, 10*time.Second)
		}
		w.pass(moment(w.r, 10*time.Second))
		if w.r.IntN(3) == 0 {
			w.till.Hint("razorpay", q.ID)
			w.stands.Hint("razorpay", q.ID)
		}
		if w.r.IntN(3) == 0 {
			w.restart(moment(w.r, time.Minute))
			w.met("killed over a standing payment")
		}
	case n < 9:
		w.sendBackAt(q)
	default:
		w.printStand(0)
	}
}

// phone is one customer at a standing QR, who pays within a time.
func (w *world) phone(q standing.QR, within time.Duration) {
	act := gatewaytest.Act{Payload: q.Payload, Action: []gatewaytest.Action{
		gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Pay, gatewaytest.Decline, gatewaytest.PayTwice,
		gatewaytest.PayAmount, gatewaytest.PayAmount, gatewaytest.PayLate,
	}[w.r.IntN(8)]}
	if q.Amount == 0 && act.Action != gatewaytest.PayLate {
		act.Action = gatewaytest.PayAmount
	}
	if act.Action == gatewaytest.PayAmount || act.Action == gatewaytest.PayLate {
		act.Amount = []money.Paise{1, 100, 2500, money.Paise(1 + w.r.Int64N(30000))}[w.r.IntN(4)]
	}
	w.sim.Phone().After(moment(w.r, within), act)
	w.met("phone at a standing QR")
}

// sendBackAt has the bank, or somebody at the dashboard, send the newest payment at a standing QR back.
func (w *world) sendBackAt(q standing.QR) {
	act := gatewaytest.Act{
		Payload: q.Payload,
		Action:  []gatewaytest.Action{gatewaytest.Reverse, gatewaytest.GiveBack}[w.r.IntN(2)],
	}
	if w.r.IntN(2) == 0 {
		act.Amount = money.Paise(1 + w.r.Int64N(100))
	}
	if _, err := w.sim.Phone().Do(act); err == nil {
		w.met("sent back at a standing QR")
	}
}

// looked judges that in calm every standing QR is read: a look that fails each time would miss what comes next. It is
// asked a day after anything happened. Five days after a QR is closed nobody looks at it any more.
func (w *world) looked(day int) {
	for _, q := range w.printed() {
		if ago := w.wall().Sub(q.LookedAt); day < 5 && ago > 12*time.Hour {
			w.failf(
				"on day %d of calm the standing QR %s was last read at %s, %s ago: %v",
				day,
				q.ID,
				q.LookedAt,
				ago,
				q.Problems,
			)
		}
	}
}

// takeDown closes the standing QRs. Money that is on its way comes all the same.
func (w *world) takeDown() {
	if !w.plan.stand {
		return
	}
	w.pass(10*time.Second + moment(w.r, time.Second)) // the box begins, and learns its QRs
	for _, q := range w.printed() {
		if w.r.IntN(3) == 0 {
			w.phone(q, 10*time.Second)
		}
		if _, why, ok := w.call(http.MethodPost, "/v1/gateways/razorpay/qrs/"+q.ID+"/cancel", "{}"); !ok {
			w.failf("the standing QR %s can't be closed in calm: %s", q.ID, why)
		}
		w.pass(moment(w.r, time.Second))
	}
}
