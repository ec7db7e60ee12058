package books

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/state"
)

// A reconciliation asks gateways, so it is bounded: by single questions for each gateway, by time, and by the age of
// what it found, which a second look within a minute is shown again.
const (
	reconcileMost = 100
	reconcileTime = 90 * time.Second
	reconcileAge  = time.Minute
	reconcileDays = 31
	reconcileGive = time.Hour // how far around the window clocks and slow answers may put a payment
)

// reconciliations does one at a time, and remembers the last.
type reconciliations struct {
	one  chan struct{} // who holds its one place compares; the others wait as long as their contexts last
	last Reconciliation
	most int
	seq  uint64 // the newest event that it knew of
}

// DayError says why a business day can't be looked at.
type DayError struct {
	Why  string // a sentence
	Next string // what to do
}

func (e *DayError) Error() string { return e.Why }

func notADate(business string) error {
	return &DayError{fmt.Sprintf("day is %.20q, which is not a date", business), "Write it like 2026-11-22."}
}

// Reconcile holds a business day, "" for today, against the gateways. most bounds the single questions to each; 0 means
// the default. It asks gateways: it ends within 90 s, one at a time, and what it found is answered again for a minute,
// unless an item is answered or a refund goes a step on meanwhile. A day that can't be compared is a *DayError.
func (b *Books) Reconcile(ctx context.Context, business string, most int, by string) (Reconciliation, error) {
	now := b.o.Now()
	if business == "" {
		business = b.cuts.business(now)
	}
	if most == 0 {
		most = reconcileMost
	}
	from, to, err := b.cuts.bounds(business)
	switch {
	case err != nil:
		return Reconciliation{}, notADate(business)
	case from.After(now):
		return Reconciliation{}, &DayError{
			fmt.Sprintf("business day %s has not begun", business),
			"Ask for today or a day before.",
		}
	case now.Sub(from) > reconcileDays*24*time.Hour:
		return Reconciliation{}, &DayError{
			fmt.Sprintf("business day %s is more than %d days ago", business, reconcileDays),
			"Compare the export with the gateway's dashboard.",
		}
	case to.After(now):
		to = now
	}

	select {
	case b.reconciled.one <- struct{}{}:
		defer func() { <-b.reconciled.one }()
	case <-ctx.Done():
		return Reconciliation{}, ctx.Err()
	}

	if last := b.reconciled.last; last.Day == business && b.reconciled.most >= most && now.Sub(last.At) >= 0 &&
		now.Sub(last.At) < reconcileAge && !b.decidedSince(ctx, b.reconciled.seq) {
		last.By = by
		return last, nil
	}
	seq, err := b.o.Till.Seq()
	if err != nil {
		return Reconciliation{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, reconcileTime)
	defer cancel()
	var sales []state.Sale
	if err := changedSince(
		ctx,
		b.o.Till,
		from.Add(-reconcileGive),
		func(s state.Sale) { sales = append(sales, s) },
	); err != nil {
		return Reconciliation{}, err
	}

	rec := Reconciliation{Day: business, From: from.UTC(), To: to.UTC(), At: now.UTC(), By: by, Agrees: true}
	for _, g := range b.gatewaysOf(sales) {
		l := newLedger(b, g, sales, from, to, most)
		l.reconcile(ctx)
		l.out.Differences = slices.Clip(l.out.Differences)
		slices.SortStableFunc(l.out.Differences, func(a, b Difference) int { return strings.Compare(a.RRN, b.RRN) })
		rec.Agrees = rec.Agrees && len(l.out.Differences) == 0 && l.out.Left == 0 && l.out.Problem == ""
		rec.Gateways = append(rec.Gateways, l.out)
	}

	b.reconciled.last, b.reconciled.most, b.reconciled.seq = rec, most, seq
	return rec, nil
}

// decidedSince reports whether, after an event, a person answered an item or a refund went a step on: what was found is
// told anew then.
func (b *Books) decidedSince(ctx context.Context, seq uint64) bool {
	events, err := b.o.Till.Events(ctx, seq, streamBatch)
	return err != nil || len(events) == streamBatch || slices.ContainsFunc(events, func(e state.Event) bool {
		return e.Kind == state.EventResolved || e.Kind == state.EventRefundAsked || e.Kind == state.EventRefundSeen
	})
}

// gatewaysOf lists the configured gateways, and those that sales name and that are gone.
func (b *Books) gatewaysOf(sales []state.Sale) []Gateway {
	list := b.o.Gateways()
	for _, s := range sales {
		for _, p := range s.Payments {
			if !slices.ContainsFunc(list, func(g Gateway) bool { return g.Name == p.Gateway }) {
				list = append(list, Gateway{Name: p.Gateway})
			}
		}
	}
	return list
}
