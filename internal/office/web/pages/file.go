package pages

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"galla/internal/office/owner"
	"galla/internal/office/people"
)

// actExport is what the audit has of a file that somebody took away.
const actExport = "export.make"

// pageTime is how long a page of a file may take on its way: a year takes longer than one answer may.
const pageTime = 30 * time.Second

// file sends a file. Who takes it stands in the audit before its first byte leaves: one that nobody is named for is
// none. What breaks off is cut, so that a short file does not look whole.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) {
	a, err := p.asks(r, people.Accountant)
	if err == nil {
		a.query, err = query(r, []string{"from", "to"})
	}
	var s owner.Span
	if err == nil {
		s, err = a.span(p.o.Owner)
	}
	name, csv := strings.CutSuffix(r.PathValue("name"), ".csv")
	if err == nil && (!csv || owner.Files[name] == nil) {
		err = notFound("file")
	}
	if err == nil {
		err = p.note(r.Context(), a, actExport, name, map[string]string{"from": s.From, "to": s.To})
	}
	if err != nil {
		p.answer(w, r, err)
		return
	}

	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="galla-office-%s-%s-%s.csv"`, name, s.From, s.To))
	rc := http.NewResponseController(w)
	begun := &begun{ResponseWriter: w}
	err = p.o.Owner.File(r.Context(), name, s, begun, func() error {
		if err := rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if err := rc.SetWriteDeadline(time.Now().Add(pageTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	})
	switch {
	case err == nil:
	case !begun.yes:
		h.Del("Content-Disposition")
		p.answer(w, r, err)
	default:
		p.o.Log.Error("office file broke off", "file", name, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// begun knows whether something was written.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}
