package counter

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/till"
	"galla/state"
)

// A reconciliation asks gateways, so it is bounded: by single questions for each gateway, by time, and by the age of what it
// found, which a second look within a minute is shown again.
const (
	reconcileMost = 100
	reconcileTime = 90 * time.Second
	reconcileAge  = time.Minute
	reconcileDays = 31
	reconcileGive = time.Hour // how far around the window clocks and slow answers may put a payment
)

// reconciliations does one at a time, and remembers the last.
type reconciliations struct {
	mu   sync.Mutex
	last wire.Reconciliation
	most int
}

func (c *Counter) showReconciliation(w http.ResponseWriter, r *http.Request, who Caller) error {
	v, err := query(r, "day", "most")
	if err != nil {
		return err
	}
	most, err := number(v, "most")
	if err != nil {
		return err
	}
	if most > 500 {
		return problem(badQuery, fmt.Sprintf("most is %d: a gateway is asked 500 single questions at most", most), "Ask for fewer.")
	}
	rec, err := c.reconcile(printing(w, r), v.Get("day"), int(most), who.Name)
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
	rec, err := c.reconcile(ctx, b.Day, 0, who.Name)
	if err != nil {
		return err
	}
	end := p.Reconciliation(ctx, "reconcile-"+hashToken(key), rec)
	rec.Print = &end
	return answer(w, http.StatusOK, rec)
}

// reconcile holds a business day against the gateways. most bounds the single questions to each; 0 means the default.
func (c *Counter) reconcile(ctx context.Context, business string, most int, by string) (wire.Reconciliation, error) {
	now := c.now()
	if business == "" {
		business = day.Business(now, c.cut)
	}
	if most == 0 {
		most = reconcileMost
	}
	from, to, err := dayBounds(business, c.cut)
	switch {
	case err != nil:
		return wire.Reconciliation{}, problem(badQuery, fmt.Sprintf("day is %.20q, which is not a date", business), "Write it like 2026-11-22.")
	case from.After(now):
		return wire.Reconciliation{}, problem(badQuery, fmt.Sprintf("business day %s has not begun", business), "Ask for today or a day before.")
	case now.Sub(from) > reconcileDays*24*time.Hour:
		return wire.Reconciliation{}, problem(badQuery, fmt.Sprintf("business day %s is more than %d days ago", business, reconcileDays), "Compare the export with the gateway's dashboard.")
	case to.After(now):
		to = now
	}
	c.reconciled.mu.Lock()
	defer c.reconciled.mu.Unlock()
	if last := c.reconciled.last; last.Day == business && c.reconciled.most >= most && now.Sub(last.At) >= 0 && now.Sub(last.At) < reconcileAge {
		last.By = by
		return last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, reconcileTime)
	defer cancel()
	var sales []state.Sale
	if err := changedSince(ctx, c.till, from.Add(-reconcileGive), func(s state.Sale) { sales = append(sales, s) }); err != nil {
		return wire.Reconciliation{}, err
	}
	rec := wire.Reconciliation{Day: business, From: from.UTC(), To: to.UTC(), At: now.UTC(), By: by, Agrees: true}
	for _, g := range c.gatewaysOf(sales) {
		l := newLedger(c.till, g, sales, from, to, most)
		l.reconcile(ctx)
		l.out.Differences = slices.Clip(l.out.Differences)
		slices.SortStableFunc(l.out.Differences, func(a, b wire.Difference) int { return strings.Compare(a.RRN, b.RRN) })
		rec.Agrees = rec.Agrees && len(l.out.Differences) == 0 && l.out.Left == 0 && l.out.Problem == ""
		rec.Gateways = append(rec.Gateways, l.out)
	}
	c.reconciled.last, c.reconciled.most = rec, most
	return rec, nil
}

// gatewaysOf lists the configured gateways, and those that sales name and that are gone.
func (c *Counter) gatewaysOf(sales []state.Sale) []till.GatewayInfo {
	list := c.till.Gateways()
	for _, s := range sales {
		for _, p := range s.Payments {
			if !slices.ContainsFunc(list, func(g till.GatewayInfo) bool { return g.Name == p.Gateway }) {
				list = append(list, till.GatewayInfo{GatewayHealth: till.GatewayHealth{Name: p.Gateway, Problem: "it is no longer configured"}})
			}
		}
	}
	return list
}
