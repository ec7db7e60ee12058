package mandate

import (
	"slices"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
)

// Step is what is to be done next under a mandate.
type Step string

const (
	StepNone    Step = ""             // nothing: it is not active, or has no further period
	StepLater   Step = "later"        // the next debit's notice is not due yet
	StepNotice  Step = "notice_due"   // the payer is to be told now
	StepWait    Step = "notice_sent"  // the payer was told, and the day or the hour has not come
	StepDebit   Step = "debit_due"    // the debit may be started now
	StepUnknown Step = "debit_barred" // a debit has no certain end: nothing else before that

	StepUnsure Step = "notice_unknown" // nobody knows whether the payer was told: no other notice before that
)

// Next is the next debit of a mandate, as Plan sees it.
type Next struct {
	Step      Step
	Day       string      // of the debit; empty where there is none
	Amount    money.Paise // what the notice said; of one to come, the last one's, else the mandate's
	Reference string      // the notice's
	From      time.Time   // when the step may be taken; zero: now
}

// The notice of a debit is sent between these hours of the day before it: people are awake then, and the debit is
// possible from the same hour of its day.
const (
	noticeFrom  = 9 * time.Hour
	noticeUntil = 21 * time.Hour
)

// awake is when the box may next send a notice by itself: now, or the next morning where it is late.
func awake(now time.Time) time.Time {
	y, mo, d := now.In(day.IST).Date()
	midnight := time.Date(y, mo, d, 0, 0, 0, 0, day.IST)
	switch {
	case now.Before(midnight.Add(noticeFrom)):
		return midnight.Add(noticeFrom)
	case now.Before(midnight.Add(noticeUntil)):
		return now
	}
	return midnight.AddDate(0, 0, 1).Add(noticeFrom)
}

// Plan says what comes next under a mandate. A period whose debit was paid, or whose debit failed, is over for the
// plan: a debit that failed is tried again as a person decides.
func (m *Mandate) Plan(p Past, now time.Time) Next {
	for _, d := range p.Debits {
		if d.bars() {
			return Next{Step: StepUnknown, Day: d.Day, Reference: d.Reference}
		}
	}
	if m.State != Active {
		return Next{}
	}

	used := map[string]bool{}
	amount := m.Amount
	for _, d := range p.Debits {
		used[d.Reference] = true
	}
	var last time.Time
	for _, n := range p.Notices {
		if n.At.After(last) {
			last, amount = n.At, n.Amount
		}
	}
	for _, n := range slices.SortedFunc(slices.Values(p.Notices), func(a, b Notice) int {
		return strings.Compare(a.Day, b.Day)
	}) {
		on, ok := parse(n.Day)
		if used[n.Reference] || n.Day < dayOf(now) || !ok || m.settled(Ask{Reference: n.Reference}, on, p) != nil {
			continue
		}
		next := Next{Step: StepWait, Day: n.Day, Amount: n.Amount, Reference: n.Reference, From: n.At.Add(Ahead)}
		if on.After(next.From) {
			next.From = on
		}
		if !now.Before(next.From) {
			next.Step, next.From = StepDebit, time.Time{}
		}
		return next
	}

	if u := p.unsure(now); u != nil {
		return Next{Step: StepUnsure, Day: u.Day, Reference: u.Reference}
	}
	on, ok := m.nextDay(p, now)
	if !ok {
		return Next{}
	}
	next := Next{
		Step:   StepLater,
		Day:    dayOf(on),
		Amount: min(amount, m.Amount),
		From:   on.AddDate(0, 0, -1).Add(noticeFrom),
	}

	if m.Exact {
		next.Amount = m.Amount
	}
	if !now.Before(next.From) {
		next.Step, next.From = StepNotice, time.Time{}
	}
	return next
}

// nextDay is the day of the next debit that the box can still tell the payer of in time, within its hours.
func (m *Mandate) nextDay(p Past, now time.Time) (time.Time, bool) {
	if word(m.Period) == "ASPRESENTED" || !Known(m.Period) {
		return time.Time{}, false // a person says when
	}
	done := map[string]bool{} // first days of periods that had a debit
	for _, d := range p.Debits {
		if at, ok := parse(d.Day); ok {
			from, _ := m.cycle(at)
			done[dayOf(from)] = true
		}
	}
	soonest := awake(now).Add(Ahead)
	if !m.Start.IsZero() && m.Start.After(soonest) {
		soonest = m.Start
	}
	y, mo, d := soonest.In(day.IST).Date()
	at := time.Date(y, mo, d, 0, 0, 0, 0, day.IST)
	for range 3 {
		from, to := m.cycle(at)
		on := m.dayIn(from, to)
		if word(m.Period) == "ONETIME" {
			on = at
		}
		switch {
		case on.Before(at) && !to.Before(at) && m.Rule != "ON" && m.Rule != "BEFORE" && !done[dayOf(from)]:
			on = at // the rule's day is over, and a later one of the period is allowed
			fallthrough
		case !on.Before(at) && !done[dayOf(from)]:
			return on, m.End.IsZero() || dayOf(on) <= dayOf(m.End)
		}
		if word(m.Period) == "ONETIME" {
			return time.Time{}, false
		}
		at = to.AddDate(0, 0, 1)
	}
	return time.Time{}, false
}
