package gatewaytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/internal/money"
)

// Action is what the pretend customer does with a QR.
type Action string

const (
	Pay      Action = "pay"       // scans and pays what the QR asks
	Decline  Action = "decline"   // scans and presses cancel, or the bank says no
	Start    Action = "start"     // scans and stops before the PIN; a later Pay or Decline goes on from there
	PayTwice Action = "pay-twice" // two payments of one QR are captured
	// pays although the QR is closed: the money was on its way, or the bank did not look
	PayLate   Action = "pay-late"
	PayAmount Action = "pay-amount" // pays another amount than the QR asks
	PayMore   Action = "pay-more"   // pays the order again, paid or not: two parts of one sum, an amount typed twice
	// the bank sends the newest payment back at once, wholly or in part, and nobody asked
	Reverse Action = "reverse"
	// somebody refunds the newest payment at the gateway's dashboard: pending first, and it may fail
	GiveBack Action = "give-back"
)

// Actions lists every action.
var Actions = []Action{Pay, Decline, Start, PayTwice, PayLate, PayAmount, PayMore, Reverse, GiveBack}

// withAmount are the actions that take an amount, and whether they need one.
var withAmount = map[Action]bool{PayAmount: true, PayMore: false, PayLate: false, Reverse: false, GiveBack: false}

// Act is one thing the phone does.
type Act struct {
	Payload string // the QR string as shown, byte for byte
	Action  Action //
	// for PayAmount; for PayMore and PayLate in place of what the QR asks; for Reverse and GiveBack in place of all
	// that is left
	Amount money.Paise
	Reason string // for Decline: the gateway's reason code; empty is "payment_declined"
	VPA    string // the payer; empty draws one
}

// Phone is the pretend customer. It knows nothing but the QR string it is given: it reads that, finds
// the order by its tr, and pays. A string that was changed by one byte is refused, as a signed QR would be.
type Phone struct{ sim *Sim }

// Pay scans payload and pays it.
func (p *Phone) Pay(payload string) (LedgerPayment, error) {
	return p.Do(Act{Payload: payload, Action: Pay})
}

// Decline scans payload and does not pay.
func (p *Phone) Decline(payload string) (LedgerPayment, error) {
	return p.Do(Act{Payload: payload, Action: Decline})
}

// Start scans payload and stops before the PIN.
func (p *Phone) Start(payload string) (LedgerPayment, error) {
	return p.Do(Act{Payload: payload, Action: Start})
}

// Do acts on a QR and returns the payment it began, as it stands at once; what follows, follows on the simulator's
// clock. The error says why a phone cannot act on this string.
func (p *Phone) Do(a Act) (LedgerPayment, error) {
	p.sim.mu.Lock()
	defer p.sim.mu.Unlock()
	p.sim.settle()
	pay, err := p.sim.act(a)
	if err != nil {
		return LedgerPayment{}, err
	}
	return LedgerPayment{
		API:        pay.api,
		ID:         pay.id,
		OrderID:    pay.order.id,
		Amount:     pay.amount,
		Captured:   !pay.captured.IsZero(),
		State:      string(pay.state),
		VPA:        pay.vpa,
		RRN:        pay.rrn,
		CreatedAt:  pay.created,
		CapturedAt: pay.captured,
	}, nil
}

// After acts later, on the simulator's clock. What the phone cannot do then is only logged.
func (p *Phone) After(d time.Duration, a Act) error {
	if !slices.Contains(Actions, a.Action) {
		return unknownAction(a.Action)
	}
	p.sim.mu.Lock()
	defer p.sim.mu.Unlock()
	p.sim.at(p.sim.now().Add(d), func() {
		if _, err := p.sim.act(a); err != nil {
			p.sim.log.Info("the phone could not act", "why", err)
		}
	})
	return nil
}

func unknownAction(a Action) error {
	return fmt.Errorf("the phone does not know the action %q: use one of %v", a, Actions)
}

