package books

import (
	"context"
	"slices"

	"galla/state"
	"galla/state/statement"
)

// unsaid: EnKash documents no call that says what became of a part that was sent back.
const unsaid = "this gateway does not say what became of a refund of a part: compare it in its dashboard"

// refunds compares what went back in the window: list is the gateway's, nil where it has none.
func (l *reconciler) refunds(ctx context.Context, list []statement.Refund) {
	listed := map[string]statement.Refund{} // by our key, or the gateway's id
	for _, r := range list {
		if r.Key != "" {
			listed[r.Key] = r
		}
		listed[r.ID] = r
	}

	ours := map[string]bool{}
	for _, s := range l.sales {
		for _, r := range s.Refunds {
			if p, ok := l.payments[r.PaymentID]; !ok || p.sale != s {
				continue
			}
			ours[r.Key], ours[r.ID] = true, true
			if r.Status != state.RefundProcessed || !l.within(r.DoneAt) {
				l.notOurs(s, r, listed)
				continue
			}
			count(&l.out.OurRefunds, r.Amount)
			theirs, found := listed[r.Key]
			if !found {
				theirs, found = listed[r.ID]
			}
			if !found {
				if !l.ask(ctx) {
					continue
				}
				var err error
				theirs, err = l.statements.RereadRefund(ctx, *s, r.Key)
				if err == nil && theirs.Status == state.RefundUnknown {
					l.silent++
					l.leave(unsaid)
					continue
				}
				if !l.answered(err) {
					continue
				}
			}
			l.compareRefund(s, r, theirs)
		}
	}

	for _, r := range list {
		p, known := l.payments[r.PaymentID]
		if known && !ours[r.ID] && (r.Key == "" || !ours[r.Key]) && r.Status == state.RefundProcessed &&
			l.within(r.CreatedAt) {
			if l.knows(r) {
				count(&l.out.Reversed, r.Amount)
				continue
			}
			count(&l.out.TheirRefunds, r.Amount)
			l.differ(Difference{Kind: "refund_unknown", RRN: r.RRN, PaymentID: r.PaymentID, RefundID: r.ID,
				TheirsPaise: r.Amount, At: r.CreatedAt}, p.sale,
				"The gateway sent %s of sale %s back, and the sale doesn't have it: was it refunded "+
					"in the gateway's dashboard?", r.Amount, p.sale.Name())
		}
	}
}

// knows reports whether the sale has seen what others sent back by a refund, and takes it as explained: the sale can
// only have learned of it later than it was made.
func (l *reconciler) knows(r statement.Refund) bool {
	left := r.Amount
	takings := slices.Clone(l.taken[r.PaymentID])
	for i := range takings {
		if t := &takings[i]; !t.at.Before(r.CreatedAt.Add(-reconcileGive)) {
			part := min(left, t.amount)
			t.amount -= part
			left -= part
		}
	}
	if left > 0 {
		return false
	}
	l.taken[r.PaymentID] = takings
	return true
}

// notOurs finds a refund that the gateway did and that the sale calls failed or unknown. One on its way is no
// difference.
func (l *reconciler) notOurs(s *state.Sale, r state.Refund, listed map[string]statement.Refund) {
	theirs, found := listed[r.Key]
	if !found || theirs.Status != state.RefundProcessed ||
		r.Status != state.RefundFailed && r.Status != state.RefundUnknown ||
		!l.within(theirs.CreatedAt) {
		return
	}
	count(&l.out.TheirRefunds, theirs.Amount)
	l.differ(
		Difference{
			Kind:        "refund_unknown",
			RRN:         theirs.RRN,
			PaymentID:   r.PaymentID,
			RefundID:    theirs.ID,
			TheirsPaise: theirs.Amount,
			At:          theirs.CreatedAt,
		},
		s,
		"The gateway sent %s of sale %s back, and the sale calls this refund %q: don't refund it again.",
		theirs.Amount,
		s.Name(),
		r.Status,
	)
}

func (l *reconciler) compareRefund(s *state.Sale, r state.Refund, theirs statement.Refund) {
	d := Difference{
		RRN:         r.RRN,
		PaymentID:   r.PaymentID,
		RefundID:    r.ID,
		OursPaise:   r.Amount,
		TheirsPaise: theirs.Amount,
		At:          r.DoneAt,
	}
	switch {
	case theirs.Status != state.RefundProcessed:
		d.Kind, d.TheirsPaise = "refund_missing", 0
		l.differ(d, s, "Sale %s counts %s as sent back, and the gateway does not show it as done: ask the gateway's "+
			"support before the customer asks you.", s.Name(), r.Amount)
	case theirs.Amount != r.Amount:
		count(&l.out.TheirRefunds, theirs.Amount)
		d.Kind = "refund_amount"
		l.differ(
			d,
			s,
			"Sale %s counts %s as sent back, the gateway %s: ask the gateway's support.",
			s.Name(),
			r.Amount,
			theirs.Amount,
		)
	default:
		count(&l.out.TheirRefunds, theirs.Amount)
	}
}
