package enkash

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

func TestTrouble_B2_TestKeysAreMarked(t *testing.T) {
	f := newFake(t)
	q, err := f.client(func(c *Config) { c.Test, c.AllowTestKeys = true, true }).Open(t.Context(), charge(100))
	if err != nil || !q.TestMode {
		t.Errorf("%+v, %v", q, err)
	}
}

// TestTrouble_B2_TestKeysOnALiveTill: nothing is asked of EnKash for a QR that must not be shown.
func TestTrouble_B2_TestKeysOnALiveTill(t *testing.T) {
	f := newFake(t)
	c := f.client(func(c *Config) { c.Test = true })
	_, opened := c.Open(t.Context(), charge(100))
	_, found := c.Find(t.Context(), charge(100))
	for _, err := range []error{opened, found} {
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != gateway.ClassMisconfigured || e.Operator == "" || e.Cashier == "" {
			t.Errorf("%v", err)
		}
	}
	if len(f.seen) > 0 {
		t.Errorf("asked: %v", f.seen)
	}
}

func TestTrouble_B4_TamperedAmountIsNotShown(t *testing.T) {
	for _, am := range []string{"250.51", "2505.0", "25050", "0", "", "250.50&am=1.00", "1e2"} {
		f := newFake(t)
		f.am = am
		if am == "" {
			f.answers["GET /pay/checkout/qrcode/ORD1"] = `{"response_code":0,"payload":{"ekPayId":"EK1",` +
				`"qrUrl":"upi://pay?pa=a@b&cu=INR"}}`
		}
		q, err := f.client().Open(t.Context(), charge(25050))
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != gateway.ClassRejected || q.Payload != "" || e.Operator == "" {
			t.Errorf("am=%s: %+v, %v", am, q, err)
		}
	}
}

func TestTrouble_B5_AmountSpellings(t *testing.T) {
	for _, am := range []string{"3", "3.0", "3.00", "03.00"} {
		f := newFake(t)
		f.am = am
		if q, err := f.client().Open(t.Context(), charge(300)); err != nil ||
			!strings.Contains(q.Payload, "am="+am+"&") {
			t.Errorf("am=%s: %+v, %v", am, q, err)
		}
	}
}

func TestTrouble_B10_BareBase64AndMissingLink(t *testing.T) {
	const link = "upi://pay?pa=galla.shop@enkash&pn=Shop&am=1.00&cu=INR&tr=EK1"
	png := picture(t, link)
	for _, tc := range []struct {
		name, qrURL, qrCode string
		good                bool
	}{
		{"link and picture", link, png, true},
		{"link alone", link, "", true},
		{"picture alone", "", png, true},
		{"picture with data: prefix", "", "data:image/png;base64," + png, true},
		{"link of another kind, picture good", "https://pay.enkash.in/x", png, true},
		{"unpadded", "", strings.TrimRight(png, "="), true},
		{"URL-safe", "", strings.NewReplacer("+", "-", "/", "_").Replace(png), true},
		{"folded lines", "", png[:76] + `\r\n` + png[76:], true},
		{"neither", "", "", false},
		{"bad base64", "", "!!!!", false},
		{"no picture inside", "", "aGVsbG8gd29ybGQ=", false},
		{"prefix without comma", "", "data:image/png;base64", false},
		{"half a picture", "", png[:len(png)/2], false},
		{"too large", "", strings.Repeat("A", wire.MaxPictureText+4), false},
	} {
		f := newFake(t)
		f.answers["GET /pay/checkout/qrcode/ORD1"] = `{"response_code":0,"payload":{"ekPayId":"EK1","qrUrl":"` +
			tc.qrURL + `","qrCode":"` + tc.qrCode + `"}}`
		q, err := f.client().Open(t.Context(), charge(100))
		if tc.good && (err != nil || q.Payload != link) || !tc.good && gateway.ClassOf(err) != gateway.ClassRejected {
			t.Errorf("%s: %q, %v", tc.name, q.Payload, err)
		}
	}
}

