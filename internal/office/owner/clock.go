package owner

import (
	"time"

	"galla/internal/day"
)

// moment is now, as the pages need it.
type moment struct {
	at    time.Time
	days  [3]string // today, yesterday, a week ago
	hours int       // of the business day that are over
	cut   int       // hour at which a business day begins
}

func (o *Owner) moment() moment {
	m := moment{at: o.wall(), cut: int(o.cut / time.Hour)}
	today := day.Business(m.at, o.cut)
	m.days[0] = today
	if start, err := day.Start(today, o.cut); err == nil { // of our own making
		m.hours = min(int(m.at.Sub(start)/time.Hour), 23-m.cut) // behind 23:00 a day's hours are one
		m.days[1] = day.Business(start.AddDate(0, 0, -1), o.cut)
		m.days[2] = day.Business(start.AddDate(0, 0, -7), o.cut)
	}
	return m
}

// due is the newest business day that should be closed by now: each by noon of the next date.
func (o *Owner) due() string { return day.Business(o.wall(), 36*time.Hour) }

// full is the time of day up to which days are compared.
func (m moment) full() string {
	return time.Date(2000, 1, 1, (m.cut+m.hours)%24, 0, 0, 0, time.UTC).Format("15:04")
}

// closed is when a shop closed last: on its last opening day, whether it closes before midnight or behind it. ok is
// false where its hours are not known, or it is open.
func (s *Stand) closed(now time.Time) (at time.Time, ok bool) {
	opens, err1 := time.Parse("15:04", s.Opens)
	closes, err2 := time.Parse("15:04", s.Closes)
	if err1 != nil || err2 != nil {
		return at, false
	}
	now = now.In(day.IST)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, day.IST)
	since := func(t time.Time) time.Duration {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	for back := range 3 { // today, yesterday, the day before
		from := midnight.AddDate(0, 0, -back).Add(since(opens))
		to := midnight.AddDate(0, 0, -back).Add(since(closes))
		if !to.After(from) {
			to = to.AddDate(0, 0, 1)
		}
		switch {
		case now.Before(from):
			continue
		case now.Before(to):
			return at, false
		}
		return to, true
	}
	return at, false
}
