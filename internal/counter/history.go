package counter

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// search is what a person looks for in the history.
type search struct {
	text     string // folded
	amount   money.Paise
	number   int
	from, to string // business days
	phase    state.Phase
}

func newSearch(q, from, to, phase string) (search, error) {
	s := search{text: fold(q), from: from, to: to, phase: state.Phase(phase)}
	if len(q) > 64 {
		return s, problem(badQuery, "what is searched for is longer than 64 characters", "Search for less.")
	}
	for name, day := range map[string]string{"from": from, "to": to} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return s, problem(badQuery, fmt.Sprintf("%s is %.20q, which is not a date", name, day), "Write it like 2026-11-22.")
		}
	}
	if _, known := state.Transitions[s.phase]; phase != "" && !known {
		return s, problem(badQuery, fmt.Sprintf("phase %.20q is not known", phase), "Give opened, quoting, awaiting, paying, closing, paid or closed.")
	}
	if p, err := money.Parse(q); err == nil {
		s.amount = p
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(q, "#")); err == nil && n > 0 {
		s.number = n
	}
	return s, nil
}

func (q search) empty() bool { return q.text == "" && q.from == "" && q.to == "" && q.phase == "" }

// finds reports whether a sale is what is looked for: by its amount or that of a payment, its number, RRN, bill number,
// note, or the beginning of its id.
func (q search) finds(r *row) bool {
	switch {
	case q.from != "" && r.day < q.from, q.to != "" && r.day > q.to, q.phase != "" && r.phase != q.phase:
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
