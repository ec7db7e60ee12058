package counter

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"galla/internal/books"
	"galla/internal/counter/file"
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
	out := c.file(w, who, cmp.Or(v.Get("format"), "csv"), from, to)
	var head bool
	var line func(state.Sale) error
	switch v.Get("format") {
	case "csv", "":
		out.Kind, head = "text/csv; charset=utf-8", true
		lines := csv.NewWriter(out)
		line = func(s state.Sale) error { lines.Write(books.ExportLine(s)); lines.Flush(); return lines.Error() }
	case "jsonl":
		out.Kind = "application/jsonl"
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		line = func(s state.Sale) error { return enc.Encode(wire.FromSale(s)) }
	default:
		return problem.New(problem.BadQuery, fmt.Sprintf("format %.20q is not known", v.Get("format")),
			"Give csv or jsonl.")
	}
	return out.End(c.books.Export(r.Context(), from, to, func(sales []state.Sale) error {
		if err := out.Begin(); err != nil {
			return err
		}
		if head {
			head = false
			if _, err := io.WriteString(out, books.ByteOrderMark+strings.Join(books.ExportHead, ",")+"\n"); err != nil {
				return err
			}
		}
		for _, s := range sales {
			if err := line(s); err != nil {
				return err
			}
		}
		return nil
	}))
}

// file is an answer that a person takes away with them, and is named for.
func (c *Counter) file(w http.ResponseWriter, who Caller, format, from, to string) *file.Answer {
	return &file.Answer{
		W:    w,
		Name: fmt.Sprintf("galla-%s.%s", c.now().In(day.IST).Format(time.DateOnly), format),
		Each: answerTime,
		Log:  c.log,
		Before: func() error {
			c.log.Info("export", "by", who.Name, "format", format, "from", from, "to", to)
			a := state.Act{Kind: state.ActExport, Target: format, Detail: actExport{format, from, to}, By: who.Name}
			return c.journal(a, func() error { return nil }) // an export that nobody is named for is none
		},
	}
}
