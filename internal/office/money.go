package office

import (
	"slices"
	"strings"
	"time"

	"galla/internal/day"
	"galla/state"
	"galla/state/journal"
)

// day is what changes of a day.
func (j *projection) day(business string) *Day {
	if j.days[business] == nil {
		j.days[business] = &Day{Terminal: j.t.ID, Day: business}
	}
	return j.days[business]
}

// addToDay adds a change to a day's row.
func (j *projection) addToDay(change *Day) error {
	if *change == (Day{Terminal: change.Terminal, Day: change.Day}) {
		return nil
	}
	d, _, err := j.tx.Day(change.Terminal, change.Day)
	if err != nil {
		return err
	}
	d.Terminal, d.Day = change.Terminal, change.Day
	d.Sum, d.Counts = d.Sum.plus(change.Sum), d.Counts.plus(change.Counts)
	for h := range d.Hours {
		d.Hours[h] += change.Hours[h]
	}
	return j.tx.PutDay(d)
}

// count counts a sale in its day, as long as no younger branch has it.
func (j *projection) count(s *touched) error {
	was, is, counts, err := j.former(s)
	if err != nil || !counts {
		return err
	}
	if c := was.counts(); c != (Counts{}) {
		d := j.day(was.Day)
		d.Counts = d.Counts.minus(c)
	}
	if c := is.counts(); c != (Counts{}) {
		d := j.day(is.Day)
		d.Counts = d.Counts.plus(c)
	}
	return nil
}

// counts are what a sale counts as. A demonstration is none, nor is a sale whose beginning is not here.
func (s *Sale) counts() (c Counts) {
	if s.Demo || s.Day == "" {
		return c
	}
	c = Counts{Sales: 1, Asked: s.Amount, Other: s.OtherTender()}
	if !s.PaidAt.IsZero() {
		c.Paid = 1
		return c
	}
	if s.ClosedAt.IsZero() {
		return c
	}
	switch s.CloseReason() {
	case state.CloseCancelled:
		c.Cancelled = 1
	case state.CloseExpired:
		c.Expired = 1
	case state.CloseFailed:
		c.Failed = 1
	case state.CloseOtherTender:
		c.Elsewise = 1
	}
	return c
}

// handle is what state finds a payment by: its id, or with the gateway's name where another gateway's has the same.
func (s *Sale) handle(p *state.Payment) string {
	if first := s.Payment(p.ID); first != nil && first.Gateway != p.Gateway {
		return p.Gateway + "/" + p.ID
	}
	return p.ID
}

// sumOf is what became of a payment's money.
func (s *Sale) sumOf(p *state.Payment) Sum {
	id := s.handle(p)
	m := Sum{
		Payments: 1,
		Received: p.Amount,
		Kept:     s.PriceOf(id) + s.AcceptedOf(id),
		Surplus:  s.SurplusOf(id),
	}
	m.Gone = m.Received - m.Kept - m.Surplus
	if m.Gone == 0 {
		return m
	}

	m.Reversed = min(s.Taken(id), m.Gone)
	m.Refunded = m.Gone - m.Reversed
	for _, r := range s.Refunds {
		if s.Payment(r.PaymentID) == s.Payment(id) && r.Reserved() && r.Status != state.RefundProcessed {
			m.Refunded -= min(r.Amount, m.Refunded) // promised
		}
	}
	return m
}

// payment writes a payment of a sale, and what it changes of its day's sum.
func (j *projection) payment(s *touched, p state.Payment) error {
	if !p.Received() {
		return nil
	}
	row := Payment{
		Gateway:    p.Gateway,
		ID:         p.ID,
		Terminal:   j.t.ID,
		Branch:     j.branch.N,
		Sale:       s.ID,
		Day:        s.Day,
		RRN:        p.RRN,
		CapturedAt: whole(p.CapturedAt),
		Late:       p.Late,
		Sum:        s.sumOf(&p),
	}

	if len(row.Gateway) > MaxKey || len(row.ID) > MaxKey {
		return j.find(
			FindingLong,
			s.Seq,
			Values{"gateway": short(row.Gateway), "payment": short(row.ID), "sale": row.Sale},
		)
	}

	was, found, err := j.tx.Payment(row.Gateway, row.ID)
	if err != nil || found && was == row {
		return err
	}
	if found && was.Terminal != row.Terminal && was.Sale == row.Sale && slices.Contains(j.replaced, was.Terminal) {
		return j.inherited(s, &was)
	}
	if found && (was.Terminal != row.Terminal || was.Sale != row.Sale) {
		if err := j.twice(s, &row, &was); err != nil {
			return err
		}
	}
	if found && (was.Terminal != row.Terminal ||
		was.Branch > row.Branch || // what a younger branch says of it is newer
		was.Branch == row.Branch && was.Sale != row.Sale) {
		return nil
	}

	if err := j.tx.PutPayment(row); err != nil {
		return err
	}
	if found {
		d := j.day(was.Day)
		d.Sum = d.Sum.minus(was.Sum)
		d.Hours[hour(was)] -= was.Received
	}
	d := j.day(row.Day)
	d.Sum = d.Sum.plus(row.Sum)
	d.Hours[hour(row)] += row.Received
	return nil
}

