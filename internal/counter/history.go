package counter

import (
	"context"
	"fmt"
	"net/http"
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

// searchPage is how many sales are read at a time; searchMost how many one call looks through: two months of a busy
// shop. Where that is not enough, the answer's last sale is the next call's "before".
const (
	searchPage = 1000
	searchMost = 60_000
)

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
func (q search) finds(s state.Sale) bool {
	if q.to != "" && s.Day > q.to || q.phase != "" && s.Phase != q.phase {
		return false
	}
	if q.text == "" {
		return true
	}
	if q.amount != 0 && s.Amount == q.amount || q.number != 0 && s.Number == q.number {
		return true
	}
	for _, p := range s.Payments {
		if q.amount != 0 && p.Amount == q.amount || len(q.text) >= 4 && strings.Contains(p.RRN, q.text) {
			return true
		}
	}
	return strings.Contains(fold(s.Reference), q.text) || strings.Contains(fold(s.Note), q.text) || len(q.text) >= 6 && strings.HasPrefix(fold(s.ID), q.text)
}

// find reads back through the sales, newest first, until limit are found.
func (c *Counter) findSales(ctx context.Context, q search, before string, limit int) ([]state.Sale, error) {
	var out []state.Sale
	for range searchMost / searchPage {
		page, err := c.till.Sales(ctx, till.Query{Limit: searchPage, Before: before})
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if q.from != "" && s.Day < q.from {
				return out, nil
			}
			if q.finds(s) {
				if out = append(out, s); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(page) < searchPage {
			break
		}
		before = page[len(page)-1].ID
	}
	return out, nil
}

// searchSales answers GET /v1/sales when it is a search.
func (c *Counter) searchSales(w http.ResponseWriter, r *http.Request, q search, before string, limit int) error {
	if limit == 0 {
		limit = 50
	}
	page := wire.Sales{Sales: []wire.Sale{}, Seq: c.till.Health().Seq}
	found, err := c.findSales(r.Context(), q, before, limit)
	if err != nil {
		return err
	}
	for _, s := range found {
		page.Sales = append(page.Sales, wire.FromSale(s))
	}
	return answer(w, http.StatusOK, page)
}
