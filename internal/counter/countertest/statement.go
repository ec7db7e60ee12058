package countertest

import (
	"context"
	"slices"
	"time"

	"galla/state"
	"galla/state/statement"
)

// Bank is what the gateway of a Till recorded, where a test wants that to be another thing than what the sales say.
type Bank struct {
	Lists    bool                // it can list a span of time
	Payments []statement.Payment // OrderID is the attempt's reference
	Refunds  []statement.Refund
	Foreign  []string // ids of payments that came through no order of this terminal
	Sibling  []string // ids of payments that another box of this terminal's name took
	Fail     error    // of every question
	Asked    int      // questions so far
}

// SetBank replaces the gateway's record; nil: it is what the sales say, without a list.
func (t *Till) SetBank(b *Bank) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bank = b
}

// Record of a payment as the gateway has it.
func recorded(p state.Payment, s state.Sale) statement.Payment {
	return statement.Payment{
		ID:        p.ID,
		OrderID:   p.Attempt,
		Amount:    p.Amount,
		Refunded:  p.Refunded,
		Status:    map[bool]state.PaymentStatus{true: state.PaymentCaptured}[p.Received()],
		RRN:       p.RRN,
		CreatedAt: p.CapturedAt,
	}
}

// BankOfSales is a bank that recorded just what the sales say.
func (t *Till) BankOfSales() *Bank {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := &Bank{}
	for _, id := range t.order {
		s := t.sales[id]
		for _, p := range s.Payments {
			b.Payments = append(b.Payments, recorded(p, s))
		}
		for _, r := range s.Refunds {
			if r.Status == state.RefundProcessed {
				b.Refunds = append(
					b.Refunds,
					statement.Refund{ID: r.ID, Amount: r.Amount, Status: state.RefundProcessed, RRN: r.RRN, Key: r.Key,
						PaymentID: r.PaymentID, CreatedAt: r.DoneAt},
				)
			}
		}
	}
	return b
}

// Statement implements counter.Operations.
func (o *Operations) Statement(_ context.Context, _ string, from, to time.Time) (statement.Statement, error) {
	t := o.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bank.Fail != nil {
		return statement.Statement{}, t.bank.Fail
	}
	var s statement.Statement
	for _, p := range t.bank.Payments {
		if !p.CreatedAt.Before(from) && !p.CreatedAt.After(to) {
			s.Payments = append(s.Payments, p)
		}
	}
	for _, r := range t.bank.Refunds {
		if !r.CreatedAt.Before(from) && !r.CreatedAt.After(to) {
			s.Refunds = append(s.Refunds, r)
		}
	}
	return s, nil
}

// Ours implements counter.Operations.
func (o *Operations) Ours(_ context.Context, _ string, p statement.Payment) (statement.Whose, *state.Sale, error) {
	t := o.t
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bank.Asked++
	switch {
	case t.bank.Fail != nil:
		return "", nil, t.bank.Fail
	case slices.Contains(t.bank.Foreign, p.ID):
		return statement.Elsewhere, nil, nil
	case slices.Contains(t.bank.Sibling, p.ID):
		return statement.Sibling, nil, nil
	}
	for _, s := range t.sales {
		if s.Attempt(p.OrderID) != nil {
			return statement.Ours, &s, nil
		}
	}
	return statement.Ours, nil, nil
}

// Reread implements counter.Operations.
func (o *Operations) Reread(_ context.Context, s state.Sale, ref string) (out []statement.Payment, err error) {
	t := o.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bank == nil {
		for _, p := range s.Payments {
			if p.Attempt == ref {
				out = append(out, recorded(p, s))
			}
		}
		return out, nil
	}
	t.bank.Asked++
	for _, p := range t.bank.Payments {
		if p.OrderID == ref {
			out = append(out, p)
		}
	}
	return out, t.bank.Fail
}

// RereadRefund implements counter.Operations.
func (o *Operations) RereadRefund(_ context.Context, s state.Sale, key string) (statement.Refund, error) {
	t := o.t
	t.mu.Lock()
	defer t.mu.Unlock()
	r := s.Refund(key)
	if t.bank == nil {
		return statement.Refund{ID: r.ID, Amount: r.Amount, Status: state.RefundProcessed}, nil
	}
	t.bank.Asked++
	for _, b := range t.bank.Refunds {
		if b.Key == key {
			return b, t.bank.Fail
		}
	}
	return statement.Refund{}, t.bank.Fail
}
