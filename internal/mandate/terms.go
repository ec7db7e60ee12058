package mandate

import (
	"fmt"
	"strings"
	"time"

	"galla/internal/money"
)

// Terms are what a new mandate is asked with.
type Terms struct {
	Amount     money.Paise
	Rule       string // ON, BEFORE or AFTER
	Value      int
	Period     string
	Approve    time.Time // until when the payer may approve it
	Start, End time.Time
}

// Longest is the longest that a mandate may last.
const Longest = 30 * 365 * 24 * time.Hour

// Check says what of the terms UPI does not know, or what can't be met any more: the field of the request, and a
// sentence; "" for both where all is well.
func (t Terms) Check(now time.Time) (field, why string) {
	says := func(f, format string, args ...any) (string, string) { return f, fmt.Sprintf(format, args...) }
	rule := strings.ToUpper(t.Rule)
	most := mostValue(t.Period)
	switch {
	case !Known(t.Period):
		return says("period", "period %.20q is none that UPI knows: give %s", t.Period, strings.Join(Periods, ", "))
	case !KnownRule(rule):
		return says("debit_rule", "debit_rule %.20q is none that UPI knows: give ON, BEFORE or AFTER", t.Rule)
	case most > 0 && (t.Value < 1 || t.Value > most):
		return says(
			"debit_value",
			"debit_value is %d: with the period %s it is a day from 1 to %d",
			t.Value,
			word(t.Period),
			most,
		)
	case !t.Approve.After(now):
		return says(
			"expiry",
			"the payer could approve until %s, which is over: give a day to come",
			t.Approve.Format(time.RFC3339),
		)
	case dayOf(t.Start) < dayOf(now):
		return says(
			"start",
			"the mandate would start on %s, which is over: give today or a day to come",
			dayOf(t.Start),
		)
	case !t.End.After(t.Start):
		return says(
			"end",
			"the mandate would end on %s, and starts on %s: give a later end",
			dayOf(t.End),
			dayOf(t.Start),
		)
	case t.End.Sub(t.Start) > Longest:
		return says("end", "the mandate would last until %s: thirty years are the most", dayOf(t.End))
	case t.Approve.After(t.End):
		return says(
			"expiry",
			"the payer could approve until %s, after the mandate's end: give an earlier day",
			dayOf(t.Approve),
		)
	case word(t.Period) == "ONETIME" && rule == "AFTER":
		return says("debit_rule", "a mandate for one debit has no days after the rule's: give ON or BEFORE")
	}

	return "", ""
}
