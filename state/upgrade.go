package state

import (
	"slices"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state/journal"
	"galla/state/sequence"
)

// NeedsUpgrade reports whether a sale of older rules still needs something, so that it must be brought to the present
// ones: it is open, watched, or has an item.
func NeedsUpgrade(s Sale) bool {
	return s.Rules < Rules && (Watching(s) || len(s.Attention) > 0)
}

// Upgrade makes the event that brings a sale to the present rules, and the sale after it; what differs between the two
// says galla/state/difference. seq and at are the event's. It changes nothing it is given; the same sale, seq and at
// give the same answer. Its error is a bug or a row that no fold made; such a sale stays as it is.
func Upgrade(s Sale, seq uint64, at time.Time) (Event, Sale, error) {
	e := Event{Seq: seq, SaleID: s.ID, Kind: EventRules, At: at, By: "till", Elapsed: s.Elapsed, Rules: Rules}
	n, _, err := Apply(s, e)
	if err != nil {
		return e, s, err
	}
	return e, n, nil
}

func (s *Sale) recordRules(e Event) error {
	if s.Rules >= e.Rules {
		return ErrReplay
	}
	if e.Rules != Rules {
		return refuse(s, e, "sale %s can't be folded by rules %d: this gallad knows rules up to %d", s.ID, e.Rules,
			Rules)
	}
	s.translate(e)
	return nil
}

// translate writes the journal that the facts of rules 1 mean, each posting with the moment of its fact. What others
// took has no moment in those facts: it is posted at the event's.
//
// The facts are taken in the order in which they were recorded, as far as the row says it (galla/state/sequence): a
// wall clock that was set back gives them moments in another one.
//
//   - A sale that rules 1 called paid is covered with what was there; what is not there is its item short, or reversed.
//   - late: and duplicate: accepted are kept; so are over: and under: of a closed sale, which span payments, in order
//     of capture.
//   - refund_failed accepted is keep; refund_unknown accepted is: it went.
//   - A refund promises what is there, and no more.
//   - under: accepted or settled otherwise on a sale that still waits is asked again: rules 2 end the sale by that
//     answer.
func (s *Sale) translate(e Event) {
	s.Rules = 2

	var o sequence.Sequence
	add := func(at time.Time, rank int, do func(Event), after ...int) int {
		return o.Add(at, rank, func(at time.Time) {
			do(Event{Seq: e.Seq, SaleID: s.ID, Kind: e.Kind, At: at})
		}, after...)
	}
	capture := func(p *Payment, e Event) {
		if s.came(p) == 0 && p.Received() {
			s.post(journal.Clearing, p.surplus(), p.Amount, e)
		}
	}
	paid := -1 // by the capture, or the answer, of that moment
	if !s.PaidAt.IsZero() {
		paid = add(s.PaidAt, 1, func(e Event) {
			if s.override1() == "" { // what the row does not say, a clock may have mixed up
				for i := 0; i < len(s.Payments) && s.Captured() < s.Amount; i++ {
					capture(&s.Payments[i], e)
				}
			}
			s.coverOfRules1(e)
		})
	}

	came := map[*Payment]int{}
	var before []int // captures of those that were captured when they were first seen, which is the order of the list
	for i := range s.Payments {
		p := &s.Payments[i]
		if !p.Received() {
			continue
		}
		after := slices.Clone(before)
		by := paid >= 0 && p.CapturedAt.Equal(s.PaidAt)
		if !by && paid >= 0 && slices.ContainsFunc(o.Before(paid), func(k int) bool {
			return slices.Contains(before, k)
		}) {
			after = append(after, paid)
		}
		came[p] = add(p.CapturedAt, 0, func(e Event) { capture(p, e) }, after...)
		if by {
			o.Follow(paid, came[p])
		}
		if p.CapturedAt.Equal(p.At) {
			before = append(before, came[p])
		}
	}

	asked, ended := map[string]int{}, map[string]int{}
	last := -1
	for i := range s.Refunds {
		r := &s.Refunds[i]
		p := s.Payment(r.PaymentID)
		if p == nil {
			continue
		}
		last = add(r.AskedAt, 2, func(e Event) {
			s.take(p.own(), r.promised(), r.Amount, e)
		}, last, from(came, p))
		asked[r.Key] = last
		s.roomFor(i, &o, asked, ended)
		if r.Status == RefundProcessed || r.Status == RefundFailed {
			end := r.DoneAt
			if end.IsZero() {
				end = r.UpdatedAt
			}
			ended[r.Key] = add(end, 3, func(e Event) {
				done := r.DoneAt
				if r.Status == RefundProcessed {
					s.wentBack(r, e)
				} else {
					s.cameBack(r, e)
				}
				r.DoneAt = done
			}, asked[r.Key])
		}
	}

	last = -1
	for _, r := range slices.Clone(s.Resolutions) {
		_, about, _ := strings.Cut(r.Attention, ":")
		last = add(r.At, 4, func(e Event) {
			s.translateAnswer(r, e)
		}, last, from(came, s.Payment(about)), from(asked, about), from(ended, about))
		if paid >= 0 && len(o.Before(paid)) == 0 && r.Kind == AttentionUnder && r.At.Equal(s.PaidAt) {
			o.Follow(paid, last)
		}
	}

	o.Run()

	for i := range s.Payments {
		s.translateCounter(&s.Payments[i], e)
	}
}

