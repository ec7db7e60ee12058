package gatewaytest

import (
	"net/http"
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
		cfg := enkash.Config{BaseURL: base, AccessKey: EnKashAccessKey, SecretKey: EnKashSecretKey, CancelOrders: true, MandateUnit: "paise", Transport: transport, Now: now}
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
	c, err := razorpay.New(razorpay.Config{BaseURL: base, KeyID: RazorpayKeyID, KeySecret: RazorpayKeySecret, Transport: transport, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noted says whether one of the notes holds the words.
func noted(notes []string, words string) bool {
	return slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, words) })
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
