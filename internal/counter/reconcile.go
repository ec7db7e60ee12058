package counter

import (
	"fmt"
	"net/http"

	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/counter/wire"
)

func (c *Counter) showReconciliation(w http.ResponseWriter, r *http.Request, who Caller) error {
	v, err := query.Of(r, "day", "most")
	if err != nil {
		return err
	}
	most, err := query.Number(v, "most")
	if err != nil {
		return err
	}
	if most > 500 {
		return problem.New(problem.BadQuery, fmt.Sprintf("most is %d: a gateway is asked 500 single questions at most",
			most), "Ask for fewer.")
	}
	rec, err := c.books.Reconcile(printing(w, r), v.Get("day"), int(most), who.Name)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, rec)
}

// printReconciliation prints it, as it was shown if that was within the minute.
func (c *Counter) printReconciliation(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.ReconcileDay
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	p, err := c.paper()
	if err != nil {
		return err
	}
	ctx := printing(w, r)
	rec, err := c.books.Reconcile(ctx, b.Day, 0, who.Name)
	if err != nil {
		return err
	}
	end := p.Reconciliation(ctx, "reconcile-"+hashToken(key), rec)
	rec.Print = &end
	return answer(w, http.StatusOK, rec)
}
