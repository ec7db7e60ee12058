package till

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/state"
	"galla/state/statetest"
)

// debtor is a fake gateway that keeps mandates: it refuses a debit's reference that it has seen, and fails a test that
// asks for one twice where it took the first.
type debtor struct {
	*fakeGateway
	debits map[string]*gateway.Debit // by reference
	ends   gateway.DebitState        // of a new one
	code   string
	noRead bool
}

func newDebtor(t *testing.T) *debtor {
	return &debtor{fakeGateway: newFakeGateway(t, "a"), debits: map[string]*gateway.Debit{}, ends: gateway.DebitDone}
}

func (d *debtor) Mandates() gateway.Mandates { return debts{d} }

type debts struct{ *debtor }

func (debts) Create(context.Context, gateway.MandateSpec) (gateway.Mandate, error) {
	panic("not the till's")
}
func (debts) Show(context.Context, string) (gateway.Mandate, error) { panic("not the till's") }
func (debts) Find(context.Context, string) (gateway.Mandate, error) { panic("not the till's") }
func (debts) Update(context.Context, string, gateway.MandateChange) (gateway.Mandate, error) {
	panic("not the till's")
}
func (debts) Revoke(context.Context, string, string) (gateway.Mandate, error) {
	panic("not the till's")
}
func (debts) Notify(context.Context, gateway.MandateDebit) (gateway.Mandate, error) {
	panic("not the till's")
}
func (debts) Know(string, ...string) {}

func (d debts) Execute(ctx context.Context, b gateway.MandateDebit) (gateway.Debit, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	apply, err := d.call(ctx, "execute")
	if apply {
		if d.debits[b.Reference] != nil {
			d.t.Errorf("debit %s is asked twice", b.Reference)
		}
		d.debits[b.Reference] = &gateway.Debit{
			State:   d.ends,
			Payment: gateway.Payment{ID: "EK" + b.Reference, Amount: b.Amount, Reason: d.code, VPA: "ra****@okaxis"},
		}
	}
	if err != nil {
		return gateway.Debit{}, err
	}
	return *d.debits[b.Reference], nil
}

func (d debts) ReadDebit(ctx context.Context, b gateway.MandateDebit) (gateway.Debit, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noRead {
		return gateway.Debit{}, gateway.ErrUnsupported
	}
	if _, err := d.call(ctx, "readDebit"); err != nil {
		return gateway.Debit{}, err
	}
	if got := d.debits[b.Reference]; got != nil {
		return *got, nil
	}
	return gateway.Debit{}, gateway.ErrNotFound
}

func (d *debtor) end(ref string, state gateway.DebitState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.debits[ref].State = state
}

// debtorShop is a shop whose one gateway keeps mandates.
func debtorShop(t *testing.T) (*shop, *debtor) {
	d := newDebtor(t)
	s := newShop(t)
	s.tune = func(o *Options) { o.Gateways = []gateway.Gateway{d} }
	return s, d
}

func (s *shop) debit(key, ref string) (state.Sale, error) {
	return s.till.Debit(context.Background(), DebitRequest{
		Key:     key,
		Gateway: "a",
		Debit:   state.Debit{Mandate: "M1", Payer: "Rahul", PayerVPA: "ra****@okaxis"},
		By:      "manager:ravi",
		May: func(earlier []state.Sale) (mandate.Notice, error) {
			if slices.ContainsFunc(earlier, func(e state.Sale) bool { return !e.Phase.Final() }) {
				return mandate.Notice{}, errors.New("barred")
			}
			return mandate.Notice{Reference: ref, Amount: 60000, Day: "2026-12-05"}, nil
		},
	})
}

