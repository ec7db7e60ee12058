package counter

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

// Printer is the shop's printer as the counter needs it, for slips that belong to no sale. Its calls return when the
// slip's end is known, which takes minutes when there is no paper; the same key is never printed twice by one Printer.
type Printer interface {
	State() wire.Printer
	// SelfTest prints the slip that shows what the printer can do and names what could be found out about it.
	SelfTest(ctx context.Context, key string) wire.Printed
	// Report prints an X or Z report.
	Report(ctx context.Context, key string, s ReportSlip) wire.Printed
	// Reconciliation prints how a day compares with the gateways.
	Reconciliation(ctx context.Context, key string, r wire.Reconciliation) wire.Printed
}

// ReportSlip is an X or Z report as it is printed. All of it comes from what is stored, so that a Z is the same slip
// whenever it is printed again.
type ReportSlip struct {
	wire.Report
	From, To            time.Time
	Yesterday, LastWeek *wire.Report // the Z reports of those days, for the picture; nil: there is none
	Copies              int          // above 0 marks it DUPLICATE
}

// slip is a report ready for paper.
func (c *Counter) slip(ctx context.Context, rep wire.Report, copies int) (ReportSlip, error) {
	from, err := c.books.Begun(ctx, rep)
	if err != nil {
		return ReportSlip{}, err
	}
	s := ReportSlip{Report: rep, From: from, To: rep.At, Copies: copies}
	if rep.Left != nil { // it was made after its day
		s.To = rep.Left.From
	}
	if day, err := time.Parse(time.DateOnly, rep.Day); err == nil {
		s.Yesterday = c.books.OfDay(day.AddDate(0, 0, -1).Format(time.DateOnly))
		s.LastWeek = c.books.OfDay(day.AddDate(0, 0, -7).Format(time.DateOnly))
	}
	return s, nil
}

// printTime is the most a slip can take: a minute for a printer that isn't ready, and a long slip on a slow one.
const printTime = 5 * time.Minute

// paper returns the printer, or the problem that there is none.
func (c *Counter) paper() (Printer, error) {
	if c.printer == nil {
		return nil, asProblem(till.ErrNoPrinter)
	}
	return c.printer, nil
}

// printing readies a request for the time a slip takes. A client that goes away doesn't cut the slip in two.
func printing(w http.ResponseWriter, r *http.Request) context.Context {
	rc := http.NewResponseController(w)
	rc.SetWriteDeadline(time.Now().Add(printTime))
	rc.SetReadDeadline(time.Time{}) // the request is read; the deadline would close the line before the answer
	return context.WithoutCancel(r.Context())
}

func (c *Counter) showPrinter(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	p, err := c.paper()
	if err != nil {
		return err
	}
	s := p.State()
	s.Since = s.Since.UTC()
	return answer(w, http.StatusOK, s)
}

func (c *Counter) testPrinter(w http.ResponseWriter, r *http.Request, who Caller) error {
	key, err := c.write(w, r, who, &wire.Nothing{})
	if err != nil {
		return err
	}
	p, err := c.paper()
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p.SelfTest(printing(w, r), "test-"+hashToken(key)))
}

func (c *Counter) printX(w http.ResponseWriter, r *http.Request, who Caller) error {
	key, err := c.write(w, r, who, &wire.Nothing{})
	if err != nil {
		return err
	}
	p, err := c.paper()
	if err != nil {
		return err
	}
	rep, err := c.books.X(r.Context(), who.Name)
	if err != nil {
		return err
	}
	return c.printed(w, r, p, "x-"+hashToken(key), rep, 0)
}

// printZ prints a stored Z report again. Whether its first print is still lying somewhere nobody knows, so it says
// DUPLICATE.
func (c *Counter) printZ(w http.ResponseWriter, r *http.Request, who Caller) error {
	key, err := c.write(w, r, who, &wire.Nothing{})
	if err != nil {
		return err
	}
	p, err := c.paper()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("number"))
	z, ok := c.books.Z(n)
	if err != nil || !ok {
		return noSuchZ(r, z)
	}
	return c.printed(w, r, p, fmt.Sprintf("z-%06d-%s", n, hashToken(key)), z.Report, 1)
}

// printed prints a report and answers with it and how that ended.
func (c *Counter) printed(w http.ResponseWriter, r *http.Request, p Printer, key string,
	rep wire.Report, copies int) error {
	s, err := c.slip(r.Context(), rep, copies)
	if err != nil {
		return err
	}
	end := p.Report(printing(w, r), key, s)
	rep.Print = &end
	return answer(w, http.StatusOK, rep)
}
