package operations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/internal/till/terms"
	"galla/state"
	"galla/state/statement"
	"galla/state/statetest"
)

// bookkeeper is a strict gateway that takes one order, and keeps a list. What it doesn't do here panics.
type bookkeeper struct {
	gateway.Gateway
	t *testing.T

	mu       sync.Mutex
	charge   gateway.Charge
	payments []gateway.Payment
	refunds  map[string]gateway.Refund // by our key

	statement gateway.Statement
	origins   map[string]gateway.Origin // by the payment's id
	err       error                     // of a look at the books
}

func (b *bookkeeper) Name() string { return "a" }

func (b *bookkeeper) Open(_ context.Context, c gateway.Charge) (gateway.Quote, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.charge.Reference != "" {
		b.t.Errorf("a second order, %+v", c)
	}
	b.charge = c
	return gateway.Quote{
		Order:     gateway.Order{Reference: c.Reference, ID: "order1", Amount: c.Amount},
		Payload:   "upi://pay?pa=shop@bank&pn=Shop&am=" + c.Amount.Decimal() + "&tr=" + c.Reference,
		PayeeVPA:  "shop@bank",
		PayeeName: "Shop",
	}, nil
}

func (b *bookkeeper) Read(_ context.Context, o gateway.Order) (gateway.Reading, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o.ID != "order1" || o.Reference != b.charge.Reference || o.Amount != b.charge.Amount {
		b.t.Errorf("asked for order %+v, which it never gave", o)
	}
	r := gateway.Reading{Status: gateway.OrderOpen, Payments: slices.Clone(b.payments)}
	if len(b.payments) > 0 {
		r.Status = gateway.OrderPaid
	}
	return r, b.err
}

func (b *bookkeeper) Refund(_ context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.PaymentID != "pay1" || r.OrderID != "order1" {
		b.t.Errorf("asked to refund %+v", r)
	}
	b.refunds[r.Key] = gateway.Refund{ID: "rf1", Amount: r.Amount, Status: gateway.RefundPending}
	return b.refunds[r.Key], nil
}

func (b *bookkeeper) ReadRefund(_ context.Context, r gateway.RefundRequest) (gateway.Refund, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.refunds[r.Key]
	if !ok {
		return found, gateway.ErrNotFound
	}
	return found, b.err
}

func (b *bookkeeper) Statement(context.Context, time.Time, time.Time) (gateway.Statement, error) {
	return b.statement, b.err
}

func (b *bookkeeper) Origin(_ context.Context, id string) (gateway.Origin, error) {
	o, ok := b.origins[id]
	if !ok && b.err == nil {
		return o, gateway.ErrNotFound
	}
	return o, b.err
}

// pay has the customer pay the order once more.
func (b *bookkeeper) pay() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.payments = append(b.payments, gateway.Payment{
		ID:      fmt.Sprint("pay", len(b.payments)+1),
		OrderID: "order1",
		Amount:  b.charge.Amount,
		Status:  gateway.PaymentCaptured,
		RRN:     "012345678901",
	})
}

// hinted is a till that is told where to look, and does not.
type hinted struct {
	Till
	hints []string
}

func (h *hinted) Hint(gw string, ids ...string) { h.hints = append(h.hints, fmt.Sprint(gw, ids)) }

// want says which hints came since the last time.
func (h *hinted) want(t *testing.T, what string, want ...string) {
	t.Helper()
	if !slices.Equal(h.hints, want) {
		t.Errorf("%s: hints %q, want %q", what, h.hints, want)
	}
	h.hints = nil
}

