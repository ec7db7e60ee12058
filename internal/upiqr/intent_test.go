package upiqr

import (
	"strings"
	"testing"
	"time"

	"galla/internal/money"
)

// The vendors' own samples: gateways.md §2.4 (Razorpay image_content) and §3.5 (Razorpay BharatQR).
const (
	sampleURI = "upi://pay?pa=rzr.qrfoodapp54462255833@icic&pn=FoodApp&tr=RZPI39xhFWWLO4wjMqrv2&tn=PaymenttoFoodApp&" +
		"cu=INR&mc=5811&am=3&invoiceNo=INV001&invoiceDate=2021-09-29T13:42:35+05:30&invoiceName=GauravKumar&" +
		"gstIn=22AAAAA0000A1Z5&gstBrkUp=GST:40%7CSGST:20%7CCGST:20%7CCESS:0"
	sampleEMV = "000201010212021643926300000000850415540461000000008061661005900000000890827YESB0CMSNOC222333004882" +
		"700126430010A0000005240117razorpaybqr@icici02041.1027350010A0000005240117RZPGT8ildsFTgS5Sp5204753153033565" +
		"4041.105802IN5906zxcbmn6005Delhi610611008562300514GT8ildsFTgS5Sp070838R004506304B6A9"
)

func TestParseSamples(t *testing.T) {
	in, err := Parse(sampleURI)
	if err != nil {
		t.Fatal(err)
	}
	want := Intent{
		Form:        FormURI,
		PA:          "rzr.qrfoodapp54462255833@icic",
		PN:          "FoodApp",
		Amount:      300,
		HasAmount:   true,
		Currency:    "INR",
		TR:          "RZPI39xhFWWLO4wjMqrv2",
		TN:          "PaymenttoFoodApp",
		MC:          "5811",
		InvoiceNo:   "INV001",
		GSTIN:       "22AAAAA0000A1Z5",
		GSTBreakUp:  "GST:40|SGST:20|CGST:20|CESS:0",
		InvoiceDate: in.InvoiceDate,
	}
	if in != want {
		t.Errorf("got  %+v\nwant %+v", in, want)
	}
	if got := in.InvoiceDate.Format(time.RFC3339); got != "2021-09-29T13:42:35+05:30" {
		t.Errorf("invoice date %s: the + of its offset must stay a +", got)
	}

	in, err = Parse(sampleEMV)
	if err != nil {
		t.Fatal(err)
	}
	want = Intent{Form: FormEMV, PA: "razorpaybqr@icici", PN: "zxcbmn", Amount: 110, HasAmount: true, Minimum: 110,
		HasMinimum: true, Currency: "INR",
		TR: "RZPGT8ildsFTgS5Sp", MC: "7531", Terminal: "38R00450"}
	if in != want {
		t.Errorf("got  %+v\nwant %+v", in, want)
	}
}

func TestParseURI(t *testing.T) {
	in, err := Parse("UPI://PAY?pa=shop%40okaxis&pn=Chai%20%26%20Co+1&am=20.15&cu=INR&sign=MEQ+a/b=c==&mode=15&" +
		"qrMedium=04&QRts=2021-08-20T17:33:19+05:30&QRexpire=2021-08-20T17:48:19%2B05:30&QRver=01&tn=100% " +
		"cotton&url=https://x.in/?a%3D1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{in.PA, "shop@okaxis"}, {in.PN, "Chai & Co+1"}, {in.Sign, "MEQ+a/b=c=="},
		{in.Mode, "15"}, {in.Medium, "04"},
		{in.TN, "100% cotton"}, {in.URL, "https://x.in/?a=1"}} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
	if in.Amount != 2015 || in.ExpiresAt.Sub(in.CreatedAt) != 15*time.Minute {
		t.Errorf("got %+v", in)
	}
	if in, err := Parse("upi://pay?pa=a@b&pn=गल्ला&cu=INR"); err != nil || in.PN != "गल्ला" {
		t.Errorf("Hindi name: %q, %v", in.PN, err)
	}
}

