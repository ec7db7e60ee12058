package statetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Traffic makes a shop's days: batch after batch that a till could commit, over several open sales at once, each batch
// following from those before it. The same seed makes the same batches.
type Traffic struct {
	Sales int // opened so far
	Rules int // that new sales are folded by; NewTraffic takes today's

	r      *rand.Rand
	seq    uint64
	now    time.Time
	lanes  int
	active []state.Sale
	number map[string]int
	perDay int
}

// NewTraffic starts at an empty store. Up to lanes sales are under way at once; perDay of them make a business day.
func NewTraffic(seed uint64, lanes, perDay int) *Traffic {
	return &Traffic{
		Rules:  state.Rules,
		r:      rand.New(rand.NewPCG(seed, 1)),
		now:    time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		lanes:  lanes,
		perDay: perDay,
		number: map[string]int{},
	}
}

// Next makes the next batch.
func (t *Traffic) Next() state.Batch {
	t.now = t.now.Add(time.Duration(1+t.r.IntN(5000)) * time.Millisecond)
	i := t.r.IntN(t.lanes)
	if i >= len(t.active) {
		return t.open()
	}
	for t.active[i].Phase.Final() && !state.Watching(t.active[i]) {
		t.active[i] = t.active[len(t.active)-1]
		t.active = t.active[:len(t.active)-1]
		if i >= len(t.active) {
			return t.open()
		}
	}
	s := &t.active[i]
	e := t.step(s)
	return t.commit(s, e)
}

// Seq is the number of the last event made.
func (t *Traffic) Seq() uint64 { return t.seq }

// NextSeq takes the next number for an event that somebody else makes.
func (t *Traffic) NextSeq() uint64 { t.seq++; return t.seq }