func TestTrouble_B11_RepeatMintsAnotherTransaction(t *testing.T) {
	f, c, first := sold(t)
	q, err := c.Find(t.Context(), charge(25050)) // this process knows the first ekPayId
	if err != nil || !slices.Equal(q.TransactionIDs, []string{"EK1000", "EK1001"}) {
		t.Fatalf("%+v, %v", q, err)
	}
	if !slices.Equal(first.TransactionIDs, []string{"EK1000"}) {
		t.Error("the first quote was overwritten")
	}
	f.change(func() {
		f.orders[0].status, f.orders[0].payments[0].upi, f.orders[0].payments[0].status = "PAID", "SUCCESS", "SUCCESS"
	}) // the old one is paid
	if ids, r := captured(t, c, q.Order); !slices.Equal(ids, []string{"EK1000"}) {
		t.Errorf("%+v", r)
	}
}

// B11: of several transactions, none of which says so, a PAID order's money is counted once.
func TestTrouble_B11_PaidWithoutAName(t *testing.T) {
	f, c, _ := sold(t)
	q, err := c.Find(t.Context(), charge(25050))
	if err != nil {
		t.Fatal(err)
	}
	f.change(func() { f.orders[0].status = "PAID"; f.orders[0].payments[0].upi = "PENDING_WITH_BANK" })
	if ids, r := captured(t, c, q.Order); !slices.Equal(ids, []string{"EK1000"}) || len(r.Notes) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_B12_SurchargeIsRefused(t *testing.T) {
	f := newFake(t)
	f.surcharge = 501
	q, err := f.client().Open(t.Context(), charge(25050))
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassRejected || q.Payload != "" || !strings.Contains(e.Operator, "surcharge") ||
		!strings.Contains(e.Error(), "₹255.51") ||
		strings.Contains(e.Cashier, "ORD") {
		t.Errorf("%+v, %v", q, err)
	}
	f = newFake(t) // the QR asks for the right amount, only the detail knows of the surcharge
	f.answers["GET /pay/checkout/ORD1"] = `{"response_code":0,"payload":{"uniqueTransactionId":"ORD1",` +
		`"amount":250.50,"totalAmount":255.51}}`
	if q, err := f.client().Open(t.Context(), charge(25050)); gateway.ClassOf(err) != gateway.ClassRejected ||
		q.Payload != "" {
		t.Errorf("%+v, %v", q, err)
	}
	f = newFake(t) // no detail at all: the QR's own amount stands guard
	f.noDetail, f.surcharge = true, 501
	if _, err := f.client().Open(t.Context(), charge(25050)); gateway.ClassOf(err) != gateway.ClassRejected {
		t.Error(err)
	}
}

// TestGateway_29: the page "Get Dynamic UPI QR" whole: its two documented fields are enough, a field more does no harm,
// and one without the id that is polled is no QR. It is asked once, by EnKash's id of the order.
func TestGateway_29(t *testing.T) {
	png := picture(t, "upi://pay?pa=galla.shop@enkash&pn=Shop&am=1.00&cu=INR&tr=EK1")
	for name, tc := range map[string]struct {
		payload string
		good    bool
	}{
		"as documented": {`{"ekPayId":"EK1743074262175e8KIO","qrCode":"` + png + `"}`, true},
		"and more": {`{"ekPayId":"EK1743074262175e8KIO","qrCode":"` + png + `","qrUrl":null,"expiry":{"at":1}}`,
			true},
		"no id":     {`{"qrCode":"` + png + `"}`, false},
		"an odd id": {`{"ekPayId":"../EK1","qrCode":"` + png + `"}`, false},
		"no code":   {`{"ekPayId":"EK1743074262175e8KIO"}`, false},
		"nothing":   {`null`, false},
	} {
		f := newFake(t)
		f.answers["GET /pay/checkout/qrcode/ORD1"] = `{"response_code":0,"response_message":"SUCCESS","payload":` +
			tc.payload + `}`
		q, err := f.client().Open(t.Context(), charge(100))
		if good := err == nil && slices.Equal(q.TransactionIDs, []string{"EK1743074262175e8KIO"}) &&
			strings.Contains(q.Payload, "am=1.00"); good != tc.good {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
		if asked := f.count("GET /pay/checkout/qrcode/"); asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}