// TestCorner_1: a debit is a sale, and ends as its answer, or a look, or a person says; it is asked once.
func TestCorner_1(t *testing.T) {
	unknown := &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "execute", Cashier: gateway.CashierUnknown}
	refused := &gateway.Error{
		Class:   gateway.ClassRejected,
		Gateway: "a",
		Op:      "execute",
		Cashier: gateway.CashierMandateState,
	}
	away := &gateway.Error{
		Class:   gateway.ClassUnavailable,
		Gateway: "a",
		Op:      "execute",
		Cashier: gateway.CashierOffline,
	}
	for name, tc := range map[string]struct {
		ends   gateway.DebitState
		fail   func(call string, n int) (bool, error)
		noRead bool
		phase  state.Phase // a minute later
		asked  int
		item   bool
		kept   money.Paise
	}{
		"done":                {gateway.DebitDone, nil, false, state.PhasePaid, 1, false, 60000},
		"failed":              {gateway.DebitFailed, nil, false, state.PhaseClosed, 1, false, 0},
		"pending":             {gateway.DebitPending, nil, false, state.PhasePaying, 1, false, 0},
		"a word nobody knows": {gateway.DebitUnknown, nil, false, state.PhaseQuoting, 1, true, 0},
		"refused": {gateway.DebitDone, once("execute", false, func() error { return refused }), false,
			state.PhaseClosed, 1, false, 0},
		"refused, and it is there": {gateway.DebitDone, once("execute", true, func() error { return refused }), false,
			state.PhasePaid, 1, false, 60000},
		"not reached, then done": {gateway.DebitDone, once("execute", false, func() error { return away }), false,
			state.PhasePaid, 2, false, 60000},
		"lost, and done": {gateway.DebitDone, once("execute", true, func() error { return unknown }), false,
			state.PhasePaid, 1, false, 60000},
		"lost, and failed": {gateway.DebitFailed, once("execute", true, func() error { return unknown }), false,
			state.PhaseClosed, 1, false, 0},
		"lost, and pending": {gateway.DebitPending, once("execute", true, func() error { return unknown }), false,
			state.PhasePaying, 1, false, 0},
		"lost, and never seen": {gateway.DebitDone, once("execute", false, func() error { return unknown }), false,
			state.PhaseQuoting, 1, true, 0},
		"lost, and not to be had": {gateway.DebitDone, once("execute", true, func() error { return unknown }), true,
			state.PhaseQuoting, 1, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, d := debtorShop(t)
				d.ends, d.fail, d.noRead = tc.ends, tc.fail, tc.noRead
				s.start()
				defer s.end()
				sale, err := s.debit("k1", "D1")
				if err != nil || sale.Kind != state.KindMandate || sale.Phase != state.PhaseQuoting ||
					sale.Attempts[0].Ref != "D1" {
					t.Fatalf("%+v, %v", sale, err)
				}
				if again, err := s.debit("k1", "D1"); err != nil || again.ID != sale.ID {
					t.Errorf("the same request again: %+v, %v", again, err)
				}
				sale = s.after(time.Minute, sale.ID)
				if sale.Phase != tc.phase || d.calls("execute") != tc.asked || (len(sale.Attention) > 0) != tc.item ||
					sale.Kept() != tc.kept {
					t.Fatalf("%s, asked %d times, kept %s, items %+v, attempt %+v",
						sale.Phase, d.calls("execute"), sale.Kept(), sale.Attention, sale.Attempts)
				}
				if v := s.glass.last(); v.SaleID != "" || len(s.glass.heard) != 0 {
					t.Errorf("the customer's screen shows %+v, and heard %v", v, s.glass.heard)
				}
				if _, err := s.debit("k2", "D2"); (err != nil) == sale.Phase.Final() {
					t.Errorf("another debit of the mandate while this one is %s: %v", sale.Phase, err)
				}
				if _, err := s.debit("k3", "D1"); err == nil {
					t.Error("a reference is used twice")
				}
				if _, err := s.till.Cancel(
					context.Background(),
					CancelRequest{SaleID: sale.ID, Reason: state.CloseCancelled},
				); err == nil {
					t.Error("a debit was cancelled")
				}
				if tc.kept > 0 {
					if p := sale.Payments[0]; p.ID != "D1" || p.GatewayID != "EKD1" {
						t.Errorf("payment %+v", p)
					}
				}
			})
		})
	}
}

// TestDebitEndsLater: what is pending ends when the bank says so; what the bank leaves open is asked of a person, and
// its word still counts after that.
func TestDebitEndsLater(t *testing.T) {
	for name, end := range map[string]gateway.DebitState{"paid": gateway.DebitDone, "failed": gateway.DebitFailed,
		"never": gateway.DebitPending} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, d := debtorShop(t)
				d.ends = gateway.DebitPending
				s.start()
				defer s.end()
				sale, err := s.debit("", "D1")
				if err != nil {
					t.Fatal(err)
				}
				s.want(20*time.Minute, sale.ID, state.PhasePaying, state.TenderNone)
				d.end("D1", end)
				if looks := d.calls("readDebit"); looks > 40 {
					t.Errorf("%d looks in 20 minutes", looks)
				}
				sale = s.after(5*time.Hour, sale.ID)
				switch {
				case end == gateway.DebitDone && sale.Phase == state.PhasePaid:
				case end == gateway.DebitFailed && sale.Phase == state.PhaseClosed &&
					sale.CloseReason() == state.CloseFailed:
				case end == gateway.DebitPending && sale.Phase == state.PhasePaying && len(sale.Attention) == 0:
					sale = s.after(26*time.Hour, sale.ID)
					if len(sale.Attention) != 1 || sale.Attention[0].Kind != state.AttentionDebitUnknown ||
						sale.Phase != state.PhasePaying {
						t.Fatalf("after a day: %s, %+v", sale.Phase, sale.Attention)
					}
					d.end("D1", gateway.DebitDone)
					if sale = s.after(2*time.Hour, sale.ID); sale.Phase != state.PhasePaid || len(sale.Attention) != 0 {
						t.Errorf("the bank's word after that: %s, %+v", sale.Phase, sale.Attention)
					}
				default:
					t.Errorf("%s, %+v", sale.Phase, sale.Attention)
				}
			})
		})
	}
}

