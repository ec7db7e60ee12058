package counter

import (
	"fmt"
	"net/http"
	"strconv"

	"galla/internal/counter/wire"
)

func (c *Counter) reportX(w http.ResponseWriter, r *http.Request, who Caller) error {
	rep, err := c.book.x(r.Context())
	if err != nil {
		return err
	}
	rep.Day, rep.At, rep.By = businessDay(c.now(), c.cut), c.now().UTC(), who.Name
	return answer(w, http.StatusOK, rep)
}

func (c *Counter) reportZ(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CloseDay
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	approver, err := c.approve(who, b.Approval)
	if err != nil {
		return err
	}
	at := c.now()
	rep, err := c.book.close(r.Context(), key, businessDay(at, c.cut), approver, at)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, rep)
}

func (c *Counter) listZ(w http.ResponseWriter, r *http.Request, _ Caller) error {
	return answer(w, http.StatusOK, wire.Reports{Reports: c.book.list()})
}

func (c *Counter) showZ(w http.ResponseWriter, r *http.Request, _ Caller) error {
	n, err := strconv.Atoi(r.PathValue("number"))
	rep, ok := c.book.stored(n)
	if err != nil || !ok {
		return problem(noPlace, fmt.Sprintf("there is no Z report %.20q", r.PathValue("number")), "GET /v1/reports/z lists them.")
	}
	return answer(w, http.StatusOK, rep)
}

// typing shows the customer what is being typed. It is not stored, so it takes no idempotency key.
func (c *Counter) typing(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Typing
	if err := readBody(w, r, &b); err != nil {
		return err
	}
	if len(b.Entry) > 20 || len(b.Tape) > 20 {
		return problem(badRequest, "an entry has 20 characters and a tape 20 lines at most", "Show less.")
	}
	for _, l := range b.Tape {
		if len(l) > 20 {
			return problem(badRequest, "a line of the tape has 20 characters at most", "Show less.")
		}
	}
	c.till.Type(b.Entry, b.Tape)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