func (t *Traffic) open() state.Batch {
	day := time.Date(2026, 11, 22+t.Sales/t.perDay, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	t.Sales++
	t.number[day]++
	// Ids as a till makes them: they sort in the order of opening.
	id := fmt.Sprintf("%010d%s", t.Sales, letters(t.r, 6))
	t.active = append(t.active, state.Sale{})
	b := t.commit(
		&t.active[len(t.active)-1],
		state.Event{SaleID: id, Kind: state.EventOpened, By: "cashier:asha", Opened: &state.Opened{
			Number:    t.number[day],
			Day:       day,
			Amount:    money.Paise(100 * (1 + t.r.IntN(5000))),
			Reference: fmt.Sprintf("BILL-%d", t.Sales),
			Route:     []string{"enkash", "razorpay"},
			Life:      5 * time.Minute,
			Terminal:  "COUNTER-1",
			Rules:     t.Rules,
		}},
	)
	b.Keys = []state.KeyRecord{{Key: letters(t.r, 22), Fingerprint: letters(t.r, 43), SaleID: id, At: t.now}}
	return b
}

// commit numbers the events, applies them, and puts the sale into the batch.
func (t *Traffic) commit(s *state.Sale, events ...state.Event) state.Batch {
	for i := range events {
		t.seq++
		e := &events[i]
		e.Seq, e.At = t.seq, t.now
		if s.ID != "" {
			e.SaleID = s.ID
			e.Elapsed = min(s.Life, s.Elapsed+time.Second)
		}
		if e.By == "" {
			e.By = "till"
		}
		next, _, err := state.Apply(*s, *e)
		if err != nil {
			panic(fmt.Sprintf("statetest: traffic made an event that state refuses: %v", err))
		}
		*s = next
	}
	return state.Batch{Events: events, Sales: []state.Sale{*s}}
}

// step draws what happens next to a sale that is under way.
func (t *Traffic) step(s *state.Sale) state.Event {
	pending := state.Pending(*s)
	if len(pending) > 0 {
		return t.carryOut(s, pending[0])
	}
	shown := s.Shown()
	pay := func(status state.PaymentStatus, amount money.Paise) state.Event {
		id := "pay_" + shown.Ref
		if n := len(s.Payments); s.Phase.Final() && n > 0 {
			id = fmt.Sprintf("pay_%s_%d", shown.Ref, n)
		} else if n > 0 {
			id = s.Payments[n-1].ID
		}
		return state.Event{
			Kind:    state.EventReading,
			Attempt: shown.Ref,
			By:      "gateway:" + shown.Gateway,
			Reading: &state.Reading{
				Order: state.OrderOpen,
				Payments: []state.Payment{
					{
						ID:     id,
						Amount: amount,
						Status: status,
						VPA:    "as***@okbank",
						RRN:    fmt.Sprint(400000000000 + t.r.Int64N(99999999999)),
					},
				},
			},
		}
	}

	if !s.Phase.Final() {
		switch n := t.r.IntN(100); {
		case s.ShownAt.IsZero():
			return state.Event{Kind: state.EventShown, Attempt: shown.Ref}
		case s.Phase == state.PhaseClosing:
			return state.Event{Kind: state.EventPatienceOver}
		case n < 8:
			return state.Event{Kind: state.EventCloseAsked, Close: state.CloseCancelled, By: "cashier:asha"}
		case n < 30 && s.Phase == state.PhaseAwaiting:
			return pay(state.PaymentStarted, s.Amount)
		case n < 33:
			return pay(state.PaymentCaptured, s.Amount+100)
		default:
			return pay(state.PaymentCaptured, s.Amount)
		}
	}

	switch n := t.r.IntN(1000); {
	case s.Phase == state.PhasePaid && len(s.Prints) == 0:
		return state.Event{
			Kind:  state.EventPrintAsked,
			Print: &state.Print{Key: "print-" + s.ID, Copy: state.CopyReceipt},
		}
	case shown != nil && n < 4:
		return pay(state.PaymentCaptured, s.Amount) // late, or a second time
	case n < 14 && len(s.Payments) > 0 && s.Refundable(s.Payments[0].ID) > 0:
		p := s.Payments[0]
		return state.Event{
			Kind: state.EventRefundAsked,
			By:   "manager:ravi",
			Refund: &state.Refund{Key: fmt.Sprintf("refund-%s-%d", s.ID, len(s.Refunds)),
				PaymentID: p.ID, Amount: 1 + money.Paise(t.r.Int64N(int64(s.Refundable(p.ID))))},
		}
	case n < 700 && len(s.Attention) > 0:
		item := s.Attention[0]
		answer := state.Resolution{Attention: item.ID, Action: state.ActionAccept}
		if s.Rules > 1 {
			answer.Action, answer.Amount = item.Answers()[0], item.Amount
		}
		return state.Event{Kind: state.EventResolved, By: "manager:ravi", Resolution: &answer}
	}

	return state.Event{Kind: state.EventWatched, Step: s.Watched + 1}
}

// carryOut makes the event that answers a pending effect.
func (t *Traffic) carryOut(s *state.Sale, f state.Effect) state.Event {
	lucky := t.r.IntN(10) > 0
	switch f.Do {
	case state.DoAttempt:
		return state.Event{
			Kind:    state.EventAttemptAsked,
			Attempt: fmt.Sprintf("%sA%d", s.ID, len(s.Attempts)+1),
			Gateway: f.Gateway,
		}
	case state.DoQuote:
		if !lucky {
			return state.Event{
				Kind:    state.EventAttemptFailed,
				Attempt: f.Attempt,
				Problem: &state.Problem{Class: "unavailable", Text: "connection refused"},
			}
		}
		order := "order_" + letters(t.r, 14)
		return state.Event{Kind: state.EventAttemptQuoted, Attempt: f.Attempt, By: "gateway:" + f.Gateway,
			Quote: &state.Quote{OrderID: order,
				Payload: "upi://pay?pa=shop.galla@okbank&pn=Shree%20Ganesh%20Stores&mc=5411&tr=" + f.Attempt + "&tn=" +
					s.Reference +
					"&am=" + s.Amount.Decimal() + "&cu=INR&mode=15&orgid=000000&sign=" + strings.Repeat("0", 60),
				PayeeVPA: "shop.galla@okbank", PayeeName: "Shree Ganesh Stores",
				ValidUntil: t.now.Add(5 * time.Minute)}}
	case state.DoClose:
		return state.Event{
			Kind:    state.EventAttemptClosed,
			Attempt: f.Attempt,
			Reading: &state.Reading{Order: state.OrderClosed},
		}
	case state.DoPrint:
		return state.Event{Kind: state.EventPrintDone, Print: &state.Print{Key: f.Print, Status: "printed"}}
	}

	status := state.RefundProcessed
	switch {
	case f.Do == state.DoRefund && lucky:
		status = state.RefundPending
	case !lucky:
		status = state.RefundFailed
	}

	return state.Event{
		Kind:   state.EventRefundSeen,
		Refund: &state.Refund{Key: f.Refund, ID: "rfnd_" + f.Refund, Status: status},
	}
}

func letters(r *rand.Rand, n int) string {
	const abc = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = abc[r.IntN(len(abc))]
	}
	return string(b)
}
