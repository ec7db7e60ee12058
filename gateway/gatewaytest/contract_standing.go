package gatewaytest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/upiqr"
)

// standingObligations are what an account must do whose counter QRs are printed and paid by everybody who comes. A
// gateway that has none owes nothing; that the providers have them is for the compiler.
var standingObligations = whereKept([]obligation{
	{name: "standing QR is made, shown and closed", check: func(b *bench) {
		q := b.stand("STAND1", "Counter 1", 0)
		if in, err := upiqr.CheckPayee(q.Payload); err != nil || in.HasAmount {
			b.Errorf("the code says %+v, %v: want an open amount", in, err)
		}
		shown, err := b.standing().Show(b.Context(), q.ID)
		if err != nil || shown.ID != q.ID || shown.Payload != q.Payload || shown.Reference != "STAND1" ||
			shown.Status != "active" {
			b.Errorf("shown %+v, %v", shown, err)
		}
		closed, err := b.standing().Cancel(b.Context(), q.ID)
		if err != nil || closed.Status != "cancelled" || closed.Payload != "" {
			b.Errorf("closed %+v, %v", closed, err)
		}
		shown, err = b.standing().Show(b.Context(), q.ID)
		if err != nil || shown.Status != "cancelled" || shown.Payload != "" || shown.Problem == "" {
			b.Errorf("shown after its close: %+v, %v", shown, err)
		}
		if _, err := b.standing().Show(b.Context(), q.ID[:len(q.ID)-4]+"0000"); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("one that is not there: %v", err)
		}
	}},
	{name: "standing QR has a fixed amount", check: func(b *bench) {
		q := b.stand("STAND1", "Tea", 1500)
		if in, err := upiqr.Check(q.Payload, 1500); err != nil {
			b.Errorf("the code says %+v, %v", in, err)
		}
	}},
	{name: "standing QR of one reference is one", check: func(b *bench) {
		first := b.stand("STAND1", "Counter 1", 0)
		b.wait(time.Minute)
		if again := b.stand("STAND1", "Counter 1", 0); again.ID != first.ID {
			b.Errorf("the same again made %s beside %s", again.ID, first.ID)
		}
		_, err := b.standing().
			Create(b.Context(), gateway.CounterQRSpec{Name: "Counter 2", MultipleUse: true, Reference: "STAND1"})
		b.class(err, gateway.ClassRejected)
		found, err := b.standing().Search(b.Context(), gateway.CounterQRSearch{Reference: "STAND1"})
		if err != nil || len(found) != 1 || found[0].ID != first.ID {
			b.Errorf("found %+v, %v", found, err)
		}
	}},
	{name: "standing QR whose answer is lost is found", check: func(b *bench) {
		op := "qr-code-create"
		if b.api == Razorpay {
			op = "create"
		}
		b.script("on API " + op + " #1 lose-answer")
		_, err := b.standing().
			Create(b.Context(), gateway.CounterQRSpec{Name: "Counter 1", MultipleUse: true, Reference: "STAND1"})
		b.class(err, gateway.ClassUnknown)
		found, err := b.standing().
			Search(b.Context(), gateway.CounterQRSearch{Reference: "STAND1", Since: time.Now().Add(-time.Hour)})
		if err != nil || len(found) != 1 || found[0].Name != "Counter 1" {
			b.Errorf("found %+v, %v", found, err)
		}
	}},
	{name: "standing QR takes many payments", only: Razorpay, check: func(b *bench) {
		q, from := b.stand("STAND1", "Counter 1", 0), time.Now()
		other := b.stand("STAND2", "Counter 2", 0)
		b.act(Act{Payload: other.Payload, Action: PayAmount, Amount: 99})
		want := map[string]money.Paise{}
		for i := range 230 { // two pages of a hundred, and a part
			amount := money.Paise(100 + i%7)
			want[b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: amount, VPA: fmt.Sprintf("p%d@okbank", i)}).
				ID] = amount
			b.wait(100 * time.Millisecond)
		}
		got := b.standingPayments(q.ID, from, time.Now())
		for _, p := range got {
			if p.Status != gateway.PaymentCaptured || want[p.ID] != p.Amount || p.OrderID != q.ID || p.RRN == "" {
				b.Errorf("%+v, want %s", p, want[p.ID])
			}
			delete(want, p.ID)
		}
		if len(want) > 0 || len(got) != 230 {
			b.Errorf("%d payments listed, %d are missing", len(got), len(want))
		}
		if late := b.standingPayments(q.ID, time.Now().Add(-5*time.Second), time.Now()); len(late) == 0 ||
			len(late) > 60 {
			b.Errorf("%d payments in the last five seconds of 23", len(late))
		}
	}},
	{name: "standing payment that is sent back says so", only: Razorpay, check: func(b *bench) {
		q, from := b.stand("STAND1", "Counter 1", 0), time.Now()
		p := b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: 5000})
		b.act(Act{Payload: q.Payload, Action: Reverse, Amount: 2000})
		one, err := b.gw.(gateway.HasStandingPayments).StandingPayment(b.Context(), q.ID, p.ID)
		if err != nil || one.Refunded != 2000 || one.Amount != 5000 || one.Status != gateway.PaymentCaptured {
			b.Errorf("%+v, %v", one, err)
		}
		all := b.standingPayments(q.ID, from, time.Now())
		for i := range all {
			all[i].UPITxnID = one.UPITxnID // an answer names it or doesn't
		}
		if len(all) != 1 || all[0] != one {
			b.Errorf("listed %+v, read %+v", all, one)
		}
		_, err = b.gw.(gateway.HasStandingPayments).StandingPayment(b.Context(), q.ID, "pay_00000000000000")
		if !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("one that is not there: %v", err)
		}
	}},
	{
		name:  "standing payment keeps what it is until captured",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.SlowBank = 100 },
		check: func(b *bench) {
			q, from := b.stand("STAND1", "Tea", 1500), time.Now()
			b.act(Act{Payload: q.Payload, Action: Pay})
			if got := b.standingPayments(q.ID, from, time.Now()); len(got) != 1 ||
				got[0].Status == gateway.PaymentCaptured {
				b.Errorf("while the bank is slow: %+v", got)
			}
			b.wait(6 * time.Minute)
			got := b.standingPayments(q.ID, from, time.Now())
			if len(got) != 1 || got[0].Status != gateway.PaymentCaptured {
				b.Errorf("after it: %+v", got)
			}
		},
	},
	{name: "standing QR is no sale's, and a payment of it neither", only: Razorpay, check: func(b *bench) {
		_, err := b.standing().Create(b.Context(), gateway.CounterQRSpec{Name: "Once", Reference: "STAND1"})
		b.class(err, gateway.ClassRejected)
		sale := b.open("A1", 5000)
		if _, err := b.standing().Cancel(b.Context(), sale.ID); err == nil {
			b.Error("a sale's QR was closed as a standing one")
		}
		q := b.stand("STAND2", "Counter 2", 0)
		b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: 5000})
		if r := b.read(sale.Order); len(r.Payments) != 0 {
			b.Errorf("the sale has %+v", r.Payments)
		}
	}},
})