// keeping is a till with one gateway that keeps a list, one that keeps none, and operations beside it that were never
// run: looks at the books don't ask for that.
func keeping(t *testing.T) (*bookkeeper, *till.Till, *Operations, *hinted) {
	b := &bookkeeper{
		t:       t,
		refunds: map[string]gateway.Refund{},
		origins: map[string]gateway.Origin{
			"pay_mine":  {Reference: "R1", Terminal: "T1"},
			"pay_other": {Reference: "R2", Terminal: "another"},
		},
		statement: gateway.Statement{Payments: []gateway.StatementPayment{{Payment: gateway.Payment{ID: "pay_mine"}}}},
	}
	log, store, gateways := slog.New(slog.DiscardHandler), statetest.NewMemory(), []gateway.Gateway{
		b,
		named{name: "plain"},
	}
	tl, err := till.New(till.Options{Store: store, Gateways: gateways, Terminal: "T1", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h := &hinted{Till: tl}
	ops, err := New(Options{Till: h, Store: store, Gateways: gateways, Terminal: "T1", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return b, tl, ops, h
}

// TestStatement: a payment is ours by its order's terminal; what fails says so in words, and a gateway without a list
// is told apart.
func TestStatement(t *testing.T) {
	b, _, ops, h := keeping(t)
	ctx := t.Context()
	if got, err := ops.Statement(ctx, "a", time.Now(), time.Now()); err != nil || len(got.Payments) != 1 ||
		got.Payments[0].ID != "pay_mine" {
		t.Errorf("%+v, %v", got, err)
	}
	for id, want := range map[string]statement.Whose{"pay_mine": statement.Ours, "pay_other": statement.Elsewhere,
		"pay_website": statement.Elsewhere} {
		if got, _, err := ops.Ours(ctx, "a", statement.Payment{ID: id}); err != nil || got != want {
			t.Errorf("%s is ours: %v, %v", id, got, err)
		}
	}
	// The list's own word spares the question.
	p := statement.Payment{ID: "pay_mine", Origin: statement.Origin{Reference: "R3", Terminal: "another"}}
	if got, _, err := ops.Ours(ctx, "a", p); err != nil || got != statement.Elsewhere {
		t.Errorf("%v, %v", got, err)
	}

	if _, err := ops.Statement(ctx, "plain", time.Now(), time.Now()); !errors.Is(err, gateway.ErrUnsupported) {
		t.Errorf("without a list: %v", err)
	}
	if _, err := ops.Statement(ctx, "zebra", time.Now(), time.Now()); !refused(err) {
		t.Errorf("an unknown gateway: %v", err)
	}
	b.err = &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: "list", Cashier: "The gateway is away."}
	if _, _, err := ops.Ours(ctx, "a", statement.Payment{ID: "pay_x"}); err == nil ||
		err.Error() != "The gateway is away." {
		t.Errorf("away: %v", err)
	}
	h.want(t, "no sale has any of it")
}

// TestReread: what a gateway has of a sale is told as it is, and the till is asked to look where the sale has it not.
func TestReread(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, tl, ops, h := keeping(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- tl.Run(ctx) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()

		<-tl.Ready()
		sale, err := tl.Open(ctx, till.OpenRequest{Amount: 25000})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		b.pay()
		time.Sleep(5 * time.Second)
		if sale, err = tl.Refund(ctx, till.RefundRequest{SaleID: sale.ID, Amount: 1000}); err != nil ||
			sale.Phase != state.PhasePaid {
			t.Fatalf("%+v, %v", sale, err)
		}
		time.Sleep(2 * time.Second)
		if sale, err = tl.Sale(ctx, sale.ID); err != nil {
			t.Fatal(err)
		}
		ref, key := sale.Attempts[0].Ref, sale.Refunds[0].Key

		// The payment of an order of ours comes with its sale; one of an order that no sale has, without.
		for o, want := range map[statement.Origin]string{
			{Reference: ref, Terminal: "T1"}:                      sale.ID,
			{Reference: ref, Terminal: "another"}:                 "",
			{Reference: ref[:len(ref)-1] + "_", Terminal: "T1"}:   "",
			{Reference: "R3", Terminal: "T1"}:                     "",
			{Reference: "G00000099ABCD1ABCDEFGH", Terminal: "T1"}: "",
		} {
			p := statement.Payment{ID: "pay1", Status: state.PaymentCaptured, Origin: o}
			ours, of, err := ops.Ours(ctx, "a", p)
			if err != nil || (ours == statement.Ours) != (o.Terminal == "T1") || (of != nil) != (want != "") ||
				of != nil && (of.ID != want || len(of.Payments) != 1) {
				t.Errorf("%+v: ours %v, %+v, %v", o, ours, of, err)
			}
		}
		if found, err := ops.Reread(ctx, sale, ref); err != nil || len(found) != 1 || found[0].Amount != 25000 {
			t.Errorf("reread: %+v, %v", found, err)
		}
		h.want(t, "the sale has it all")

		if _, _, err := ops.Ours(
			ctx,
			"a",
			statement.Payment{ID: "pay9", Origin: statement.Origin{Reference: ref, Terminal: "T1"}},
		); err != nil {
			t.Error(err)
		}
		h.want(t, "a payment that the sale has not", "a["+ref+"]")
		b.pay()
		if found, err := ops.Reread(ctx, sale, ref); err != nil || len(found) != 2 {
			t.Errorf("reread: %+v, %v", found, err)
		}
		h.want(t, "a second payment", "a["+ref+"]")

		want := statement.Refund{ID: "rf1", Amount: 1000, Status: state.RefundPending}
		if got, err := ops.RereadRefund(ctx, sale, key); err != nil || got != want {
			t.Errorf("refund: %+v, %v", got, err)
		}
		delete(b.refunds, key)
		if got, err := ops.RereadRefund(ctx, sale, key); err != nil || got != (statement.Refund{}) {
			t.Errorf("a refund that the gateway knows nothing of: %+v, %v", got, err)
		}

		elsewhere := sale
		elsewhere.Attempts, elsewhere.Payments = slices.Clone(sale.Attempts), slices.Clone(sale.Payments)
		elsewhere.Attempts[0].Gateway, elsewhere.Payments[0].Gateway = "gone", "gone"
		for what, err := range map[string]error{
			"an unknown attempt":        second(ops.Reread(ctx, sale, "none")),
			"an unknown refund":         second(ops.RereadRefund(ctx, sale, "none")),
			"an attempt at no gateway":  second(ops.Reread(ctx, elsewhere, ref)),
			"a payment from no gateway": second(ops.RereadRefund(ctx, elsewhere, key)),
		} {
			if !refused(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		b.refunds[key], b.err = gateway.Refund{}, &gateway.Error{
			Class:   gateway.ClassUnavailable,
			Gateway: "a",
			Op:      "read",
			Cashier: "Away.",
		}
		for _, err := range []error{second(ops.Reread(ctx, sale, ref)), second(ops.RereadRefund(ctx, sale, key))} {
			if gone, ok := errors.AsType[*GatewayError](err); !ok || gone.Gateway != "a" || gone.Why != "Away." {
				t.Errorf("away: %v", err)
			}
		}
		b.err = nil
	})
}

// TestRecordIsWhole: no field that both sides have is forgotten, and a status keeps its value, "unknown" too.
func TestRecordIsWhole(t *testing.T) {
	var p gateway.Payment
	var r gateway.Refund
	for _, theirs := range []any{&p, &r} {
		v := reflect.ValueOf(theirs).Elem()
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Int64:
				f.SetInt(7)
			}
		}
	}
	p.CreatedAt = time.Unix(7, 0)
	for theirs, ours := range map[any]any{p: terms.FromRecord(p, gateway.Origin{Reference: "x"}),
		r: terms.FromRefundRecord(r)} {
		from, to := reflect.ValueOf(theirs), reflect.ValueOf(ours)
		for i := range to.NumField() {
			name := to.Type().Field(i).Name
			if f := from.FieldByName(name); f.IsValid() && to.Field(i).IsZero() {
				t.Errorf("%T: %s is not copied", theirs, name)
			}
		}
	}
	for theirs, ours := range map[gateway.RefundStatus]state.RefundStatus{
		gateway.RefundPending:   state.RefundPending,
		gateway.RefundProcessed: state.RefundProcessed,
		gateway.RefundFailed:    state.RefundFailed,
		gateway.RefundUnknown:   state.RefundUnknown, // nobody follows it
	} {
		if got := terms.FromRefundRecord(gateway.Refund{Status: theirs}).Status; got != ours {
			t.Errorf("a refund that is %q there is %q here, want %q", theirs, got, ours)
		}
	}
}

// refused reports whether an error is the request's, and names what is wrong with it.
func refused(err error) bool {
	e, ok := errors.AsType[*till.RequestError](err)
	return ok && e.Field != "" && e.Why != ""
}

func second[T any](_ T, err error) error { return err }