// act is Do with the mutex held.
func (s *Sim) act(a Act) (*payment, error) {
	if !slices.Contains(Actions, a.Action) {
		return nil, unknownAction(a.Action)
	}
	q, err := scan(a.Payload)
	if err != nil {
		return nil, err
	}
	c := s.byTr[q.tr]
	switch {
	case c == nil:
		return nil, fmt.Errorf("no order has the reference tr=%q: the QR was not handed out by this simulator", q.tr)
	case c.payload != a.Payload:
		return nil, fmt.Errorf("the QR string for tr=%q was changed after it was handed out: show it byte for byte",
			q.tr)
	case !c.order.live && !s.knobs.TestKeysPay:
		return nil, errors.New("the bank refuses: this QR was made with a test key, and those cannot be paid; use " +
			"the live key, or set the knob test_keys_pay")
	}

	o := c.order
	if a.Action == Reverse || a.Action == GiveBack {
		return s.sendBack(c, a)
	}
	forced := a.Action == PayLate || a.Action == PayTwice || a.Action == PayMore
	if p := c.txn; p != nil && p.state == withdrawn && !forced {
		return nil, fmt.Errorf(
			"the bank refuses: transaction %s was expired or cancelled (use the action %q to force one through)",
			p.id,
			PayLate,
		)
	}

	if p := c.txn; p != nil && (p.state == captured || p.state == pending || p.state == authorized) &&
		a.Action != PayTwice &&
		a.Action != PayMore {
		return nil, fmt.Errorf("the bank refuses: transaction %s is %s, and at EnKash one QR pays once", p.id, p.state)
	}
	if o.over(s.now()) && !forced {
		return nil, fmt.Errorf(
			"the bank refuses: order %s takes no more payments (use the action %q to force one through)", o.id, PayLate)
	}
	amount := c.amount
	if _, takes := withAmount[a.Action]; takes && (a.Amount > 0 || withAmount[a.Action]) {
		amount = a.Amount
	}
	if amount < 1 {
		return nil, errors.New("the payer must say how much: give amount_paise of at least 1")
	}

	c.tries++
	c.seen = true
	d := s.dice(fmt.Sprintf("phone %s %d", c.tr, c.tries))
	if a.Action == PayMore && o.api == EnKash && c.txn.state != minted && c.txn.state != started {
		return s.payAgain(c, d, amount, a.VPA)
	}
	p := s.attempt(c, d, amount, a.VPA)
	switch a.Action {
	case Start:
		p.step(s.now(), started)
	case Decline:
		s.finish(p, failed, a.Reason)
	case PayTwice:
		s.capture(p)
		if _, err := s.payAgain(c, d, amount, a.VPA); err != nil {
			return nil, err
		}
	case PayLate, PayAmount, PayMore:
		s.capture(p)
	default:
		s.bank(c, p, d)
	}

	return p, nil
}

// attempt returns the payment an act is about: one that was started and hangs, or a new one. At EnKash a QR stands for
// one transaction, so every try on it is that transaction.
func (s *Sim) attempt(c *code, d dice, amount money.Paise, vpa string) *payment {
	p := c.txn
	if p == nil {
		for _, o := range c.order.payments {
			if o.state == started && o.amount == amount {
				return o
			}
		}
		p = &payment{api: c.order.api, order: c.order, id: "pay_" + d.text("id", letters, 14)}
		c.order.payments = append(c.order.payments, p)
	}
	if p.state == captured { // EnKash, once more: it pays once, and what was paid stays as it is
		return p
	}
	if vpa == "" {
		vpa = pick(
			d,
			"vpa",
			"gaurav.kumar@exampleupi",
			"meera.n@okbank",
			"9876543210@ybank",
			"s@b",
			"asha.rao-1@exampleupi",
		)
	}
	p.amount, p.vpa, p.created, p.reason = amount, vpa, s.now(), ""
	p.rrn, p.upiTxn = d.text("rrn", digits, 12), "SIM"+d.text("upi", digits+"abcdef", 32)
	p.step(s.now(), started)
	return p
}