// hour is where a payment stands in the hours of its day.
func hour(p Payment) int {
	start, err := day.Start(p.Day, 0)
	if err != nil { // a box's day that is none: the sum is right all the same
		return 0
	}
	return int(min(max(0, p.CapturedAt.Sub(start)/time.Hour), 23))
}

// twice finds a payment that a second sale claims, once.
func (j *projection) twice(s *touched, row, was *Payment) error {
	if s.there && slices.ContainsFunc(s.was.Payments, func(p state.Payment) bool {
		return p.Gateway == row.Gateway && p.ID == row.ID && p.Received()
	}) {
		return nil
	}
	seq := s.Seq
	for _, m := range s.Journal {
		if m.To == journal.Surplus(row.Gateway, row.ID) {
			seq = m.Event
			break
		}
	}
	return j.find(FindingTwice, seq, Values{
		"gateway":        row.Gateway,
		"payment":        row.ID,
		"sale":           row.Sale,
		"other_terminal": was.Terminal,
		"other_sale":     was.Sale,
	})
}

// refunds writes what went back of a sale's payments, or is about to.
func (j *projection) refunds(s *touched) error {
	for _, r := range s.Refunds {
		p := s.Payment(r.PaymentID)
		if p == nil {
			continue
		}
		err := j.refund(Refund{
			Gateway:  p.Gateway,
			Key:      r.Key,
			Terminal: j.t.ID,
			Branch:   j.branch.N,
			Sale:     s.ID,
			Number:   s.Number,
			Day:      s.Day,
			Payment:  p.ID,
			Amount:   r.Amount,
			Status:   r.Status,
			Reason:   r.Reason,
			RRN:      r.RRN,
			By:       r.By,
			Approver: r.Approver,
			AskedAt:  whole(r.AskedAt),
			DoneAt:   whole(r.DoneAt),
		})
		if err != nil {
			return err
		}
	}

	var moves []journal.Movement
	for i := range s.Payments {
		p := &s.Payments[i]
		if !s.mayReturn(p) {
			continue
		}
		if moves == nil {
			moves = s.Movements()
		}
		if r, some := s.byOthers(p, moves); some {
			r.Terminal, r.Branch = j.t.ID, j.branch.N
			if err := j.refund(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayReturn says whether others may have sent something of a payment back: most never went anywhere.
func (s *Sale) mayReturn(p *state.Payment) bool {
	if s.Rules < 2 {
		return p.Received() && s.sumOf(p).Gone > 0
	}
	return p.Received() && slices.ContainsFunc(s.Journal, func(m journal.Posting) bool {
		return m.To == journal.Clearing
	})
}

// byOthers is what others sent back of a payment, if they ever did.
func (s *Sale) byOthers(p *state.Payment, moves []journal.Movement) (r Refund, some bool) {
	id := s.handle(p)
	for _, m := range moves {
		if m.What == journal.MoneyTaken && m.PaymentID == id && m.Gateway == p.Gateway {
			r.AskedAt, r.DoneAt, some = whole(m.At), whole(m.At), true
		}
	}
	r.Gateway, r.Key, r.Others = p.Gateway, ByOthers+p.ID, true
	r.Sale, r.Number, r.Day, r.Payment = s.ID, s.Number, s.Day, p.ID
	r.Amount, r.Status = s.Taken(id), state.RefundProcessed
	if r.Amount == 0 { // it came again
		r.Status = state.RefundFailed
	}
	return r, some
}

// refund writes a row of money that goes back. Of one that another terminal has, its payment is the finding.
func (j *projection) refund(row Refund) error {
	if len(row.Gateway) > MaxKey || len(row.Key) > MaxKey {
		return nil // so has its payment's, or its sale's
	}
	was, found, err := j.tx.Refund(row.Gateway, row.Key)
	if err != nil || found && (was == row || was.Terminal != row.Terminal || was.Branch > row.Branch) {
		return err
	}
	return j.tx.PutRefund(row)
}

// whole is a time as a store keeps it.
func whole(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }

// short is the beginning of a text that is too long to be kept.
func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 100)], "") }
