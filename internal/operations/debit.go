package operations

import (
	"context"
	"errors"
	"time"

	"galla/gateway"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// DebitRequest asks for a debit under a mandate.
type DebitRequest struct {
	Key         string
	Owner       string
	Replayed    *bool
	Gateway     string
	Mandate     string      // any id that it ever had
	Reference   string      // of the notice; empty: today's
	Amount      money.Paise // 0: the notice's
	Day         string      // that the caller means; empty: today
	Description string
	By          string
	Approver    string
}

// Debit takes a debit that the payer was told of: it opens a sale, and answers with it as it stands after the gateway's
// answer, or as it is when that takes longer than a caller waits. The mandate is read first: one that was paused or
// revoked a moment ago is not debited. Errors are *till.RequestError, *mandate.Refusal, *GatewayError,
// till.ErrKeyReused, and those of the till.
func (o *Operations) Debit(ctx context.Context, r DebitRequest) (state.Sale, error) {
	gw, err := o.able(r.Gateway, MandateCreate)
	if err != nil {
		return state.Sale{}, err
	}
	if err := o.running(); err != nil {
		return state.Sale{}, err
	}
	s, unread := o.lookNow(ctx, gw, r.Mandate)
	if unread != nil { // a request that was answered before is answered again
		if s = o.mandateOf(gw.Name(), r.Mandate); s == nil {
			return state.Sale{}, unread
		}
	}

	print := []any{r.Reference, r.Amount}
	if r.Day != "" {
		print = append(print, r.Day)
	}
	sale, err := o.till.Debit(ctx, till.DebitRequest{
		Key:      r.Key,
		Owner:    r.Owner,
		Replayed: r.Replayed,
		Gateway:  gw.Name(),
		Note:     r.Description,
		By:       r.By,
		Print:    print,
		Debit: state.Debit{
			Mandate:  s.record.ID,
			Payer:    s.record.PayerName,
			PayerVPA: s.record.PayerVPA,
			Approver: r.Approver,
		},
		May: func(earlier []state.Sale) (mandate.Notice, error) {
			ask := mandate.Ask{Reference: r.Reference, Amount: r.Amount, Day: r.Day}
			if unread != nil {
				return mandate.Notice{}, unread
			}
			if err := o.oldDebits(gw.Name(), s); err != nil {
				return mandate.Notice{}, err
			}
			return s.rules().MayDebit(ask, s.past(earlier), o.wall())
		},
	})
	if err != nil {
		return sale, err
	}

	return o.await(ctx, sale), nil
}

// lookNow reads a mandate and writes down what changed, so that what follows is decided by how it stands now.
func (o *Operations) lookNow(ctx context.Context, gw gateway.Gateway, id string) (*standing, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	m, err := o.readMandate(ctx, gw, id)
	if err != nil {
		return nil, asGatewayError(gw.Name(), err)
	}
	if err := o.saw(ctx, gw, m); err != nil {
		return nil, err
	}
	if s := o.mandateOf(gw.Name(), m.ID); s != nil {
		return s, nil
	}
	return nil, unknownMandate(id)
}

// oldDebits refuses a debit while one of the mandate that was asked before debits were sales has no certain end.
func (o *Operations) oldDebits(gw string, s *standing) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, op := range o.unsure {
		if op.Kind == MandateExecute && op.Gateway == gw && op.Target == s.record.ID {
			return &mandate.Refusal{
				Code:   "debit_barred",
				Values: map[string]any{"sale": op.ID},
				Why:    "the debit " + op.Reference + " (" + op.ID + ") has no certain end yet",
				Next: "Look for it in the gateway's dashboard, and say how it ended: galla operation settle ID " +
					"done, or refused.",
			}
		}
	}
	return nil
}

// await waits for the gateway's answer to a debit, as long as a caller waits.
func (o *Operations) await(ctx context.Context, sale state.Sale) state.Sale {
	for until := time.Now().Add(patience); time.Now().Before(until) && ctx.Err() == nil; {
		now, found, err := o.store.Sale(sale.ID)
		if err != nil || !found {
			return sale
		}
		sale = now
		if a := sale.Attempts[0]; a.State != state.AttemptAsked || !o.sleep(100*time.Millisecond) {
			return sale
		}
	}
	return sale
}

// Settle records a person's word on an operation whose end is not known: it was done, or it was not. ErrNoOperation:
// there is none; an operation that has an end is a *till.RequestError.
func (o *Operations) Settle(ctx context.Context, id string, went bool, by string) (state.Operation, error) {
	op, err := o.Operation(id)
	switch {
	case err != nil:
		return op, err
	case op.Status != state.OperationUnknown:
		why := ": only one of unknown end is settled by a person"
		return op, &till.RequestError{Field: "id", Why: "operation " + quoted(id) + " is " + string(op.Status) + why}
	}
	// its problem was that nobody knew
	end := state.Operation{ID: id, Status: state.OperationRefused, Result: op.Result}
	if went {
		end.Status = state.OperationDone
	}
	if err := o.till.Commit(ctx, func(x *till.Txn) error { return o.done(x, by, op.Gateway, &end) }); err != nil &&
		!errors.Is(err, state.ErrReplay) {
		return op, err
	}
	return o.Operation(id)
}