// TestDebitDecided: a person says whether a debit happened, with a name; the gateway's own word, when it comes,
// corrects it.
func TestDebitDecided(t *testing.T) {
	for _, tc := range []struct {
		action state.Action
		phase  state.Phase
		truth  gateway.DebitState // found out a day later
		kind   state.AttentionKind
		kept   money.Paise
	}{
		{state.ActionItWent, state.PhasePaid, gateway.DebitDone, "", 60000},
		{state.ActionItWent, state.PhasePaid, gateway.DebitFailed, state.AttentionReversed, 0},
		{state.ActionItDidNot, state.PhaseClosed, gateway.DebitFailed, "", 0},
		{state.ActionItDidNot, state.PhaseClosed, gateway.DebitDone, state.AttentionLate, 0},
	} {
		t.Run(fmt.Sprintf("%s, and it is %s", tc.action, tc.truth), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, d := debtorShop(t)
				d.ends, d.noRead = tc.truth, true
				d.fail = once(
					"execute",
					true,
					func() error { return &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a"} },
				)
				s.start()
				defer s.end()
				sale, err := s.debit("", "D1")
				if err != nil {
					t.Fatal(err)
				}
				sale = s.after(time.Minute, sale.ID)
				answer := ResolveRequest{
					SaleID:    sale.ID,
					Attention: "debit_unknown:D1",
					Action:    tc.action,
					Amount:    60000,
					By:        "owner:ravi",
				}
				if sale, err = s.till.Resolve(context.Background(), answer); err != nil || sale.Phase != tc.phase ||
					len(sale.Attention) != 0 {
					t.Fatalf("%s, %+v, %v", sale.Phase, sale.Attention, err)
				}
				if _, err := s.debit("", "D2"); err != nil {
					t.Errorf("the next debit after the decision: %v", err)
				}

				d.mu.Lock()
				d.noRead = false
				d.mu.Unlock()
				sale = s.after(26*time.Hour, sale.ID)
				if sale.Kept() != tc.kept || sale.Phase != tc.phase || tc.kind == "" && len(sale.Attention) != 0 ||
					tc.kind != "" &&
						(len(sale.Attention) != 1 || sale.Attention[0].Kind != tc.kind ||
							sale.Attention[0].Amount != 60000) {
					t.Errorf("once the gateway speaks: %s, kept %s, items %+v", sale.Phase, sale.Kept(), sale.Attention)
				}
			})
		})
	}
}

// TestDebitSurvivesDeath: gallad dies at every commit and in the middle of every call, before the effect and after it.
// Nothing is debited twice, and what nobody can tell has a name.
func TestDebitSurvivesDeath(t *testing.T) {
	type death struct {
		commit, call int // the n-th of them; 0: none
		applied      bool
		ends         gateway.DebitState
	}
	var all []death
	for _, applied := range []bool{false, true} {
		for _, ends := range []gateway.DebitState{gateway.DebitDone, gateway.DebitFailed, gateway.DebitPending} {
			for n := 1; n <= 3; n++ {
				all = append(all, death{n, 0, applied, ends}, death{0, n, applied, ends})
			}
		}
	}
	for _, tc := range all {
		t.Run(fmt.Sprintf("%+v", tc), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, d := debtorShop(t)
				d.ends = tc.ends
				inner := statetest.NewMemory()
				commits, calls := 0, 0
				s.store = statetest.NewFaulty(inner, func(op statetest.Op) (bool, error) {
					if op.Method != "Commit" {
						return true, nil
					}
					if commits++; commits == tc.commit {
						return tc.applied, errors.New("disk on fire")
					}
					return true, nil
				})
				d.fail = func(string, int) (bool, error) {
					if calls++; calls == tc.call {
						s.stop()
						return tc.applied, &gateway.Error{
							Class:   gateway.ClassUnknown,
							Gateway: "a",
							Err:     context.Canceled,
						}
					}
					return true, nil
				}
				s.start()
				_, asked := s.debit("k1", "D1")
				time.Sleep(time.Minute)
				select {
				case <-s.done:
				default:
					s.end()
				}

				s.store, d.fail = inner, nil
				s.start()
				defer s.end()
				sale, err := s.debit("k1", "D1") // the caller asks again, with its key
				if err != nil {
					t.Fatalf("%v, after %v", err, asked)
				}
				sale = s.after(time.Minute, sale.ID)
				took := d.debits["D1"]
				switch {
				case took == nil && len(sale.Attention) == 1 && sale.Attention[0].Kind == state.AttentionDebitUnknown:
				case took == nil:
					t.Errorf("the gateway has no debit, and the sale is %s with %+v", sale.Phase, sale.Attention)
				case took.State == gateway.DebitDone && sale.Phase != state.PhasePaid,
					took.State == gateway.DebitFailed && sale.Phase != state.PhaseClosed,
					took.State == gateway.DebitPending && sale.Phase != state.PhasePaying:
					t.Errorf("the gateway has %+v, and the sale is %s with %+v", took, sale.Phase, sale.Attention)
				}
				if len(d.debits) > 1 {
					t.Errorf("debits %v", d.debits)
				}
				synctest.Wait()
			})
		})
	}
}
