package mandate

import (
	"slices"
	"strings"
	"time"

	"galla/internal/day"
)

// Periods are how often a mandate may be debited: UPI's words. OneTime is once in its life, AsPresented as often as a
// day.
var Periods = []string{
	"ONETIME",
	"DAILY",
	"WEEKLY",
	"FORTNIGHTLY",
	"MONTHLY",
	"BIMONTHLY",
	"QUARTERLY",
	"HALFYEARLY",
	"YEARLY",
	"ASPRESENTED",
}

// KnownRule reports whether a word is one of UPI's rules: on a day of the period, before it or after it.
func KnownRule(rule string) bool {
	return slices.Contains([]string{"ON", "BEFORE", "AFTER"}, strings.ToUpper(rule))
}

// months is how many months the longer periods have.
var months = map[string]int{"MONTHLY": 1, "BIMONTHLY": 2, "QUARTERLY": 3, "HALFYEARLY": 6, "YEARLY": 12}

// word is a period as Periods writes it: gateways write HALF_YEARLY, one-time, AS PRESENTED too.
func word(period string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToUpper(period))
}

// Known reports whether Periods has a period, however it is written.
func Known(period string) bool { return slices.Contains(Periods, word(period)) }

// cycle is the first and the last day of the period that a day lies in. Periods of several months are counted from the
// month that the mandate starts in, weeks from Monday.
func (m *Mandate) cycle(on time.Time) (from, to time.Time) {
	on = on.In(day.IST)
	y, mo, d := on.Date()
	date := func(y int, mo time.Month, d int) time.Time { return time.Date(y, mo, d, 0, 0, 0, 0, day.IST) }
	switch w := word(m.Period); w {
	case "ONETIME":
		return date(1, 1, 1), date(9999, 12, 31)
	case "WEEKLY":
		from = date(y, mo, d-(int(on.Weekday())+6)%7)
		return from, from.AddDate(0, 0, 6)
	case "FORTNIGHTLY":
		if d <= 15 {
			return date(y, mo, 1), date(y, mo, 15)
		}
		return date(y, mo, 16), date(y, mo+1, 0)
	default:
		n := months[w]
		if n == 0 {
			return date(y, mo, d), date(y, mo, d)
		}
		first := 0
		if s := m.Start.In(day.IST); !m.Start.IsZero() {
			first = s.Year()*12 + int(s.Month()) - 1
		}
		this := y*12 + int(mo) - 1
		back := ((this-first)%n + n) % n
		from = date(y, mo-time.Month(back), 1)
		return from, from.AddDate(0, n, -1)
	}
}

// dayIn is the day of a period that the rule names: the Value's, or the first.
func (m *Mandate) dayIn(from, to time.Time) time.Time {
	value := max(m.Value, 1)
	if word(m.Period) == "FORTNIGHTLY" && value > 15 {
		value -= 15
	}
	at := from.AddDate(0, 0, value-1)
	if months[word(m.Period)] > 0 {
		if last := from.AddDate(0, 1, -1); at.After(last) { // the 31st of a shorter month is its last day
			at = last
		}
	}
	if at.After(to) {
		at = to
	}
	return at
}

// mostValue is the highest value that a rule takes in a period; 0: it takes none.
func mostValue(period string) int {
	switch w := word(period); {
	case w == "WEEKLY":
		return 7
	case w == "FORTNIGHTLY":
		return 31
	case months[w] > 0:
		return 31
	}
	return 0
}

func parse(text string) (time.Time, bool) {
	at, err := day.Start(text, 0)
	return at, err == nil
}

func dayOf(at time.Time) string { return day.Business(at, 0) }
