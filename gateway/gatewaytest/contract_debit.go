package gatewaytest

import (
	"errors"
	"time"

	"galla/gateway"
)

// debitObligations are what an account that keeps mandates must do with a debit: its answer is about that debit, it is
// taken once, and one without an answer is read and not asked again. A gateway that has none owes nothing.
var debitObligations = whereDebited([]obligation{
	{name: "debit is taken once, and read as it was answered", only: EnKash, check: func(b *bench) {
		m, d := b.told("D1")
		took, err := m.Execute(b.Context(), d)
		if err != nil || took.State != gateway.DebitDone || took.Payment.Amount != d.Amount {
			b.Errorf("%+v, %v", took, err)
		}
		if again, err := m.Execute(b.Context(), d); err == nil && again.Payment.ID != took.Payment.ID {
			b.Errorf("the same again took %+v", again)
		}
		read, err := m.ReadDebit(b.Context(), d)
		if err != nil || read.State != gateway.DebitDone || read.Payment.Amount != d.Amount || b.orders("D1") != 1 {
			b.Errorf("read %+v, %v; %d debits", read, err, b.orders("D1"))
		}
	}},
	{
		name:  "debit that failed is an answer",
		only:  EnKash,
		knobs: func(k *Knobs) { k.DebitFails = 100 },
		check: func(b *bench) {
			m, d := b.told("D1")
			if took, err := m.Execute(b.Context(), d); err != nil || took.State != gateway.DebitFailed {
				b.Errorf("%+v, %v", took, err)
			}
			if read, err := m.ReadDebit(b.Context(), d); err != nil || read.State != gateway.DebitFailed {
				b.Errorf("read %+v, %v", read, err)
			}
		},
	},
	{
		name:  "debit that pends ends later",
		only:  EnKash,
		knobs: func(k *Knobs) { k.DebitPends = 100 },
		check: func(b *bench) {
			m, d := b.told("D1")
			if took, err := m.Execute(b.Context(), d); err != nil || took.State != gateway.DebitPending {
				b.Errorf("%+v, %v", took, err)
			}
			b.wait(6 * time.Minute)
			if read, err := m.ReadDebit(b.Context(), d); err != nil || read.State != gateway.DebitDone {
				b.Errorf("read %+v, %v", read, err)
			}
		},
	},
	{name: "debit whose answer is lost is found", only: EnKash, check: func(b *bench) {
		m, d := b.told("D1")
		b.script("on API mandate-execute #1 lose-answer")
		_, err := m.Execute(b.Context(), d)
		b.class(err, gateway.ClassUnknown)
		if read, err := m.ReadDebit(b.Context(), d); err != nil || read.State != gateway.DebitDone ||
			b.orders("D1") != 1 {
			b.Errorf("read %+v, %v; %d debits", read, err, b.orders("D1"))
		}
	}},
	{name: "debit that the payer was not told of is refused", only: EnKash, check: func(b *bench) {
		m, d := b.told("D1")
		d.Reference = "D2"
		_, err := m.Execute(b.Context(), d)
		b.class(err, gateway.ClassRejected)
		if _, err := m.ReadDebit(b.Context(), d); !errors.Is(err, gateway.ErrNotFound) || b.orders("D2") != 0 {
			b.Errorf("one that is not there: %v", err)
		}
	}},
})

func whereDebited(all []obligation) []obligation {
	for i, o := range all {
		all[i].check = func(b *bench) {
			if _, kept := b.gw.(gateway.HasMandates); kept {
				o.check(b)
			}
		}
	}
	return all
}

// told is a mandate that is active, and a debit that its payer was told of.
func (b *bench) told(ref string) (gateway.Mandates, gateway.MandateDebit) {
	b.Helper()
	m, now := b.gw.(gateway.HasMandates).Mandates(), time.Now()
	made, err := m.Create(b.Context(), gateway.MandateSpec{
		Reference:  "MILK1",
		Name:       "Milk",
		Amount:     60000,
		Rule:       "max",
		Payer:      gateway.MandatePayer{Name: "Rahul", VPA: "rahul.k@okaxis", Account: "123456789012"},
		Period:     "MONTHLY",
		DebitRule:  "ON",
		DebitValue: 5,
		Expiry:     now.AddDate(0, 0, 2),
		Start:      now,
		End:        now.AddDate(1, 0, 0),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.wait(5 * time.Minute) // the payer approves
	d := gateway.MandateDebit{MandateID: made.ID, Reference: ref, Amount: 54000, On: now.AddDate(0, 0, 1)}
	if _, err := m.Notify(b.Context(), d); err != nil {
		b.Fatal(err)
	}
	b.wait(24 * time.Hour)
	return m, d
}
