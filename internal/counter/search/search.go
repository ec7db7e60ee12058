package search

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/day"
	"galla/internal/history"
	"galla/internal/money"
	"galla/state"
)

// Fields are the parts of an address that make it a search.
var Fields = []string{"q", "amount_paise", "rrn", "reference", "from", "to", "phase", "reason"}

// Of reads a search. cut is how long after midnight IST the business day begins. An error is a problem document's.
func Of(v url.Values, cut time.Duration) (history.Search, error) {
	s := history.Search{Text: strings.TrimSpace(v.Get("q")), RRN: v.Get("rrn"),
		Reference: strings.TrimSpace(v.Get("reference")),
		Phase:     state.Phase(v.Get("phase")), Reason: state.CloseReason(v.Get("reason"))}
	for name, text := range map[string]string{"q": v.Get("q"), "reference": v.Get("reference")} {
		if utf8.RuneCountInString(text) > 64 { // as a bill number may have: a letter of Hindi has three bytes
			return s, problem.New(problem.BadQuery, fmt.Sprintf("%s is longer than 64 characters", name),
				"Search for less.")
		}
	}

	exact, err := query.Number(v, "amount_paise")
	if err != nil {
		return s, err
	}
	if s.Exact = money.Paise(exact); exact > uint64(money.Max) {
		return s, problem.New(problem.BadQuery, fmt.Sprintf("amount_paise is %d, which no sale can be", exact),
			"Give paise, like 25000 for ₹250.00.")
	}
	if s.RRN != "" && (len(s.RRN) < 4 || len(s.RRN) > 12 || strings.Trim(s.RRN, "0123456789") != "") {
		return s, problem.New(problem.BadQuery, fmt.Sprintf("rrn is %.20q, which is not 4 to 12 digits", s.RRN),
			"Give the bank's 12 digits, or some of them.")
	}
	if s.From, s.Since, err = bound(v, "from", 0); err != nil {
		return s, err
	}
	if s.To, s.Until, err = bound(v, "to", 59); err != nil { // "to 14:30" takes the whole minute in
		return s, err
	}

	if first, last := businessOf(s.From, s.Since, cut), businessOf(s.To, s.Until, cut); last != "" && first > last ||
		s.Until != 0 && s.Since > s.Until {
		return s, Backwards(v.Get("from"), v.Get("to"))
	}
	if _, known := state.Transitions[s.Phase]; s.Phase != "" && !known {
		return s, problem.New(problem.BadQuery, fmt.Sprintf("phase %.20q is not known", s.Phase),
			"Give opened, quoting, awaiting, paying, closing, paid or closed.")
	}
	switch s.Reason {
	case "", state.CloseCancelled, state.CloseExpired, state.CloseFailed, state.CloseOtherTender:
	default:
		return s, problem.New(problem.BadQuery, fmt.Sprintf("reason %.20q is not known", s.Reason),
			"Give cancelled, expired, failed or other_tender.")
	}

	if p, err := money.Parse(v.Get("q")); err == nil {
		s.Amount = p
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(v.Get("q"), "#")); err == nil && n > 0 {
		s.Number = n
	}
	return s, nil
}

// businessOf is the business day of one end of a time, "" where it is open.
func businessOf(business string, at int64, cut time.Duration) string {
	if at == 0 {
		return business
	}
	return day.Business(time.Unix(at, 0), cut)
}

// Backwards refuses a time that ends before it begins: "no sales" would be an answer to a question nobody has.
func Backwards(from, to string) error {
	return problem.New(problem.BadQuery, fmt.Sprintf("from is %.20q, which is after to, %.20q", from, to),
		"Give the earlier one as from.")
}

// bound reads one end of a time: a business day, or a minute of IST.
func bound(v url.Values, name string, seconds int64) (business string, at int64, err error) {
	text := v.Get(name)
	if text == "" {
		return "", 0, nil
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return text, 0, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", text, day.IST)
	if err != nil {
		return "", 0, problem.New(problem.BadQuery, fmt.Sprintf("%s is %.20q, which is neither a date nor a minute",
			name, text), "Write it like 2026-11-22, or 2026-11-22T14:30 in Indian time.")
	}
	return "", t.Unix() + seconds, nil
}
