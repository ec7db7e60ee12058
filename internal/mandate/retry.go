package mandate

import (
	"slices"
	"time"

	"galla/internal/day"
)

// Retry is the first day on which a debit that failed may be tried again within its period; "" if there is none: no
// debit of the period failed, or the payer can't be told in time any more.
func (m *Mandate) Retry(p Past, now time.Time) string {
	soonest := dayOf(now.Add(Ahead))
	on, _ := parse(soonest)
	from, to := m.cycle(on)
	failed := slices.ContainsFunc(p.Debits, func(d Debit) bool { return d.State == NotPaid && d.within(from, to) })
	if !failed || m.MayNotify(Ask{Amount: m.Amount, Day: soonest}, p, now) != nil {
		return ""
	}
	return soonest
}

func (d Debit) within(from, to time.Time) bool {
	on, ok := parse(d.Day)
	return ok && !on.Before(from) && !on.After(to)
}

// Lost are periods that went by without a debit, and without one that may still come.
type Lost struct {
	Count       int
	From, Until string // days of the last one
}

// lostFor is how far back periods are looked at.
const lostFor = 400 * 24 * time.Hour

// Lost counts the lost periods of an active mandate since it was first seen active. Its period must be a week or
// longer: of a daily one nobody debits every day. One in which a debit failed is not lost: a sale says so. Nor is one
// in which the payer had paused the mandate.
func (m *Mandate) Lost(p Past, since, now time.Time) (lost Lost) {
	if m.State != Active || mostValue(m.Period) == 0 {
		return Lost{}
	}
	for _, later := range []time.Time{m.Start, now.Add(-lostFor)} {
		if later.After(since) {
			since = later
		}
	}
	told := since.Add(Ahead) // a day that was over by then nobody could be told of

	for from, to := m.cycle(told); !from.After(now); from, to = m.cycle(to.AddDate(0, 0, 1)) {
		over := m.lastIn(from, to).AddDate(0, 0, 1)
		idle := slices.ContainsFunc(p.Idle, func(s Span) bool {
			return s.From.Before(over) && (s.To.IsZero() || s.To.After(from))
		})
		if over.After(told) && !over.After(now.Add(Ahead)) && !idle && !m.has(p, from, to, now) {
			lost = Lost{lost.Count + 1, dayOf(from), dayOf(to)}
		}
	}
	return lost
}

// lastIn is the last day of a period on which the rule allows a debit.
func (m *Mandate) lastIn(from, to time.Time) time.Time {
	if m.Rule != "ON" && m.Rule != "BEFORE" {
		return to
	}
	if months[word(m.Period)] > 1 {
		y, mo, _ := to.In(day.IST).Date()
		from = time.Date(y, mo, 1, 0, 0, 0, 0, day.IST)
	}
	return m.dayIn(from, to)
}

// has reports whether a period had a debit, or one may still come of a notice.
func (m *Mandate) has(p Past, from, to, now time.Time) bool {
	comes := func(on string) bool { return on >= dayOf(now) && Debit{Day: on}.within(from, to) }
	return slices.ContainsFunc(p.Debits, func(d Debit) bool { return d.within(from, to) }) ||
		slices.ContainsFunc(p.Notices, func(n Notice) bool { return comes(n.Day) }) ||
		slices.ContainsFunc(p.Unsure, func(u Unsure) bool { return comes(u.Day) })
}
