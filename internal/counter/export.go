package counter

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"galla/internal/books"
	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/counter/search"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state"
)

// export streams sales, newest first: CSV with one line a sale (every RRN in one column), or JSONL with the API's sale.
func (c *Counter) export(w http.ResponseWriter, r *http.Request, who Caller) error {
	v, err := query.Of(r, "format", "from", "to")
	if err != nil {
		return err
	}
	from, to := v.Get("from"), v.Get("to")
	for name, day := range map[string]string{"from": from, "to": to} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return problem.New(problem.BadQuery, fmt.Sprintf("%s is %.20q, which is not a date", name, day),
				"Write it like 2026-11-22.")
		}
	}

	if to != "" && from > to {
		return search.Backwards(from, to)
	}
	var begin func() error
	var line func(state.Sale) error
	rc := http.NewResponseController(w)
	switch format := v.Get("format"); format {
	case "csv", "":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		out := csv.NewWriter(w)
		begin = func() error {
			if _, err := io.WriteString(w, books.ByteOrderMark); err != nil {
				return err
			}
			return out.Write(books.ExportHead)
		}
		line = func(s state.Sale) error { out.Write(books.ExportLine(s)); out.Flush(); return out.Error() }
		defer out.Flush()
	case "jsonl":
		w.Header().Set("Content-Type", "application/jsonl")
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		begin = func() error { return nil }
		line = func(s state.Sale) error { return enc.Encode(wire.FromSale(s)) }
	default:
		return problem.New(problem.BadQuery, fmt.Sprintf("format %.20q is not known", format), "Give csv or jsonl.")
	}

	c.log.Info("export", "by", who.Name, "from", from, "to", to)
	a := state.Act{Kind: state.ActExport, Target: cmp.Or(v.Get("format"), "csv"),
		Detail: actExport{cmp.Or(v.Get("format"), "csv"), from, to}, By: who.Name}
	if err := c.journal(a, func() error { return nil }); err != nil {
		return err // an export that nobody is named for is none
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="galla-%s.%s"`,
		c.now().In(day.IST).Format(time.DateOnly), cmp.Or(v.Get("format"), "csv")))
	first := true
	gone := errors.New("the client went away")
	err = c.books.Export(r.Context(), from, to, func(sales []state.Sale) error {
		if first {
			begin() // an error shows again at the first line
			first = false
		}
		rc.SetWriteDeadline(time.Now().Add(answerTime)) // per page: a month takes longer than one answer may
		for _, s := range sales {
			if line(s) != nil {
				return gone
			}
		}
		return nil
	})

	switch {
	case err == nil, err == gone:
		return nil
	case first:
		return err
	}

	c.log.Error("export broke off", "error", err)
	panic(http.ErrAbortHandler) // cut the line: a short file must not look whole
}
