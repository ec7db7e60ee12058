package watch

import (
	"time"

	"galla/internal/day"
	"galla/internal/office/joining"
)

const (
	// Around is added to learned hours on both sides.
	Around = 30 * time.Minute

	weeks = 4 // that hours are learned from
)

// Span is from the first sale of a business day to the last.
type Span struct{ First, Last time.Time }

// entered reports whether a shop of these hours is open; known is false for a shop without.
func entered(opens, closes string, now time.Time) (open, known bool) {
	from, err1 := joining.Hour(opens)
	to, err2 := joining.Hour(closes)
	if err1 != nil || err2 != nil {
		return false, false
	}
	at := sinceMidnight(now)
	if from < to {
		return from <= at && at < to, true
	}
	return at >= from || at < to, true // past midnight
}

func sinceMidnight(at time.Time) time.Duration {
	in := at.In(day.IST)
	return in.Sub(time.Date(in.Year(), in.Month(), in.Day(), 0, 0, 0, 0, day.IST))
}

// learntFrom are the business days that say whether a shop is open now: those of today's weekday, and of yesterday's,
// whose trade may go on past midnight.
func learntFrom(now time.Time) (days []string) {
	for _, back := range []int{0, 1} {
		for week := range weeks {
			days = append(days, day.Business(now.AddDate(0, 0, -back-7*(week+1)), 0))
		}
	}
	return days
}

// learned reports whether a shop that traded so is open now.
func learned(spans map[string]Span, now time.Time) bool {
	for _, back := range []int{0, 1} {
		first, last, any := time.Duration(0), time.Duration(0), false
		for week := range weeks {
			name := day.Business(now.AddDate(0, 0, -back-7*(week+1)), 0)
			midnight, err := day.Start(name, 0)
			span, traded := spans[name]
			if err != nil || !traded {
				continue
			}
			from, to := span.First.Sub(midnight), span.Last.Sub(midnight)
			if !any || from < first {
				first = from
			}
			if !any || to > last {
				last = to
			}
			any = true
		}
		at := sinceMidnight(now) + time.Duration(back)*24*time.Hour
		if any && first-Around <= at && at < last+Around {
			return true
		}
	}
	return false
}
