package gatewaytest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
)

type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// TestExamine: each thing that can be wrong with an account is found, said in words with a next step, and the rest
// isn't asked when it would mean nothing.
func TestExamine(t *testing.T) {
	rzp := func(t *testing.T, tr http.RoundTripper, id string, now func() time.Time) gateway.HasExamination {
		secret := gatewaytest.RazorpayKeySecret
		if id == gatewaytest.RazorpayTestKeyID {
			secret = gatewaytest.RazorpayTestKeySecret
		}
		c, err := razorpay.New(
			razorpay.Config{BaseURL: "http://127.0.0.1:8802/v1", KeyID: id, KeySecret: secret, Transport: tr, Now: now},
		)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ek := func(t *testing.T, tr http.RoundTripper, unit string, now func() time.Time) gateway.HasExamination {
		c, err := enkash.New(enkash.Config{
			BaseURL:     "http://127.0.0.1:8801",
			AccessKey:   gatewaytest.EnKashAccessKey,
			SecretKey:   gatewaytest.EnKashSecretKey,
			MandateUnit: unit,
			Transport:   tr,
			Now:         now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ekTest := func(t *testing.T, tr http.RoundTripper, unit string, now func() time.Time) gateway.HasExamination {
		c, err := enkash.New(enkash.Config{
			BaseURL:     "http://127.0.0.1:8801",
			AccessKey:   gatewaytest.EnKashAccessKey,
			SecretKey:   gatewaytest.EnKashSecretKey,
			MandateUnit: unit,
			Test:        true,
			Transport:   tr,
			Now:         now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	live := gatewaytest.RazorpayKeyID
	for what, c := range map[string]struct {
		knobs   func(*gatewaytest.Knobs)
		act     func(*gatewaytest.Sim)
		client  func(*testing.T, http.RoundTripper, string, func() time.Time) gateway.HasExamination
		arg     string
		offline bool
		clock   time.Duration // how far our clock is ahead
		level   gateway.Level // of the finding
		check   string        // which it is; empty: nothing but ok
		says    string
		last    string // the check after which nothing more is asked; empty: any
	}{
		"razorpay, well": {client: rzp, arg: live, last: "feature"},
		"razorpay, offline": {client: rzp, arg: live, offline: true, level: gateway.LevelBad, check: "reach",
			says: "connection refused", last: "reach"},
		"razorpay, wrong keys": {knobs: func(k *gatewaytest.Knobs) {
			k.KeysRefused = true
		}, client: rzp, arg: live, level: gateway.LevelBad, check: "keys", says: "make a new pair", last: "keys"},
		"razorpay, test keys": {client: rzp, arg: gatewaytest.RazorpayTestKeyID, level: gateway.LevelBad,
			check: "keys", says: "no customer can pay", last: "feature"},
		"razorpay, no feature": {knobs: func(k *gatewaytest.Knobs) {
			k.FeatureOff = true
		}, client: rzp, arg: live, level: gateway.LevelBad, check: "feature", says: "ask for the feature",
			last: "feature"},
		"razorpay, slow clock": {client: rzp, arg: live, clock: -time.Hour,
			level: gateway.LevelBad, check: "clock", says: "1h0m1s behind"},
		"razorpay, fast clock": {client: rzp, arg: live, clock: 2 * time.Minute, level: gateway.LevelNote,
			check: "clock", says: "2m0s ahead"},
		"razorpay, UPI down": {act: func(s *gatewaytest.Sim) {
			mustScript(t, s, "downtime 10m")
		}, client: rzp, arg: live, level: gateway.LevelNote, check: "downtime", says: "take another form of payment"},
		"razorpay, a bank down": {act: func(s *gatewaytest.Sim) {
			s.Outage("ybl", "high", 10*time.Minute)
		}, client: rzp, arg: live, level: gateway.LevelNote, check: "downtime",
			says: "customers with other banks or apps can pay"},
		"enkash, well": {client: ek, arg: "paise", last: "path"},
		"enkash, offline": {client: ek, arg: "paise", offline: true, level: gateway.LevelBad, check: "reach",
			says: "connection refused", last: "reach"},
		"enkash, wrong keys": {knobs: func(k *gatewaytest.Knobs) {
			k.KeysRefused = true
		}, client: ek, arg: "paise", level: gateway.LevelBad, check: "keys", says: "dashboard", last: "keys"},
		"enkash, test keys": {client: ekTest, arg: "paise", level: gateway.LevelBad, check: "keys",
			says: "no customer can pay", last: "path"},
		"enkash, no unit": {client: ek, level: gateway.LevelNote, check: "mandates", says: "mandate_unit"},
		"enkash, no look-ups": {knobs: func(k *gatewaytest.Knobs) {
			k.NoLookup = true
		}, client: ek, arg: "paise", level: gateway.LevelNote, check: "path", says: "Ask EnKash"},
	} {
		t.Run(what, func(t *testing.T) {
			counter(t, c.knobs, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
				if c.act != nil {
					c.act(sim)
				}
				tr := net.Transport()
				if c.offline {
					tr = offline{}
				}
				found := c.client(t, tr, c.arg, func() time.Time {
					return time.Now().Add(c.clock)
				}).Examine(t.Context())
				hit := c.check == ""
				for _, f := range found {
					text := f.Says + " | " + f.Next
					if f.Level != gateway.LevelOK && (f.Check != c.check || c.check == "") {
						t.Errorf("found %+v", f)
					}
					hit = hit || f.Check == c.check && f.Level == c.level && strings.Contains(text, c.says)
					for _, secret := range []string{gatewaytest.EnKashSecretKey, gatewaytest.RazorpayKeySecret} {
						if strings.Contains(text, secret) {
							t.Errorf("%+v tells a key", f)
						}
					}
					if f.Level != gateway.LevelOK && f.Next == "" {
						t.Errorf("%+v has no next step", f)
					}
				}
				if !hit || c.last != "" && found[len(found)-1].Check != c.last {
					t.Errorf("found %+v", found)
				}
			})
		})
	}
}

func mustScript(t *testing.T, s *gatewaytest.Sim, text string) {
	t.Helper()
	if err := s.Script("examine", text); err != nil {
		t.Fatal(err)
	}
}

// TestExamineTriesTheKeys: keys that were replaced a moment ago are found out, although a token of the old ones is
// still good.
func TestExamineTriesTheKeys(t *testing.T) {
	counter(t, nil, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
		c := enkashAt(t, net, "")
		if err := c.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		k := sim.Knobs()
		k.KeysRefused = true
		sim.SetKnobs(k)
		found := c.Examine(t.Context())
		if last := found[len(found)-1]; last.Check != "keys" || last.Level != gateway.LevelBad ||
			!strings.Contains(last.Next, "dashboard") {
			t.Errorf("found %+v", found)
		}
	})
}
