package gatewaytest

import (
	"strings"
	"testing"
	"time"
)

// TestScriptErrors: what is wrong in a script is named by file, line and remedy, and nothing of the script happens.
func TestScriptErrors(t *testing.T) {
	for line, want := range map[string]string{
		"on razorpay create #2":                  "needs gateway, operation, which request and what goes wrong",
		"on paytm create #2 cut":                 `gateway "paytm" is not simulated: use enkash or razorpay`,
		"on razorpay mint #2 cut":                `no operation "mint": use one of create, list`,
		"on razorpay create 2 cut":               `"2" names no request: use #2, #2-5, #2- or *`,
		"on razorpay create #5-2 cut":            "names no request",
		"on razorpay create #0 cut":              "names no request",
		"on razorpay create * explode":           `"explode" is no fault: use lose-answer`,
		"on razorpay create * status":            `"status" needs a value behind it`,
		"on razorpay create * status 200":        `status "200" is no error: use 400 to 599`,
		"on razorpay create * refuse":            `"refuse" needs a value behind it`,
		"on razorpay create * delay soon":        `"soon" is not a time: write it like 300ms`,
		"on razorpay create * phone sing":        `does not know the action "sing"`,
		"at 30s":                                 `"at" needs a time and what happens then`,
		"at noon pay last":                       `"noon" is not a time`,
		"at 1s on razorpay create * cut":         `"at" needs a time`,
		"at 30s pay":                             `"pay" needs to know which QR: last, #2`,
		"pay-amount last":                        "needs a QR and an amount in rupees",
		"pay-amount last ten":                    "amount",
		"pay last now":                           "takes one QR and nothing else",
		"clock":                                  `"clock" needs one time, like: clock +2d`,
		"clock -2d":                              "is not a time",
		"knob lost_answer":                       "needs a name and a value",
		"knob loser 3":                           `no knob "loser": the knobs are delay, slow`,
		"knob lost_answer 101":                   `knob "lost_answer" is 101: it is a percentage`,
		"knob feature_off yes":                   "it is on or off",
		"knob duplicate_order maybe":             "use one of refuse, same, again",
		"autopay":                                "one time or off",
		"downtime":                               "one time",
		"dance":                                  `"dance" is no command: use on, at, clock`,
		"pay last":                               `no QR "last" was handed out yet: put an "at" in front`,
		"on razorpay create * retry-after never": "is not a time",
	} {
		a := calm(t)
		err := a.Script("scene.txt", "# a comment\n\nknob lost_answer 7\n"+line+"\n")
		if err == nil || !strings.HasPrefix(err.Error(), "scene.txt:4: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\n  want scene.txt:4: … %q", line, err, want)
		}
		if line != "pay last" && a.Knobs().LostAnswer != 0 { // what only the moment can refuse, is refused in its turn
			t.Errorf("%q: the line before it happened all the same", line)
		}
	}
}

// TestScriptScene drives a whole scene: the first create loses its answer, the customer dawdles, the clock jumps.
func TestScriptScene(t *testing.T) {
	a := calm(t)
	err := a.Script("scene.txt", `
		on razorpay create #1 phone start after 2s
		on razorpay payments #2 status 503 after
		at 30s pay last
		at 40s clock +2d
		at 50s knob zero_counters 100
	`)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := a.newQR("30000")
	first := func() string {
		if p := a.Ledger().PaymentsOf(id); len(p) == 1 {
			return p[0].State
		}
		return ""
	}
	a.Clock().Advance(3 * time.Second)
	if first() != "started" {
		t.Errorf("after 3 s: %q", first())
	}
	a.Clock().Advance(27 * time.Second)
	if first() != "captured" {
		t.Errorf("after 30 s: %q", first())
	}
	a.Clock().Advance(10 * time.Second)
	if d := a.Clock().Now().Sub(noon); d != 48*time.Hour+40*time.Second {
		t.Errorf("the clock went on by %s", d)
	}
	for i, want := range []int{200, 503, 200} {
		if r := a.razorpay("GET", "/v1/payments/qr_codes/"+id+"/payments", ""); r.status != want {
			t.Errorf("request %d answered %d, want %d", i+1, r.status, want)
		}
	}
	if a.Knobs().ZeroCounters != 100 {
		t.Errorf("the knob was not set")
	}
}

func TestScriptNamesQRs(t *testing.T) {
	a := calm(t)
	a.newOrder("BILL17A1", "250")
	qr, _ := a.newQR("1999")
	err := a.Script("scene.txt", "decline #1 insufficient_funds\npay BILL17A1\npay-amount "+qr+" 18.99")
	if err != nil {
		t.Fatal(err)
	}
	l := a.Ledger()
	if l.Payments[0].State != "captured" || l.Payments[1].Amount != 1899 {
		t.Errorf("payments: %+v", l.Payments)
	}
}

func FuzzScript(f *testing.F) {
	for _, s := range []string{"on razorpay create #2-5 status 503 after", "at 30s pay last", "clock +2d",
		"knob lost_answer 20%", "on enkash qr * phone pay after 2s", "at 99999999h pay #1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := NewSim(Options{Now: standing, Calm: true})
		if err := s.Script("fuzz", text); err != nil && !strings.HasPrefix(err.Error(), "fuzz:") {
			t.Errorf("%q: error %q does not name the line", text, err)
		}
		if err := s.Knobs().Check(); err != nil {
			t.Errorf("%q left the knobs wrong: %v", text, err)
		}
	})
}
