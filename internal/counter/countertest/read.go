package countertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"galla/internal/till"
	"galla/state"
)

// Sale implements counter.Till.
func (t *Till) Sale(ctx context.Context, id string) (state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return state.Sale{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.sales[id]
	if !ok {
		return s, till.ErrNoSale
	}
	return s, nil
}

// Sales implements counter.Till.
func (t *Till) Sales(ctx context.Context, q till.Query) ([]state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	var out []state.Sale
	keep := func(s state.Sale) bool {
		return (q.Day == "" || s.Day == q.Day) && (!q.Attention || len(s.Attention) > 0) &&
			(!q.Open || !s.Phase.Final()) &&
			s.Seq > q.Since
	}
	for _, id := range slices.Backward(t.order) {
		if q.Before != "" && id >= q.Before {
			continue
		}
		if s := t.sales[id]; keep(s) {
			out = append(out, s)
		}
		if q.Since == 0 && len(out) == limit {
			break
		}
	}
	if q.Since > 0 {
		slices.SortFunc(out, func(a, b state.Sale) int { return int(a.Seq) - int(b.Seq) })
	}
	out = out[:min(limit, len(out))]
	if q.May != nil {
		out = slices.DeleteFunc(out, func(s state.Sale) bool {
			raw, err := json.Marshal(s)
			return err != nil || !q.May([]byte(s.ID), raw)
		})
	}
	for i := range out {
		if q.Brief {
			out[i] = out[i].Brief()
		}
	}
	return out, nil
}

// Events implements counter.Till.
func (t *Till) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if since >= uint64(len(t.events)) {
		return nil, nil
	}
	rest := t.events[since:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

// Find implements counter.Till.
func (t *Till) Find(ctx context.Context, f state.Field, value, before string, limit int) (out []state.Sale, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range slices.Backward(t.order) {
		s := t.sales[id]
		var has []string
		for _, p := range s.Payments {
			switch f {
			case state.FieldAmount:
				has = append(has, fmt.Sprint(int64(p.Amount)))
			case state.FieldRRN:
				has = append(has, p.RRN)
			case state.FieldPayment:
				has = append(has, p.ID)
			}
		}
		switch f {
		case state.FieldNumber:
			has = []string{state.NumberOf(s.Day, s.Number)}
		case state.FieldAmount:
			has = append(has, fmt.Sprint(int64(s.Amount)))
		case state.FieldReference:
			has = []string{s.Reference}
		case state.FieldMandate:
			if s.Debit != nil {
				has = []string{s.Debit.Mandate}
			}
		case state.FieldAttempt:
			for _, a := range s.Attempts {
				has = append(has, a.Ref)
			}
		case state.FieldRRN:
			for _, r := range s.Refunds {
				has = append(has, r.RRN)
			}
		}
		if value != "" && slices.Contains(has, value) && (before == "" || id < before) && len(out) < limit {
			out = append(out, s)
		}
	}

	return out, nil
}

// Days implements counter.Till.
func (t *Till) Days(ctx context.Context, from, to string) (days []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sales {
		if s.Day >= from && (to == "" || s.Day <= to) && !slices.Contains(days, s.Day) {
			days = append(days, s.Day)
		}
	}
	slices.Sort(days)
	slices.Reverse(days)
	return days, nil
}

// Changed implements counter.Till.
func (t *Till) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// Health implements counter.Till.
func (t *Till) Health() till.Health {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.health
	h.LastTurn = t.Now()
	if !h.Ready { // as the real one: it has not read its sales
		return h
	}
	for _, s := range t.sales {
		if !s.Phase.Final() {
			h.Open++
		}
		if len(s.Attention) > 0 {
			h.Attention++
		}
	}
	return h
}
