package gatewaytest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/razorpay"
)

// The tests of this file are named for the entries of the findings on gateways.

func enkashMaker(change ...func(*enkash.Config)) Maker {
	return func(t *testing.T, base string, transport http.RoundTripper, now func() time.Time) gateway.Gateway {
		cfg := enkash.Config{
			BaseURL:      base,
			AccessKey:    EnKashAccessKey,
			SecretKey:    EnKashSecretKey,
			CancelOrders: true,
			MandateUnit:  "paise",
			Transport:    transport,
			Now:          now,
		}
		for _, c := range change {
			c(&cfg)
		}
		c, err := enkash.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func razorpayMaker(t *testing.T, base string, transport http.RoundTripper, now func() time.Time) gateway.Gateway {
	c, err := razorpay.New(razorpay.Config{
		BaseURL:   base,
		KeyID:     RazorpayKeyID,
		KeySecret: RazorpayKeySecret,
		Transport: transport,
		Now:       now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGateway_2: times of a gateway that can't be are told and don't leave the decoder.
func TestGateway_2(t *testing.T) {
	k := Calm()
	k.TimesInMS = true
	onBench(t, razorpayMaker, Razorpay, 1, k, func(b *bench) {
		q := b.open("MS1A1", 25000)
		if !q.ValidUntil.IsZero() || !noted(q.Notes, "no time in seconds") {
			b.Errorf("valid until %v, notes %q", q.ValidUntil, q.Notes)
		}
		if err := Bounded(q); err != nil {
			b.Error(err)
		}
		p := b.pay(q)
		r := b.read(q.Order)
		b.settled(r, p)
		if err := Bounded(r); err != nil {
			b.Error(err)
		}
		b.restart()
		if again, err := b.gw.Find(b.Context(), b.charge("MS1A1", 25000)); err != nil || Bounded(again) != nil {
			b.Errorf("Find: %+v, %v", again, err)
		}
	})
}

// TestGateway_3: a payment whose record counts paise, of an order whose record counts rupees, is a note and no surplus.
func TestGateway_3(t *testing.T) {
	k := Calm()
	k.RecordInPaise = 100
	onBench(t, enkashMaker(), EnKash, 1, k, func(b *bench) {
		q := b.open("UNIT1A1", 25000)
		b.pay(q)
		r := b.read(q.Order)
		if have := moneyOf(r); len(have) != 1 || have[0].Amount != 25000 || !noted(r.Notes, "counts another unit") {
			b.Errorf("the reading is %+v, want one payment of ₹250.00 and a note", r)
		}
	})
}

// TestGateway_1: an account whose order call takes our id only shows its paid sales, remembers the way, and says so to
// the doctor; one that knows the order by no way says so at once, and what its transactions say still counts.
func TestGateway_1(t *testing.T) {
	for _, ids := range []string{"merchant", "gateway"} {
		k := Calm()
		k.OrderIDs = ids
		onBench(t, enkashMaker(), EnKash, 1, k, func(b *bench) {
			for _, ref := range []string{"WAY1A1", "WAY2A1"} {
				q := b.open(ref, 25000)
				p := b.pay(q)
				before := b.sim.Requests()["enkash order"]
				b.settled(b.read(q.Order), p)
				if n := b.sim.Requests()["enkash order"] - before; n != 1 &&
					!(ids == "merchant" && ref == "WAY1A1" && n == 2) {
					b.Errorf("%s %s: the order was asked %d times", ids, ref, n)
				}
			}
			want := map[string]string{"merchant": "our order id; EnKash's order id did not find 1",
				"gateway": "EnKash's order id"}[ids]
			if !slices.ContainsFunc(
				b.gw.(gateway.HasExamination).Examine(b.Context()),
				func(f gateway.Finding) bool { return f.Check == "orders" && strings.Contains(f.Says, want) },
			) {
				b.Errorf("the doctor does not say %q: %+v", want, b.gw.(gateway.HasExamination).Examine(b.Context()))
			}
			q := b.open("WAY5A1", 25000)
			learnt, err := b.gw.(gateway.Learner).Learnt()
			if err != nil {
				b.Fatal(err)
			}
			next := b.mk(b.t, b.base, b.net.Transport(), time.Now) // the next process knows it
			if err := next.(gateway.Learner).Learn(learnt); err != nil {
				b.Fatal(err)
			}
			before := b.sim.Requests()["enkash order"]
			if _, err := next.Read(b.Context(), q.Order); err != nil || b.sim.Requests()["enkash order"] != before+1 {
				b.Errorf("%s: the next process asks for the order %d times, %v",
					ids, b.sim.Requests()["enkash order"]-before, err)
			}
		})
	}
	onBench(t, enkashMaker(), EnKash, 1, Calm(), func(b *bench) { // by order_by_reference alone
		q := b.open("WAY3A1", 25000)
		p := b.pay(q)
		b.script("on enkash order * refuse 1 Order not found")
		b.settled(b.read(q.Order), p)
	})
	onBench(t, enkashMaker(), EnKash, 1, Calm(), func(b *bench) { // by its transactions alone
		q := b.open("WAY4A1", 25000)
		b.script("on enkash order * refuse 1 Order not found", "on enkash order-by-merchant * refuse 1 Order not found")
		_, err := b.gw.Read(b.Context(), q.Order)
		b.class(err, gateway.ClassMisconfigured)
		if !errors.Is(err, gateway.ErrVanished) {
			b.Errorf("the error %v does not say that an order of ours is not found", err)
		}
		p := b.pay(q)
		r := b.read(q.Order)
		b.settled(r, p)
		if r.Status != gateway.OrderUnknown || !noted(r.Notes, "does not know order") {
			b.Errorf("the reading is %+v, want an unknown order and a note", r)
		}
	})
}

// TestGateway_27: a QR of another type or entity is not shown.
func TestGateway_27(t *testing.T) {
	for _, change := range [][2]string{{`"type":"upi_qr"`, `"type":"bharat_qr"`},
		{`"entity":"qr_code"`, `"entity":"order"`}} {
		onBench(t, func(t *testing.T, base string, transport http.RoundTripper, now func() time.Time) gateway.Gateway {
			return razorpayMaker(t, base, edited{transport, change[0], change[1]}, now)
		}, Razorpay, 1, Calm(), func(b *bench) {
			q, err := b.gw.Open(b.Context(), b.charge("TYPE1A1", 25000))
			b.class(err, gateway.ClassRejected)
			if q.Payload != "" {
				b.Errorf("%s was shown", change[1])
			}
		})
	}
}

// edited changes a text in every answer.
type edited struct {
	next     http.RoundTripper
	old, new string
}

func (e edited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := e.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	b = []byte(strings.ReplaceAll(string(b), e.old, e.new))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(string(b))), int64(len(b))
	return resp, nil
}

// TestDebits: galla-sim's debits fail, wait, expire and hang; each is read as what it is, at once and later, by its
// reference alone, and stands in the books.
func TestDebits(t *testing.T) {
	for knob, want := range map[string]struct{ now, later gateway.DebitState }{
		"no_lookup":     {gateway.DebitDone, gateway.DebitDone},
		"debit_fails":   {gateway.DebitFailed, gateway.DebitFailed},
		"debit_pends":   {gateway.DebitPending, gateway.DebitDone},
		"debit_expires": {gateway.DebitPending, gateway.DebitFailed},
		"debit_hangs":   {gateway.DebitPending, gateway.DebitPending},
	} {
		value := "100"
		if knob == "no_lookup" {
			value = "on"
		}
		k, err := Calm().set(knob, value)
		if err != nil {
			t.Fatal(err)
		}
		onBench(t, enkashMaker(), EnKash, 1, k, func(b *bench) {
			m := b.gw.(gateway.HasMandates).Mandates()
			at := time.Now()
			made, err := m.Create(b.Context(), gateway.MandateSpec{
				Reference:  "M1",
				Name:       "Milk",
				Amount:     60000,
				Rule:       "max",
				Payer:      gateway.MandatePayer{Name: "Asha", VPA: "asha@exampleupi", Account: "123456789"},
				Period:     "MONTHLY",
				DebitRule:  "ON",
				DebitValue: 1,
				Expiry:     at.Add(time.Hour),
				Start:      at,
				End:        at.AddDate(1, 0, 0),
			})
			if err != nil {
				b.Fatalf("Create: %v", err)
			}
			b.wait(2 * time.Minute)
			d := gateway.MandateDebit{MandateID: made.ID, Reference: "D1", Amount: 60000}
			if _, err := m.ReadDebit(b.Context(), d); !errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("a debit that was never asked: %v", err)
			}
			if _, err := m.Notify(b.Context(), d); err != nil {
				b.Fatalf("Notify: %v", err)
			}
			got, err := m.Execute(b.Context(), d)
			if err != nil || got.State != want.now {
				b.Fatalf("%s: %+v, %v; want %s", knob, got, err, want.now)
			}
			if _, err := m.Execute(b.Context(), d); gateway.ClassOf(err) != gateway.ClassRejected {
				b.Errorf("the same debit twice: %v", err)
			}

			b.wait(6 * time.Minute)
			later, err := m.ReadDebit(b.Context(), d)
			if err != nil || later.State != want.later || later.Payment.ID != got.Payment.ID ||
				later.Payment.Amount != d.Amount {
				b.Errorf("%s, read later: %+v, %v; want %s", knob, later, err, want.later)
			}
			paid := b.sim.Ledger().ByReference(EnKash, "D1")
			if len(paid) != 1 || (paid[0].Status == "paid") != (want.later == gateway.DebitDone) {
				b.Errorf("%s: the books have %+v", knob, paid)
			}
		})
	}
}

// TestGateway_13: a pause on the token is waited for, as one on the order is.
func TestGateway_13(t *testing.T) {
	onBench(t, enkashMaker(), EnKash, 1, Calm(), func(b *bench) {
		b.script("on enkash token #1 status 429 retry-after 3s")
		start := time.Now()
		b.open("PAUSE1A1", 25000)
		if took := time.Since(start); took < 3*time.Second || took > 15*time.Second {
			b.Errorf("the QR was there after %s, want the pause and no more than twice that", took)
		}
	})
}

// TestGateway_16: an optional address that isn't served is not asked again that day; order and payment calls always
// are.
func TestGateway_16(t *testing.T) {
	k := Calm()
	k.NoLookup = true
	onBench(t, enkashMaker(), EnKash, 1, k, func(b *bench) {
		r := b.refundable("DAY1A1", 10000)
		if _, err := b.gw.Refund(b.Context(), r); err != nil {
			b.Fatalf("Refund: %v", err)
		}
		for range 50 {
			b.wait(time.Minute)
			if _, err := b.gw.ReadRefund(b.Context(), r); err != nil {
				b.Fatalf("ReadRefund: %v", err)
			}
		}
		if n := b.sim.Requests()["enkash refund-status"]; n != 1 {
			b.Errorf("an address that is not there was asked %d times in an hour", n)
		}
		b.wait(25 * time.Hour)
		if _, err := b.gw.ReadRefund(b.Context(), r); err != nil || b.sim.Requests()["enkash refund-status"] != 2 {
			b.Errorf("the day after: asked %d times, %v", b.sim.Requests()["enkash refund-status"], err)
		}
	})
}

// TestGateway_20: a payment that was never captured and that the bank returned is in no reading and no statement as
// money that came, so reconciling finds no difference. Package books has the same for a list that does not say
// "captured": false.
func TestGateway_20(t *testing.T) {
	k := Calm()
	k.StuckAuth = 100
	onBench(t, razorpayMaker, Razorpay, 1, k, func(b *bench) {
		begin := time.Now()
		q := b.open("BACK1A1", 25000)
		p := b.act(Act{Payload: q.Payload, Action: Pay})
		if r := b.read(q.Order); r.Payments[0].Status != gateway.PaymentProcessing {
			b.Errorf("authorised, it is %+v", r.Payments)
		}
		b.wait(73 * time.Hour)
		r := b.read(q.Order)
		if len(r.Payments) != 1 || r.Payments[0].Status != gateway.PaymentFailed || r.Payments[0].Refunded != 0 ||
			r.Payments[0].Reason != "not_captured" ||
			!noted(r.Notes, "never captured") {
			b.Errorf("after three days the order says %+v", r)
		}
		s, err := b.gw.(gateway.HasStatement).Statement(b.Context(), begin, begin.Add(time.Hour))
		if err != nil || len(s.Payments) != 1 || s.Payments[0].ID != p.ID ||
			s.Payments[0].Status != gateway.PaymentFailed ||
			s.Payments[0].Refunded != 0 ||
			len(s.Refunds) != 0 {
			b.Errorf("and the statement %+v, %v", s, err)
		}
	})
}

// TestGateway_21: notes that Razorpay refuses are told by the doctor, with its words, and not before.
func TestGateway_21(t *testing.T) {
	onBench(t, razorpayMaker, Razorpay, 1, Calm(), func(b *bench) {
		q := b.open("NOTE1A1", 25000)
		told := func() (found []gateway.Finding) {
			for _, f := range b.gw.(gateway.HasExamination).Examine(b.Context()) {
				if f.Check == "notes" {
					found = append(found, f)
				}
			}
			return found
		}
		note := func() error {
			return b.gw.(interface {
				Note(context.Context, gateway.Order, map[string]string) error
			}).Note(b.Context(), q.Order, map[string]string{"bill": "B7"})
		}
		b.script(
			"on razorpay update #1 status 503",
			"on razorpay update #3- refuse BAD_REQUEST_ERROR notes have to be an object",
		)
		b.class(note(), gateway.ClassUnavailable, gateway.ClassUnknown)
		if err := note(); err != nil {
			b.Errorf("a note that is taken: %v", err)
		}
		if f := told(); len(f) != 0 {
			b.Errorf("nothing was refused, and the doctor says %+v", f)
		}
		b.class(note(), gateway.ClassRejected)
		b.class(note(), gateway.ClassRejected)
		if f := told(); len(f) != 1 || f[0].Level != gateway.LevelNote || !strings.Contains(f[0].Says, "2 in all") ||
			!strings.Contains(f[0].Says, q.ID) ||
			!strings.Contains(f[0].Says, "notes have to be an object") ||
			f[0].Next == "" {
			b.Errorf("refused twice, and the doctor says %+v", f)
		}
	})
}

// TestGateway_24: galla-sim says what Razorpay's refund page says, and close_by is a number as on every page but one;
// the webhook's sample has a string, and so has every answer with a knob. The client reads both alike.
func TestGateway_24(t *testing.T) {
	a := calm(t)
	qr, payload := a.newQR("300")
	p, err := a.Phone().Pay(payload)
	if err != nil {
		t.Fatal(err)
	}
	if r := a.razorpay("POST", "/v1/payments/"+p.ID+"/refund", `{"amount":99}`); r.status != 400 ||
		r.text("error", "description") != "The amount must be at least INR 1.00" {
		t.Errorf("a refund of 99 paise is answered %s", r.raw)
	}
	for _, percent := range []Percent{0, 100} {
		k := Calm()
		k.CloseByString = percent
		onBench(t, razorpayMaker, Razorpay, 1, k, func(b *bench) {
			q := b.open("BY1A1", 25000)
			if left := time.Until(q.ValidUntil); left < time.Minute || left > 2*time.Hour {
				b.Errorf("close_by a string at %d %%: the QR is good for %s", percent, left)
			}
		})
	}
	r := a.razorpay("GET", "/v1/payments/qr_codes/"+qr, "")
	if !regexp.MustCompile(`"close_by":[1-9][0-9]{9}[,}]`).MatchString(r.raw) {
		t.Errorf("fetched: %s", r.raw)
	}
}

// TestGateway_25: a QR that is known to be closed costs one call a look.
func TestGateway_25(t *testing.T) {
	onBench(t, razorpayMaker, Razorpay, 1, Calm(), func(b *bench) {
		q := b.open("FEW1A1", 25000)
		if err := b.gw.Close(b.Context(), q.Order); err != nil {
			b.Fatalf("Close: %v", err)
		}
		b.unpaid(b.read(q.Order))
		before := b.sim.Requests()
		for range 5 {
			b.wait(time.Hour)
			b.unpaid(b.read(q.Order))
		}
		after := b.sim.Requests()
		n, m := after["razorpay payments"]-before["razorpay payments"], after["razorpay fetch"]-before["razorpay fetch"]
		if n != 5 || m != 0 {
			b.Errorf("five looks at a closed QR cost %d lists and %d reads", n, m)
		}
		p := b.act(Act{Payload: q.Payload, Action: PayLate})
		b.settled(b.read(q.Order), p)
	})
}

// TestCustomers: EnKash's customers are made and found, and their contacts stay there.
func TestCustomers(t *testing.T) {
	onBench(t, enkashMaker(), EnKash, 1, Calm(), func(b *bench) {
		people := b.gw.(interface{ Customers() gateway.Customers }).Customers()
		asha, err := people.Create(
			b.Context(),
			gateway.CustomerSpec{Name: "Asha Rao", Mobile: "9876543210", Email: "asha@example.in"},
		)
		if err != nil || asha.ID == "" || asha.Name != "Asha Rao" {
			b.Fatalf("Create: %+v, %v", asha, err)
		}
		if _, err := people.Create(b.Context(), gateway.CustomerSpec{Name: "Ben"}); err != nil {
			b.Fatalf("Create: %v", err)
		}
		found, err := people.Search(b.Context(), gateway.CustomerSearch{Name: "asha"})
		if err != nil || len(found) != 1 || found[0] != asha {
			b.Errorf("Search: %+v, %v", found, err)
		}
		_, err = people.Create(b.Context(), gateway.CustomerSpec{Name: "Cara", Mobile: "12"})
		b.class(err, gateway.ClassRejected)
		b.script("on enkash customer-create * lose-answer")
		_, err = people.Create(b.Context(), gateway.CustomerSpec{Name: "Dev"})
		b.class(err, gateway.ClassUnknown)
		if all, err := people.Search(b.Context(), gateway.CustomerSearch{}); err != nil || len(all) != 3 {
			b.Errorf("all: %+v, %v", all, err)
		}
	})
}