// payAgain captures a second payment of the same order. At EnKash one transaction pays once, so the second payment
// needs a second QR of the order (gateways.md Q3), and one that a phone has seen: nobody pays a QR that was never
// shown.
func (s *Sim) payAgain(c *code, d dice, amount money.Paise, vpa string) (*payment, error) {
	second := *c
	if c.order.api == EnKash {
		i := slices.IndexFunc(c.order.codes, func(o *code) bool { return o.seen && o != c && o.txn.state != captured })
		if i < 0 {
			return nil, fmt.Errorf("the phone has seen only one QR of order %s, and at EnKash one QR pays once: "+
				"start with its first QR, ask for a second and pay that twice", c.order.id)
		}
		second = *c.order.codes[i]
	}
	p := s.attempt(&second, dice{d.seed, d.key + " again"}, amount, vpa)
	s.capture(p)
	return p, nil
}

// sendBack returns money that nobody at the till asked to be returned: of the newest payment of the QR's order that has
// some left.
func (s *Sim) sendBack(c *code, a Act) (*payment, error) {
	now := s.now()
	i := slices.IndexFunc(c.order.payments, func(p *payment) bool {
		return p == c.txn && p.state == captured && p.refunded(now) < p.amount
	})
	for j := len(c.order.payments) - 1; i < 0 && j >= 0; j-- {
		if p := c.order.payments[j]; p.state == captured && p.refunded(now) < p.amount {
			i = j
		}
	}
	if i < 0 {
		return nil, fmt.Errorf("order %s has no money left to send back: let somebody pay it first", c.order.id)
	}
	p := c.order.payments[i]
	amount := p.amount - p.refunded(now)
	if a.Amount > amount {
		return nil, fmt.Errorf("payment %s has %s left, and %s cannot go back", p.id, amount, a.Amount)
	}

	if a.Amount > 0 {
		amount = a.Amount
	}
	d := s.dice(fmt.Sprintf("%s %s %d", a.Action, p.id, len(p.refunds)))
	r := &refund{
		api:     p.api,
		id:      refundID(p.api, d),
		payment: p,
		amount:  amount,
		created: now,
		done:    now,
		rrn:     d.text("rrn", digits, 12),
	}

	if a.Action == GiveBack {
		r.done, r.fails = now.Add(time.Duration(s.knobs.RefundTime)), d.hit(s.knobs.RefundFails, "refund_fails")
	}
	p.refunds, p.modified = append(p.refunds, r), now
	if p.api == Razorpay && a.Action == GiveBack {
		s.announceRefund(r, "refund.created")
		s.at(r.done, func() { s.announceRefund(r, "refund."+r.status(s.now())) })
	}
	return p, nil
}