// from is a step's number, or -1.
func from[K comparable](steps map[K]int, k K) int {
	if n, ok := steps[k]; ok {
		return n
	}
	return -1
}

// roomFor puts the ends of earlier refunds that failed before the asking of a refund that there would have been too
// little for, the first to end first.
func (s *Sale) roomFor(i int, o *sequence.Sequence, asked, ended map[string]int) {
	r := &s.Refunds[i]
	p := s.Payment(r.PaymentID)
	left := p.Amount - r.Amount
	var failed []*Refund
	for k := range s.Refunds[:i] {
		if f := &s.Refunds[k]; s.Payment(f.PaymentID) == p {
			left -= f.Amount
			if f.Status == RefundFailed {
				failed = append(failed, f)
			}
		}
	}
	slices.SortStableFunc(failed, func(a, b *Refund) int { return a.DoneAt.Compare(b.DoneAt) })
	for _, f := range failed {
		if left >= 0 {
			return
		}
		left += f.Amount
		o.Follow(asked[r.Key], from(ended, f.Key))
	}
}

// coverOfRules1 makes what is there the price of a sale that rules 1 called paid.
func (s *Sale) coverOfRules1(e Event) {
	left := s.Amount
	pay := func(p *Payment) {
		part := min(s.balance(p.surplus()), left)
		s.post(p.surplus(), p.price(), part, e)
		left -= max(part, 0)
	}
	payments := s.captures()
	for _, p := range payments {
		if left == s.Amount && s.balance(p.surplus()) == s.Amount {
			pay(p)
		}
	}
	for _, p := range payments {
		pay(p)
	}
}

// translateAnswer moves the money that an answer of rules 1 moves by rules 2.
func (s *Sale) translateAnswer(r Resolution, e Event) {
	if r.Action == ActionRefund && r.Kind != AttentionRefundFailed {
		return // its refund is a fact of its own
	}
	kind, about, _ := strings.Cut(r.Attention, ":")

	keep := func(amount money.Paise) { // of the payments that came in time, in order of capture
		for _, p := range s.captures() {
			if !p.Late {
				amount -= s.take([]journal.Account{p.surplus()}, p.accepted(), amount, e)
			}
		}
	}

	switch AttentionKind(kind) {
	case AttentionLate, AttentionDuplicate:
		if p := s.Payment(about); p != nil {
			s.post(p.surplus(), p.accepted(), s.balance(p.surplus()), e)
		}
	case AttentionOver:
		if p := s.Payment(about); p != nil {
			keep(p.Amount - s.Amount)
		} else if sum, err := money.Parse(about); err == nil {
			keep(sum - s.Amount)
		}
	case AttentionUnder:
		if sum, err := money.Parse(about); err == nil && !s.ClosedAt.IsZero() {
			keep(sum)
		}
	case AttentionRefundFailed:
		f := s.Refund(about)
		if f == nil || f.Status != RefundFailed {
			return
		}
		p := s.Payment(f.PaymentID)
		if p == nil {
			return
		}
		left := f.Amount
		part := min(left, p.FellToPrice)
		p.FellToPrice -= part
		left -= part
		part = min(left, p.FellToAccepted)
		p.FellToAccepted -= part
		left -= part
		if r.Action != ActionRefund && !s.waiting() {
			s.take([]journal.Account{p.surplus()}, p.accepted(), left, e)
		}
	case AttentionRefundUnknown:
		if f := s.Refund(about); f != nil && f.Status == RefundUnknown {
			f.Status, f.DecidedBy = RefundProcessed, r.By
			s.wentBack(f, e)
		}
	}
}

// translateCounter takes what the gateway's counter holds beyond our refunds, and carries the answer to it over.
func (s *Sale) translateCounter(p *Payment, e Event) {
	if s.came(p) == 0 {
		return
	}
	old := "reversed:" + p.ID + ":" + p.Refunded.Decimal()
	p.Refunded = min(p.Refunded, p.Amount)
	counter := p.Refunded
	if p.Status == PaymentRefunded && counter == 0 {
		counter = p.Amount
	}
	for i := range s.Refunds {
		if r := &s.Refunds[i]; s.Payment(r.PaymentID) == p && r.Status != RefundFailed {
			counter -= r.Amount
		}
	}
	if counter <= 0 {
		return
	}
	s.outside(p, counter, e)

	for _, r := range slices.Clone(s.Resolutions) {
		if r.Attention == old {
			r.Attention, r.Event = "reversed:"+s.handle(p)+":"+utoa(e.Seq), e.Seq
			s.Resolutions = append(s.Resolutions, r)
		}
	}
}