func TestCheck(t *testing.T) {
	const base = "upi://pay?pa=shop@okaxis&cu=INR&am="
	for _, tc := range []struct {
		payload string
		want    money.Paise
		err     string // a part of the refusal; empty means it may be shown
	}{
		{base + "3", 300, ""}, {base + "3.0", 300, ""}, {base + "3.00", 300, ""}, {base + "03.00", 300, ""},
		{base + "0.01", 1, ""}, {base + "99999.99", 9999999, ""},
		{base + "3&mam=3.00", 300, ""}, {base + "3&mam=null", 300, ""}, {base + "3&mam=", 300, ""},
		{sampleURI, 300, ""}, {sampleEMV, 110, ""},
		{"upi://pay?pa=99999@HDFC0000001.ifsc.npci&cu=INR&am=1", 100, ""},
		// the vendor's own page once shows 100 for 300 paise
		{base + "100", 300, "asks for ₹100.00, the sale is ₹3.00"},
		{base + "3.01", 300, "asks for ₹3.01"},
		{base + "3&mam=1", 300, "minimum of ₹1.00"},
		{base + "3&mam=4", 300, "minimum of ₹4.00"},
		{base, 300, "names no amount"},
		{"upi://pay?pa=shop@okaxis&cu=INR", 300, "names no amount"},
		{base + "0", 300, "is zero"}, {base + "-3", 300, "amount"}, {base + "3e2", 30000, "amount"},
		{base + "3,000", 300000, "amount"}, {base + "3.005", 300, "finer"},
		{base + "3&am=3", 300, `"am" twice`}, {sampleURI + "&am=1", 300, `"am" twice`},
		{base + "3&PA=thief@ybl", 300, `writes the key "pa"`}, {base + "3&%61m=1", 300, `writes the key "am"`},
		{"upi://pay?cu=INR&am=3", 300, "no payee"}, {"upi://pay?pa=&cu=INR&am=3", 300, "no payee"},
		{"upi://pay?pa=shop&cu=INR&am=3", 300, "no UPI address"},
		{"upi://pay?pa=a@b@c&cu=INR&am=3", 300, "no UPI address"},
		{"upi://pay?pa=sh op@okaxis&cu=INR&am=3", 300, "no UPI address"},
		{"upi://pay?pa=@okaxis&cu=INR&am=3", 300, "no UPI address"},
		{"upi://pay?pa=" + strings.Repeat("a", 260) + "@b&cu=INR&am=3", 300, "no UPI address"},
		{"upi://pay?pa=shop@okaxis&am=3", 300, ""}, {"upi://pay?pa=shop@okaxis&cu=USD&am=3", 300, "INR only"},
		{"upi://pay?pa=shop@okaxis&cu=INR&tn=Bill #5&am=3", 300, "names no amount"}, // a phone stops reading at the #
		{"upi://pay?pa=shop%4okaxis&cu=INR&am=3", 300, "badly escaped"},
		{"upi://mandate?pa=a@b&cu=INR&am=3", 300, "upi link for"}, {"https://pay?pa=a@b&cu=INR&am=3", 300, "begins"},
		{"paytm", 300, "begins"}, {"", 300, "empty"},
		{base + "3\n", 300, "control character"}, {base + "3&tn=\xff", 300, "UTF-8"},
		{base + strings.Repeat("3", MaxPayload), 300, "bytes long"},
	} {
		in, err := Check(tc.payload, tc.want)
		switch {
		case tc.err == "" && (err != nil || in.Amount != tc.want):
			t.Errorf("Check(%.80q, %s): %+v, %v", tc.payload, tc.want, in, err)
		case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("Check(%.80q, %s): error %v, want one with %q", tc.payload, tc.want, err, tc.err)
		}
		if err != nil && strings.Contains(err.Error(), "shop@okaxis") {
			t.Errorf("the refusal %q holds a full address", err)
		}
	}
	if _, err := CheckPayee("upi://pay?pa=shop@okaxis&cu=INR"); err != nil {
		t.Errorf("a counter QR with an open amount: %v", err)
	}
}

// TestAmountsOfEveryKind: whatever decimals the gateway writes, only the sale's amount passes.
func TestAmountsOfEveryKind(t *testing.T) {
	for p := money.Paise(1); p < 30_000; p += 7 {
		payload := "upi://pay?pa=shop@okaxis&cu=INR&am=" + p.Decimal()
		short := payload
		if p%10 == 0 {
			short = strings.TrimSuffix(payload, "0")
		}
		for _, s := range []string{payload, payload + "00", short} {
			if _, err := Check(s, p); err != nil {
				t.Fatalf("Check(%q, %s): %v", s, p, err)
			}
			if _, err := Check(s, p+1); err == nil {
				t.Fatalf("Check(%q, %s) passed", s, p+1)
			}
		}
	}
}

func TestEMV(t *testing.T) {
	if got := crc16("123456789"); got != 0x29B1 {
		t.Errorf("CRC of the check string is %04X, want 29B1", got)
	}
	seal := func(body string) string { // a gateway's work, here only to make wrong strings with a right checksum
		const hex = "0123456789ABCDEF"
		body += "6304"
		c := crc16(body)
		return body + string([]byte{hex[c>>12], hex[c>>8&15], hex[c>>4&15], hex[c&15]})
	}
	const payee = "26290010A0000005240111shop@okaxis"
	for _, tc := range []struct{ payload, err string }{
		{seal("000201" + payee + "530335654041.005802IN"), ""},
		{seal("000201" + payee + "530335654041.005502015802IN"), "tip or fee (55=01)"},
		{seal("000201" + payee + "530384054041.005802IN"), `"840"`},
		{seal("000201" + payee + "53033565802IN"), "no amount"},
		{seal("000201530335654041.005802IN"), "no payee"},
		{seal("000201" + payee + payee + "530335654041.00"), "tag 26 twice"},
		{seal("00020126400010A0000005240111shop@okaxis0107a@thief" + "530335654041.00"), "26-01 twice"},
		{seal("000201" + strings.Replace(payee, "A000000524", "D276000085", 1) + "530335654041.00"), "no payee"},
		{seal("0002015499"), "claims a length"},
		{seal("00020154+1"), "claims a length"},
		{seal("0002012604" + "0099"), "inside tag 26"},
		{"000201", "cut off"},
		{sampleEMV[:len(sampleEMV)-1], "cut off"},
		{strings.Replace(sampleEMV, "54041.10", "54041.11", 1), "checksum"},
	} {
		_, err := Check(tc.payload, 100)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("Check(%q): %v, want %q", tc.payload, err, tc.err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{sampleURI, sampleEMV, "upi://pay?pa=a@b&am=3&am=4", "upi://pay?%", "000201", "00020126",
		"upi://", "#", "UPI://PAY?PA=A@B&CU=INR&AM=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in, err := Parse(s)
		if err != nil {
			return
		}
		if in.HasAmount && (in.Amount < 1 || in.Amount > money.Max) {
			t.Errorf("Parse(%q): amount %d", s, in.Amount)
		}
		if c, err := Check(s, in.Amount); err == nil &&
			(!in.HasAmount || c.Amount != in.Amount || c.PA != in.PA || c.PA == "" || c.Currency != "INR") {
			t.Errorf("Check(%q) let %+v through", s, c)
		}
		if _, err := Check(s, in.Amount+1); err == nil {
			t.Errorf("Check(%q) lets an amount through that isn't in it", s)
		}
	})
}
