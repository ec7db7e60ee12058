package counter

import (
	"errors"
	"fmt"
	"net/http"

	"galla/internal/counter/problem"
	"galla/internal/counter/validator"
	"galla/internal/counter/wire"
	"galla/internal/history"
)

// searchSales answers GET /v1/sales when it is a search.
func (c *Counter) searchSales(w http.ResponseWriter, r *http.Request, who Caller, q history.Search,
	before string, limit int) error {
	if limit == 0 {
		limit = pageSales
	}
	seq, err := c.till.Seq()
	if err != nil {
		return err
	}
	if c.unchanged(w, r, who, validator.Strong, seq) {
		return nil
	}
	found, err := c.history.Find(r.Context(), q, before, limit)
	var unread *history.CursorError
	if errors.As(err, &unread) {
		return badCursor(before)
	}
	if err != nil {
		return err
	}
	page := wire.Sales{
		Sales:  []wire.Sale{},
		Seq:    seq,
		More:   found.Next != "",
		Next:   found.Next,
		Looked: found.Looked,
		Back:   found.Back,
	}
	if found.Looked > 0 { // how far a page of sales that are read one by one goes, the time decides
		validator.Take(w)
	}
	for _, s := range found.Sales {
		page.Sales = append(page.Sales, wire.FromSale(s))
	}
	return answer(w, http.StatusOK, page)
}

// badCursor refuses a cursor that no page named.
func badCursor(cursor string) error {
	return problem.New(problem.BadQuery, fmt.Sprintf("before is %.60q, which is not the id of a sale here, nor what "+
		"a page named", cursor),
		"Give what the page before named as next, or the id of its last sale.")
}
