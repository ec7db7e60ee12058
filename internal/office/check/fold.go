package check

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/state"
	"galla/state/chain"
	"galla/state/journal"
)

// fold is what the events of a branch make.
type fold struct {
	sales      map[string]*folded[state.Sale]
	operations map[string]*folded[state.Operation]
}

// folded is a thing, and whether the branch's own events changed it.
type folded[T any] struct {
	is      T
	mine    bool
	refused bool // state refuses an event of it: it is as it was before
}

// replay follows a branch from the root.
func (h *history) replay(n int) (f fold, err error) {
	f = fold{map[string]*folded[state.Sale]{}, map[string]*folded[state.Operation]{}}
	for _, l := range h.way(n) {
		err := h.places(l.branch, l.behind, l.upTo, func(seq uint64, p chain.Place) error {
			var e state.Event
			if p.Event == nil || json.Unmarshal(p.Event, &e) != nil || e.Seq != seq {
				return nil // nobody can follow it
			}
			id := e.Subject()
			if id == "" || len(id) > office.MaxKey || e.Opened != nil && len(e.Opened.Day) > office.MaxKey {
				return nil
			}
			if e.SaleID == "" {
				apply(f.operations, id, l.branch == n, func(o state.Operation) (state.Operation, error) {
					return state.ApplyOperation(o, e)
				})
				return nil
			}
			apply(f.sales, id, l.branch == n, func(s state.Sale) (state.Sale, error) {
				next, _, err := state.Apply(s, e)
				return next, err
			})
			return nil
		})
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func apply[T any](all map[string]*folded[T], id string, mine bool, do func(T) (T, error)) {
	x := all[id]
	if x == nil {
		x = &folded[T]{}
		all[id] = x
	}
	x.mine = x.mine || mine
	next, err := do(x.is)
	switch {
	case x.refused, errors.Is(err, state.ErrReplay):
	case err != nil:
		x.refused = true
	default:
		x.is = next
	}
}

// earned is what came of a payment, and where it stands.
type earned struct {
	office.Sum
	hour int // of the day in IST, in which it came
}

// moneyOf are a sale's payments by the movements of their money.
func moneyOf(s *state.Sale) map[[2]string]earned {
	all := map[[2]string]earned{}
	if s.Demo {
		return all
	}
	promised := map[[2]string]money.Paise{}
	for _, m := range s.Movements() {
		p := s.Payment(m.PaymentID)
		if p == nil {
			continue
		}
		key := [2]string{p.Gateway, p.ID}
		is := all[key]
		add := func(account journal.Account, amount money.Paise) {
			switch kind, _, _ := strings.Cut(string(account), ":"); kind {
			case "surplus":
				is.Surplus += amount
			case "price", "accepted":
				is.Kept += amount
			case "promised":
				promised[key] += amount
			}
		}
		add(m.To, m.Amount)
		add(m.From, -m.Amount)
		if m.What == journal.MoneyCame {
			is.Payments, is.Received, is.hour = 1, is.Received+m.Amount, hourOf(p.CapturedAt, s.Day)
		}
		all[key] = is
	}

	for key, is := range all {
		is.Gone = is.Received - is.Kept - is.Surplus
		for _, r := range s.Refunds {
			p := s.Payment(r.PaymentID)
			if p != nil && key == [2]string{p.Gateway, p.ID} && r.Status == state.RefundProcessed {
				is.Refunded += r.Amount
			}
		}
		is.Reversed = is.Gone - promised[key] - is.Refunded
		all[key] = is
	}
	return all
}

var ist = time.FixedZone("IST", 5*3600+1800)

// hourOf is the hour of a day in which something came; the first or the last of the day where it came before or later.
func hourOf(at time.Time, day string) int {
	at = at.UTC().Truncate(time.Microsecond).In(ist)
	date, err := time.ParseInLocation(time.DateOnly, day, ist)
	switch {
	case err != nil || at.Before(date):
		return 0
	case at.Format(time.DateOnly) > day:
		return 23
	}
	return at.Hour()
}

// countsOf is what a sale counts as in its day.
func countsOf(s *state.Sale) (c office.Counts) {
	if s.Demo || s.Day == "" {
		return c
	}
	c.Sales, c.Asked, c.Other = 1, s.Amount, s.OtherTender()
	switch {
	case !s.PaidAt.IsZero():
		c.Paid = 1
	case s.ClosedAt.IsZero():
	case s.CloseReason() == state.CloseCancelled:
		c.Cancelled = 1
	case s.CloseReason() == state.CloseExpired:
		c.Expired = 1
	case s.CloseReason() == state.CloseFailed:
		c.Failed = 1
	case s.CloseReason() == state.CloseOtherTender:
		c.Elsewise = 1
	}
	return c
}

// add adds what a sale counts as.
func add(d *office.Day, c office.Counts) {
	d.Sales += c.Sales
	d.Asked += c.Asked
	d.Paid += c.Paid
	d.Cancelled += c.Cancelled
	d.Expired += c.Expired
	d.Failed += c.Failed
	d.Elsewise += c.Elsewise
	d.Other += c.Other
}

// take takes it away.
func take(d *office.Day, c office.Counts) {
	add(d, office.Counts{
		Sales:     -c.Sales,
		Asked:     -c.Asked,
		Paid:      -c.Paid,
		Cancelled: -c.Cancelled,
		Expired:   -c.Expired,
		Failed:    -c.Failed,
		Elsewise:  -c.Elsewise,
		Other:     -c.Other,
	})
}