// bank lets a plain payment run its course: at once, or with the troubles the knobs draw.
func (s *Sim) bank(c *code, p *payment, d dice) {
	k, now := s.knobs, s.now()
	rz := p.api == Razorpay
	switch {
	case rz && k.AmountsDecide && decided[p.amount] != "":
		s.finish(p, failed, decided[p.amount])
	case d.hit(k.LateAuth, "late_auth"):
		p.step(now, pending)
		s.at(now.Add(10*time.Minute), func() { s.finish(p, failed, "payment_timed_out") })
		s.at(now.Add(pick(d, "late", 12*time.Minute, 48*time.Hour)), func() {
			p.step(s.now(), authorized)
			s.capture(p)
		})
	case d.hit(k.FailFirst, "fail_first"):
		s.finish(p, failed, "bank_technical_error")
		s.at(now.Add(9*time.Second), func() {
			if !c.order.over(s.now()) {
				s.capture(s.attempt(c, dice{d.seed, d.key + " retry"}, p.amount, p.vpa))
			}
		})
	case d.hit(k.SlowBank, "slow_bank"):
		p.step(now, pending)
		s.at(now.Add(5*time.Second+d.upTo(285*time.Second, "bank")), func() { s.capture(p) })
	case rz && d.hit(k.StuckAuth, "stuck_auth"):
		p.step(now, authorized)
		s.at(now.Add(72*time.Hour), func() { s.giveBack(p) })
	default:
		if d.hit(k.HiddenPayment, "hidden_payment") {
			p.hidden = now.Add(d.upTo(4*time.Minute, "hidden"))
		}
		s.capture(p)
		if d.hit(k.Duplicate, "duplicate") && (rz || c.order.seen() > 1) {
			s.at(now.Add(d.upTo(20*time.Second, "second")), func() {
				if _, err := s.payAgain(c, d, p.amount, p.vpa); err != nil {
					s.log.Info("no duplicate payment", "why", err)
				}
			})
		}
		if d.hit(k.ReturnedAtOnce, "returned_at_once") {
			s.at(now.Add(d.upTo(time.Minute, "returned")), func() { s.giveBack(p) })
		}
		if d.hit(k.ReversedLater, "reversed_later") {
			amount := p.amount
			if d.hit(50, "reversed part") {
				amount = max(1, p.amount/3)
			}
			s.at(now.Add(24*time.Hour+d.upTo(8*24*time.Hour, "reversed")), func() {
				if _, err := s.sendBack(c, Act{Action: Reverse, Amount: amount}); err != nil {
					s.log.Info("no reversal", "why", err)
				}
			})
		}
	}
}

// decided is how Razorpay's test mode ends a UPI payment of these amounts, in paise as they are sent
// (razorpay.com/docs, "S2S UPI Error Codes", the column Test Mode).
var decided = map[money.Paise]string{
	201: "insufficient_funds",
	204: "incorrect_pin",
	302: "payment_cancelled",
	402: "payment_declined",
}

// seen counts the order's QRs that a phone has read.
func (o *order) seen() int {
	n := 0
	for _, c := range o.codes {
		if c.seen {
			n++
		}
	}
	return n
}

// step moves a payment on, unless its money is there already.
func (p *payment) step(t time.Time, to state) {
	if p.state != captured && !p.returned {
		p.state, p.modified = to, t
		p.order.modified = t
	}
}

// finish ends a payment that brought no money.
func (s *Sim) finish(p *payment, to state, reason string) {
	if reason == "" {
		reason = "payment_declined"
	}
	p.step(s.now(), to)
	if p.state == to {
		p.reason = reason
		s.announce(p, "payment.failed")
	}
}

// capture is the one place where a gateway gets money.
func (s *Sim) capture(p *payment) {
	if p.state == captured || p.returned {
		return
	}
	now := s.now()
	p.step(now, captured)
	p.captured, p.reason = now, ""
	if o := p.order; o.api == Razorpay && o.once && o.closed.IsZero() {
		o.closed, o.closedWhy = now, "paid"
	}
	s.announce(p, "payment.captured")
}

// giveBack returns a payment's money to the customer without anybody asking.
func (s *Sim) giveBack(p *payment) {
	now := s.now()
	switch {
	case p.state == authorized:
		p.returned, p.modified = true, now
	case p.state == captured && p.refunded(now) == 0:
		p.modified = now
		p.refunds = append(p.refunds, &refund{api: p.api, id: refundID(p.api, s.dice("returned "+p.id)), payment: p,
			amount: p.amount, created: now, done: now, rrn: p.rrn})
	}
}

// ekID makes an EnKash transaction id like EK1743074262175e8KIO (E10).
func ekID(d dice) string { return "EK17" + d.text("ek", digits, 11) + d.text("tail", letters, 5) }

func refundID(api API, d dice) string {
	if api == EnKash {
		return ekID(d)
	}
	return "rfnd_" + d.text("rfnd", letters, 14)
}

// waiting says whether a phone could pay this code now; the phone's page lists those first.
func (c *code) waiting(t time.Time) bool {
	return !c.order.over(t) && !c.order.paid() && strings.HasPrefix(c.payload, "upi://")
}
