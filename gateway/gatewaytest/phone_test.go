package gatewaytest

import (
	"strings"
	"testing"
)

func TestPhoneRefuses(t *testing.T) {
	a := calm(t)
	_, payload := a.newQR("30000")
	for name, tc := range map[string]struct {
		act  Act
		want string
	}{
		"nothing":       {Act{Action: Pay}, "does not begin with upi://pay?"},
		"a web address": {Act{Payload: "https://example.in/pay?pa=a@b", Action: Pay}, "does not begin"},
		"an edited amount": {Act{Payload: strings.Replace(payload, "am=300", "am=301", 1), Action: Pay},
			"changed after it was handed out"},
		"an added key": {Act{Payload: payload + "&tn=hello", Action: Pay}, "changed after"},
		"a stranger's tr": {Act{Payload: strings.Replace(payload, "tr=RZP", "tr=QQQ", 1), Action: Pay},
			"was not handed out"},
		"no payee":       {Act{Payload: "upi://pay?pn=x&am=1&cu=INR", Action: Pay}, "pa (the payee)"},
		"dollars":        {Act{Payload: "upi://pay?pa=a@b&pn=x&am=1&cu=USD", Action: Pay}, "not INR"},
		"a bad escape":   {Act{Payload: "upi://pay?pa=a@b&pn=%zz", Action: Pay}, "cannot read"},
		"an unknown act": {Act{Payload: payload, Action: "juggle"}, "use one of"},
		"amount 0":       {Act{Payload: payload, Action: PayAmount}, "amount_paise"},
	} {
		if p, err := a.Phone().Do(tc.act); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %+v, %v; want an error with %q", name, p, err, tc.want)
		}
	}
	if n := len(a.Ledger().Payments); n != 0 {
		t.Errorf("%d payments came of refusals", n)
	}
}

func TestPhoneGoesOn(t *testing.T) {
	a := calm(t)
	id, payload := a.newQR("30000")
	begun, err := a.Phone().Start(payload)
	if err != nil || begun.State != "started" || begun.Captured {
		t.Fatalf("start: %+v %v", begun, err)
	}
	paid, err := a.Phone().Pay(payload)
	if err != nil || paid.ID != begun.ID || !paid.Captured || len(paid.RRN) != 12 {
		t.Errorf("pay after start: %+v %v, want the payment %s", paid, err, begun.ID)
	}
	if n := len(a.Ledger().PaymentsOf(id)); n != 1 {
		t.Errorf("%d payments, want 1", n)
	}
}

// TestEnKashPaysTwice: one QR pays once there, so a duplicate needs two QRs that a phone has seen.
func TestEnKashPaysTwice(t *testing.T) {
	a := calm(t)
	_, _, first := a.newOrder("TWO1", "10")
	if _, err := a.Phone().Do(Act{Payload: first, Action: PayTwice}); err == nil ||
		!strings.Contains(err.Error(), "only one QR") {
		t.Errorf("one QR was paid twice: %v", err)
	}
	var id string
	id, _, first = a.newOrder("TWO2", "10")
	second := a.enkash("GET", "/pay/checkout/qrcode/"+id, "").text("payload", "qrUrl")
	if _, err := a.Phone().Start(first); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Phone().Do(Act{Payload: second, Action: PayTwice}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range a.Ledger().PaymentsOf(id) {
		if p.Captured {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d payments were captured, want 2", n)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("upi://pay?ver=01&mode=15&pa=a@b&pn=x&tr=RZP1&cu=INR&am=3")
	f.Add("upi://pay?pa=%zz")
	f.Add("upi://pay?&&==")
	f.Fuzz(func(t *testing.T, payload string) {
		q, err := scan(payload)
		if err == nil && (q.pa == "" || q.pn == "") {
			t.Errorf("scan(%q) found no payee and no error", payload)
		}
	})
}
