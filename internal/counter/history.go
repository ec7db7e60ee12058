package counter

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// search is what a person looks for in the history. What is left out filters nothing; what is given must all fit.
type search struct {
	text      string // folded; anywhere: see finds
	amount    money.Paise
	number    int
	exact     money.Paise // of the sale or one of its payments
	rrn       string      // part of one
	reference string      // part of it, folded
	from, to  string      // business days
	since     int64       // opened at or after; unix seconds, as until
	until     int64       // opened at or before
	phase     state.Phase
	reason    state.CloseReason
}

// searchFields are the parts of an address that make it a search.
var searchFields = []string{"q", "amount_paise", "rrn", "reference", "from", "to", "phase", "reason"}

func newSearch(v url.Values) (search, error) {
	s := search{text: fold(v.Get("q")), rrn: v.Get("rrn"), reference: fold(v.Get("reference")), phase: state.Phase(v.Get("phase")), reason: state.CloseReason(v.Get("reason"))}
	for name, text := range map[string]string{"q": v.Get("q"), "reference": v.Get("reference")} {
		if len(text) > 64 {
			return s, problem(badQuery, fmt.Sprintf("%s is longer than 64 characters", name), "Search for less.")
		}
	}
	exact, err := number(v, "amount_paise")
	if err != nil {
		return s, err
	}
	if s.exact = money.Paise(exact); exact > uint64(money.Max) {
		return s, problem(badQuery, fmt.Sprintf("amount_paise is %d, which no sale can be", exact), "Give paise, like 25000 for ₹250.00.")
	}
	if s.rrn != "" && (len(s.rrn) < 4 || len(s.rrn) > 12 || strings.Trim(s.rrn, "0123456789") != "") {
		return s, problem(badQuery, fmt.Sprintf("rrn is %.20q, which is not 4 to 12 digits", s.rrn), "Give the bank's 12 digits, or some of them.")
	}
	if s.from, s.since, err = bound(v, "from", 0); err != nil {
		return s, err
	}
	if s.to, s.until, err = bound(v, "to", 59); err != nil { // "to 14:30" takes the whole minute in
		return s, err
	}
	if _, known := state.Transitions[s.phase]; s.phase != "" && !known {
		return s, problem(badQuery, fmt.Sprintf("phase %.20q is not known", s.phase), "Give opened, quoting, awaiting, paying, closing, paid or closed.")
	}
	switch s.reason {
	case "", state.CloseCancelled, state.CloseExpired, state.CloseFailed, state.CloseOtherTender:
	default:
		return s, problem(badQuery, fmt.Sprintf("reason %.20q is not known", s.reason), "Give cancelled, expired, failed or other_tender.")
	}
	if p, err := money.Parse(v.Get("q")); err == nil {
		s.amount = p
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(v.Get("q"), "#")); err == nil && n > 0 {
		s.number = n
	}
	return s, nil
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
		return "", 0, problem(badQuery, fmt.Sprintf("%s is %.20q, which is neither a date nor a minute", name, text), "Write it like 2026-11-22, or 2026-11-22T14:30 in Indian time.")
	}
	return "", t.Unix() + seconds, nil
}

func (q search) empty() bool { return q == search{} }

// finds reports whether a sale is what is looked for. Free text is its amount or that of a payment, its number, RRN, bill number,
// note, or the beginning of its id.
func (q search) finds(r *row) bool {
	switch {
	case q.from != "" && r.day < q.from, q.to != "" && r.day > q.to, q.since != 0 && r.at < q.since, q.until != 0 && r.at > q.until,
		q.phase != "" && r.phase != q.phase, q.reason != "" && r.reason != q.reason, q.exact != 0 && !slices.Contains(r.amounts, q.exact),
		q.rrn != "" && !strings.Contains(r.rrns, q.rrn), q.reference != "" && !strings.Contains(r.text[:r.note], q.reference):
		return false
	case q.text == "":
		return true
	case q.amount != 0 && slices.Contains(r.amounts, q.amount), q.number != 0 && r.number == q.number:
		return true
	}
	return strings.Contains(r.text, q.text) || len(q.text) >= 4 && strings.Contains(r.rrns, q.text) || len(q.text) >= 6 && strings.HasPrefix(fold(r.id), q.text)
}

// searchSales answers GET /v1/sales when it is a search.
func (c *Counter) searchSales(w http.ResponseWriter, r *http.Request, q search, before string, limit int) error {
	if limit == 0 {
		limit = 50
	}
	page := wire.Sales{Sales: []wire.Sale{}, Seq: c.till.Health().Seq}
	ids, err := c.index.find(r.Context(), q, before, limit)
	if err != nil {
		return err
	}
	for _, id := range ids {
		s, err := c.till.Sale(r.Context(), id)
		if errors.Is(err, till.ErrNoSale) { // pruned since it was read
			continue
		}
		if err != nil {
			return err
		}
		page.Sales = append(page.Sales, wire.FromSale(s))
	}
	return answer(w, http.StatusOK, page)
}
