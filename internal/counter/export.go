package counter

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// exportHead names the columns of the CSV export. Columns are only ever added, at the end.
var exportHead = []string{"day", "number", "id", "created_at", "amount_rupees", "phase", "tender", "close_reason", "captured_rupees",
	"refunded_rupees", "rrn", "gateway", "reference", "note", "by", "attention", "demo"}

// exportPast is how many sales in a row must be of days before those asked for until the export takes the rest for older too.
const exportPast = 2000

// export streams sales, newest first: CSV with one line a sale (every RRN in one column), or JSONL with the API's sale.
func (c *Counter) export(w http.ResponseWriter, r *http.Request, who Caller) error {
	v, err := query(r, "format", "from", "to")
	if err != nil {
		return err
	}
	from, to := v.Get("from"), v.Get("to")
	for name, day := range map[string]string{"from": from, "to": to} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return problem(badQuery, fmt.Sprintf("%s is %.20q, which is not a date", name, day), "Write it like 2026-11-22.")
		}
	}
	var begin func() error
	var line func(state.Sale) error
	rc := http.NewResponseController(w)
	switch format := v.Get("format"); format {
	case "csv", "":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		out := csv.NewWriter(w)
		begin = func() error { return out.Write(exportHead) }
		line = func(s state.Sale) error { out.Write(exportLine(s)); out.Flush(); return out.Error() }
		defer out.Flush()
	case "jsonl":
		w.Header().Set("Content-Type", "application/jsonl")
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		begin = func() error { return nil }
		line = func(s state.Sale) error { return enc.Encode(wire.FromSale(s)) }
	default:
		return problem(badQuery, fmt.Sprintf("format %.20q is not known", format), "Give csv or jsonl.")
	}
	c.log.Info("export", "by", who.Name, "from", from, "to", to)
	a := state.Act{Kind: state.ActExport, Target: cmp.Or(v.Get("format"), "csv"), Detail: actExport{cmp.Or(v.Get("format"), "csv"), from, to}, By: who.Name}
	if err := c.journal(a, func() error { return nil }); err != nil {
		return err // an export that nobody is named for is none
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="galla-%s.%s"`, c.now().In(day.IST).Format(time.DateOnly), cmp.Or(v.Get("format"), "csv")))
	q := till.Query{Limit: 500}
	older := 0
	for first := true; ; first = false {
		page, err := c.till.Sales(r.Context(), q)
		switch {
		case err != nil && first:
			return err
		case err != nil:
			c.log.Error("export broke off", "error", err)
			panic(http.ErrAbortHandler) // cut the line: a short file must not look whole
		case first:
			begin() // an error shows again at the first line
		}
		rc.SetWriteDeadline(time.Now().Add(answerTime)) // per page: a month takes longer than one answer may
		for _, s := range page {
			if from != "" && s.Day < from {
				// Sales come in the order of their opening, and a box without a clock battery may have opened some on a
				// day long past: only many in a row are the end.
				if older++; older == exportPast {
					return nil
				}
				continue
			}
			older = 0
			if to != "" && s.Day > to {
				continue
			}
			if err := line(s); err != nil {
				return nil // the client went away
			}
		}
		if len(page) < q.Limit {
			return nil
		}
		q.Before = page[len(page)-1].ID
	}
}

func exportLine(s state.Sale) []string {
	w := wire.FromSale(s)
	var refunded money.Paise
	for _, f := range s.Refunds {
		if f.Status == state.RefundProcessed {
			refunded += f.Amount
		}
	}
	var rrns, items []string
	for _, p := range s.Payments {
		if p.Received() && p.RRN != "" {
			rrns = append(rrns, p.RRN)
		}
	}
	for _, a := range s.Attention {
		items = append(items, string(a.Kind))
	}
	return []string{s.Day, strconv.Itoa(s.Number), s.ID, w.CreatedAt.In(day.IST).Format(time.RFC3339), s.Amount.Decimal(), string(s.Phase), string(s.Tender),
		string(w.CloseReason), s.Captured().Decimal(), refunded.Decimal(), strings.Join(rrns, " "), w.Gateway, plain(s.Reference), plain(s.Note), plain(s.By),
		strings.Join(items, " "), strconv.FormatBool(s.Demo)}
}

// plain keeps a spreadsheet from taking what somebody typed for a formula (OWASP, "CSV injection").
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
