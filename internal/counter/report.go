package counter

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"galla/internal/books"
	"galla/internal/counter/body"
	"galla/internal/counter/problem"
	"galla/internal/counter/validator"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// StoredZ is the stored bytes of the Z report whose day an operation closed, for a head office; false: there is none.
func (c *Counter) StoredZ(o state.Operation) ([]byte, bool) { return c.books.Stored(o) }

// reportX has a weak tag: while nothing happens its figures stay, and its moment does not.
func (c *Counter) reportX(w http.ResponseWriter, r *http.Request, who Caller) error {
	seq, err := c.till.Seq()
	if err != nil {
		return err
	}
	closed := c.books.Closed()
	if r.Header.Get("If-None-Match") != "" && c.unchanged(w, r, who, validator.Weak, seq, closed, c.names.Today()) {
		return nil
	}
	rep, err := c.books.X(r.Context(), who.Name)
	if err != nil {
		return err
	}
	if rep.Summing != nil { // what is still added up comes without an event
		validator.Take(w)
	} else if c.unchanged(w, r, who, validator.Weak, seq, closed, rep.Day) {
		return nil
	}
	return answer(w, http.StatusOK, rep)
}

func (c *Counter) reportZ(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CloseDay
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	approver, err := c.approve(who, b.Approval)
	if err != nil {
		return err
	}
	if b.Print { // before the day is closed: afterwards "no printer" would read as "not closed"
		if _, err := c.paper(); err != nil {
			return err
		}
	}

	// By a wrong clock it would be the wrong day, for good. A day before today is one that a person chose (corners.md
	// 14).
	if c.doctor != nil && (b.Day == "" || b.Day >= c.names.Today()) {
		if wrong := c.doctor.Snapshot().Bad("clock"); wrong != nil {
			return problem.WrongClock(wrong)
		}
	}
	all, err := c.books.Close(r.Context(), asked.owner, asked.key, approver, b.Day)
	if err != nil {
		return err
	}
	z := all[len(all)-1]
	asked.replayed = z.Replayed
	if !b.Print && !b.Reconcile {
		return asked.answer(w, http.StatusCreated, z.Stored)
	}

	rep := z.Report
	if b.Print {
		for _, one := range all { // oldest first; the first one that isn't on paper is what the answer tells of
			if end := c.printFirst(w, r, one); rep.Print == nil || rep.Print.Status == "printed" {
				rep.Print = end
			}
		}
	}

	if b.Reconcile {
		rep.Reconciliation = c.reconcileZ(w, r, asked.key, rep, b.Print)
	}
	return asked.answer(w, http.StatusCreated, rep)
}

// reconcileZ holds the day of a Z against the gateways. The day is closed whatever comes of it.
func (c *Counter) reconcileZ(w http.ResponseWriter, r *http.Request, key string, z wire.Report,
	onPaper bool) *wire.Reconciliation {
	ctx := printing(w, r)
	rec, err := c.books.Reconcile(ctx, z.Day, 0, z.By)
	if err != nil {
		return &wire.Reconciliation{Day: z.Day, At: c.now().UTC(), By: z.By, Gateways: []wire.Reconciled{
			{How: "orders", Problem: asProblem(err).Detail, Differences: []wire.Difference{}},
		}}
	}
	if onPaper {
		end := c.printer.Reconciliation(ctx, "reconcile-"+hashToken(key), rec)
		rec.Print = &end
	}
	return &rec
}

// printFirst prints a Z report that was just made, for which the day is closed whatever becomes of the paper. Made by
// an earlier process it may be on paper already.
func (c *Counter) printFirst(w http.ResponseWriter, r *http.Request, z books.Z) *wire.Printed {
	if !z.Fresh {
		return &wire.Printed{Status: "unknown", Detail: "gallad restarted while this report was waiting or " +
			"printing: look at the paper, then print it again if it isn't there"}
	}
	s, err := c.slip(r.Context(), z.Report, 0)
	if err != nil {
		return &wire.Printed{Status: "failed", Detail: "The day is closed, but its first sale could not be read. " +
			"Print the report again."}
	}
	end := c.printer.Report(printing(w, r), fmt.Sprintf("z-%06d", z.Report.Number), s)
	return &end
}

func (c *Counter) listZ(w http.ResponseWriter, r *http.Request, who Caller) error {
	if c.unchanged(w, r, who, validator.Strong, c.books.Closed()) {
		return nil
	}
	return answer(w, http.StatusOK, wire.Reports{Reports: c.books.List()})
}

func (c *Counter) showZ(w http.ResponseWriter, r *http.Request, who Caller) error {
	n, err := strconv.Atoi(r.PathValue("number"))
	z, ok := c.books.Z(n)
	if err != nil || !ok {
		return noSuchZ(r, z)
	}
	if c.unchanged(w, r, who, validator.Strong, n) { // it is never written again
		return nil
	}
	return answer(w, http.StatusOK, z.Stored)
}

func noSuchZ(r *http.Request, z books.Z) error {
	if z.Lost {
		return problem.New(problem.NoThing,
			fmt.Sprintf("Z report %d was lost when the sales file was damaged", z.Report.Number),
			"The paper of that day has its figures; the export has its sales.")
	}
	return problem.New(problem.NoThing, fmt.Sprintf("there is no Z report %.20q", r.PathValue("number")),
		"GET /v1/reports/z lists them.")
}

// typing shows the customer what is being typed: amounts, and nothing else. It is not stored, so it takes no
// idempotency key.
func (c *Counter) typing(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Typing
	if err := body.Read(w, r, &b); err != nil {
		return err
	}
	if len(b.Tape) > 20 {
		return problem.New(problem.BadRequest, "a tape has 20 lines at most", "Show less.")
	}
	entry, ok := underWay(b.Entry)
	tape := make([]string, len(b.Tape))
	for i, l := range b.Tape {
		line, fits := underWay(l)
		tape[i], ok = line, ok && fits
	}
	if !ok {
		return problem.New(problem.BadRequest, "entry and tape are amounts under way: up to 10 digits, and a point "+
			"with up to two more", `Send digits and a point, like "250.5".`)
	}
	c.till.Type(entry, tape)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var amountUnderWay = regexp.MustCompile(`^([0-9]{0,10})(\.[0-9]{0,2})?$`)

// underWay groups the digits of an amount that somebody types; false: it is none.
func underWay(s string) (string, bool) {
	parts := amountUnderWay.FindStringSubmatch(s)
	if parts == nil {
		return "", false
	}
	rupees, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil { // nothing before the point
		return s, true
	}
	return strings.TrimSuffix(money.Paise(rupees*100).Grouped(), ".00") + parts[2], true
}
