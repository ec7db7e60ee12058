package till

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/gateway"
	"galla/internal/mandate"
	"galla/internal/till/debit"
	"galla/internal/till/request"
	"galla/internal/till/terms"
	"galla/state"
)

const (
	debitTimeout = 37 * time.Second // of one Execute: EnKash may need a token first
	// with the payer's bank for so long, a person is asked; banks end one by the next day
	debitOverdue = 30 * time.Hour
	debitsKept   = 400 // of one mandate, the newest that the rules look at: a year of daily ones
)

// debitWaits are the pauses before a debit that was certainly not taken is sent again, and before each poll where that
// is not certain.
var debitWaits = []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second}

// DebitRequest asks for a debit under a mandate.
type DebitRequest struct {
	Key      string
	Owner    string
	Replayed *bool
	Gateway  string
	Debit    state.Debit
	Note     string // what the payer may see
	Print    []any  // what else makes it another request under the same key
	By       string
	// May is asked in the engine's turn with the mandate's debits, so that no two are allowed by the same past. It
	// gives the notice, whose reference, amount and day are the debit's. It must not block.
	May func(earlier []state.Sale) (mandate.Notice, error)
}

// Debit writes a debit down as a sale with its attempt, and returns it; the gateway is asked after that, once.
func (t *Till) Debit(ctx context.Context, r DebitRequest) (state.Sale, error) {
	if err := request.Written("note", r.Note); err != nil {
		return state.Sale{}, err
	}
	print := request.Fingerprint("debit", r.Gateway, r.Debit.Mandate, r.Note, r.Print)
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, "", print, func(u *txn) error {
		earlier, err := u.debits(r.Debit.Mandate)
		if err != nil {
			return err
		}
		d := r.Debit
		told, err := r.May(earlier)
		if err != nil {
			return err
		}
		d.Day, d.PIN = told.Day, mandate.NeedsPIN(told.Amount)
		if used, err := t.o.Store.Find(state.FieldAttempt, told.Reference, "", 1); err != nil || len(used) > 0 {
			return errors.Join(err, &RequestError{Field: "reference",
				Why: fmt.Sprintf("the reference %.64q was used before: none is used twice", told.Reference)})
		}
		o := state.Opened{Amount: told.Amount, Note: r.Note, Route: []string{r.Gateway}, Life: debitOverdue,
			Kind: state.KindMandate, Debit: &d}
		id, err := u.newSale(o, r.By)
		if err != nil {
			return err
		}
		// If we die after the commit, the gateway may have heard of the debit: it is looked up, and not asked again.
		return u.apply(state.Event{Kind: state.EventAttemptAsked, SaleID: id,
			Gateway: r.Gateway, Attempt: told.Reference})
	})
}

// debits are the debits of a mandate as this turn leaves them.
func (u *txn) debits(mandate string) (out []state.Sale, err error) {
	known, err := u.t.o.Store.Find(state.FieldMandate, mandate, "", debitsKept)
	for _, s := range known {
		if _, changed := u.sales[s.ID]; !changed {
			out = append(out, s)
		}
	}
	for _, s := range u.sales {
		if s.Debit != nil && s.Debit.Mandate == mandate {
			out = append(out, s)
		}
	}
	return out, err
}

// takeDebit asks for a debit, and looks for it where the answer isn't clear. What the gateway certainly did not take is
// sent again for a moment, under the same reference; what nobody can tell is lost, and for a person to decide.
func (t *Till) takeDebit(s state.Sale, ref string, fresh bool) result {
	a := s.Attempt(ref)
	gw, asked := t.gateways[a.Gateway], t.onDisk.Load()
	if gw == nil {
		return certain(terms.Lost(&s, a, nil, fmt.Sprintf("gateway %q is no longer configured", a.Gateway)))
	}
	err := errors.New("gallad stopped before the gateway's answer was on disk")
	for tries := 0; fresh; tries++ {
		ctx, cancel := t.within(gateway.LaneCounter, debitTimeout)
		var r gateway.Reading
		r, err = debit.Take(ctx, gw, &s, a)
		cancel()
		t.observe(a.Gateway, err)
		switch {
		case err == nil:
			return certain(debit.Answered(&s, a, r, asked))
		case t.ctx.Err() != nil:
			return result{} // stopping: the next start looks
		case gateway.ClassOf(err).Later() && tries < len(debitWaits) && sleep(t.ctx, debitWaits[tries]):
			continue
		case gateway.ClassOf(err) != gateway.ClassUnknown:
			// refused as one that came twice: the debit is there
			if r, lookErr := t.readDebit(gw, &s, a); lookErr == nil {
				return certain(debit.Answered(&s, a, r, asked))
			}
			return certain(state.Event{Kind: state.EventAttemptFailed, SaleID: s.ID, Attempt: ref,
				By: "gateway:" + a.Gateway, Problem: terms.Problem(err)})
		}
		break
	}
	for _, wait := range debitWaits {
		if !sleep(t.ctx, wait) {
			return result{}
		}
		if r, lookErr := t.readDebit(gw, &s, a); lookErr == nil {
			return certain(debit.Answered(&s, a, r, asked))
		}
	}
	return certain(terms.Lost(&s, a, err, "whether the debit happened is not known"))
}

func (t *Till) readDebit(gw gateway.Gateway, s *state.Sale, a *state.Attempt) (gateway.Reading, error) {
	ctx, cancel := t.within(gateway.LaneCounter, readTimeout)
	defer cancel()
	return debit.Read(ctx, gw, s, a)
}