func whereKept(all []obligation) []obligation {
	for i, o := range all {
		all[i].check = func(b *bench) {
			if _, kept := b.gw.(gateway.HasCounterQRs); kept {
				o.check(b)
			}
		}
	}
	return all
}

func (b *bench) standing() gateway.CounterQRs {
	b.Helper()
	gw, ok := b.gw.(gateway.HasCounterQRs)
	if !ok {
		b.Fatalf("%T keeps no counter QRs", b.gw)
	}
	return gw.CounterQRs()
}

// stand makes a standing QR that must be made, with a code that was handed out.
func (b *bench) stand(ref, name string, amount money.Paise) gateway.CounterQR {
	b.Helper()
	s := gateway.CounterQRSpec{
		Name:        name,
		Amount:      amount,
		MultipleUse: true,
		Reference:   ref,
		Terminal:    "counter-1",
		Box:         "b0",
	}
	q, err := b.standing().Create(b.Context(), s)
	if err != nil {
		b.Fatalf("standing QR %s: %v", ref, err)
	}
	if q.ID == "" || q.Name != name || q.Amount != amount || !q.MultipleUse || q.Reference != ref ||
		q.Status != "active" ||
		q.Payload == "" {
		b.Fatalf("standing QR %s is %+v", ref, q)
	}
	return q
}

// standingPayments lists the payments of a standing QR, each once.
func (b *bench) standingPayments(qr string, from, to time.Time) []gateway.Payment {
	b.Helper()
	got, err := b.gw.(gateway.HasStandingPayments).StandingPayments(b.Context(), qr, from, to)
	if err != nil {
		b.Fatal(err)
	}
	ids := map[string]bool{}
	if slices.ContainsFunc(got, func(p gateway.Payment) bool { was := ids[p.ID]; ids[p.ID] = true; return was }) {
		b.Errorf("a payment is listed twice in %d", len(got))
	}
	return got
}
