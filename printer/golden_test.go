package printer

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/printer/printertest"
)

var update = flag.Bool("update", false, "write the golden files under testdata anew")

// A Razorpay-like string of 137 bytes: the length printer.md measured with.
const payload = "upi://pay?pa=sharmastore.rzp@icici&pn=Sharma%20General%20Store&tr=EZY20261122000123ABCDEFGHIJ&" +
	"am=1249.50&cu=INR&tn=Order%2017&mc=5411&x=1"

var paidAt = time.Date(2026, 11, 22, 8, 35, 0, 0, time.UTC)

func shop(language string) Shop {
	s := Shop{
		Name:     "Sharma General Store",
		Address:  []string{"12 MG Road, Indore 452001"},
		Phone:    "0731-4001234",
		GSTIN:    "27AAPFU0939F1ZV",
		Footer:   []string{"Thank you, come again!"},
		Language: language,
	}
	if language == "hi" {
		s.Name, s.Address, s.Footer = "शर्मा जनरल स्टोर", []string{
			"12 एम जी रोड, इंदौर 452001",
		}, []string{
			"धन्यवाद, फिर आइए!",
		}
	}
	return s
}

func slip(language string) OrderSlip {
	return OrderSlip{
		Shop:       shop(language),
		Terminal:   "T1",
		Number:     17,
		SaleID:     "01JD9Q4M7K3T5V8X",
		Reference:  "BILL-17",
		Amount:     1249_50,
		Payload:    payload,
		Payee:      "sharmastore.rzp@icici",
		At:         paidAt,
		ValidUntil: paidAt.Add(5 * time.Minute),
	}
}

func receipt(language string) Receipt {
	return Receipt{
		Shop:      shop(language),
		Terminal:  "T1",
		Number:    17,
		SaleID:    "01JD9Q4M7K3T5V8X",
		Reference: "INV/2026-27/0017",
		Invoice:   true,
		Amount:    1_25_000_50,
		Gateway:   "razorpay",
		PaymentID: "pay_QXy7Zk2LmN0pQr",
		RRN:       "632612345678",
		UPITxnID:  "ICI5f3c1a2b4d6e7f8091a2b3c4d5e6f708",
		VPA:       "ra****@okaxis",
		PaidAt:    paidAt,
		Cashier:   "Anita",
	}
}

func report(language string) DayReport {
	return DayReport{
		Shop:     shop(language),
		Terminal: "T1",
		Number:   42,
		From:     paidAt.Add(-8 * time.Hour),
		To:       paidAt,
		At:       paidAt.Add(time.Minute),
		Cashier:  "Anita",
		Paid: ReportLine{
			Count:  118,
			Amount: 2_34_567_00,
		},
		Refunded:  ReportLine{Count: 2, Amount: 1_250_00},
		Net:       2_33_317_00,
		Pending:   ReportLine{Count: 1, Amount: 99_00},
		Attention: ReportLine{Count: 1, Amount: 500_00},
		Unpaid: []ReportLine{
			{Label: "Cancelled", Count: 3, Amount: 900_00},
			{Label: "Expired", Count: 5, Amount: 2_100_00},
		},
		Sections: []ReportSection{
			{Title: "By gateway", Lines: []ReportLine{{"enkash", 40, 80_000_00}, {"razorpay", 78, 1_54_567_00}}},
		},
	}
}

// fullReport has everything a Z report can have.
func fullReport(language string) DayReport {
	d := report(language)
	d.Facts = []ReportFact{{"Half paid within", "14.2 s"}, {"9 of 10 within", "41.0 s"}}
	d.Anchor = "1184:9f2c5a7be1d0447b8c1d3c6a2f94e07b5d8a1e6c3f20b7494d5e8a6c1b2f3d40"
	c := Chart{Title: "By hour", This: "22 Nov", Before: "21 Nov", Week: "15 Nov"}
	for h := 8; h < 21; h++ {
		n := money.Paise(h)
		b := Bar{
			Label:  fmt.Sprint(h),
			This:   100 * (n - 7) * (21 - n) * 31,
			Before: 100 * (n - 7) * (22 - n) * 27,
			Week:   100 * n * 120,
		}
		if h == 14 {
			b.This = 0
		}
		c.Bars = append(c.Bars, b)
	}
	d.Chart = &c
	return d
}

func reconciliation(language string) Reconciliation {
	return Reconciliation{
		Shop:     shop(language),
		Terminal: "T1",
		Day:      "22 Nov 2026",
		From:     paidAt.Add(-14 * time.Hour),
		To:       paidAt,
		At:       paidAt,
		Cashier:  "Anita",
		Gateways: []ReconciledGateway{
			{
				Name:  "razorpay",
				Lines: []ReportLine{{"Here", 78, 1_54_567_00}, {"Gateway", 78, 1_54_566_00}},
				Differences: []ReconciledDifference{
					{
						RRN:  "632612345678",
						Ours: 500_00,
						Message: "Sale 17 has ₹500.00, and the gateway does not show the money now: ask the " +
							"gateway's support for this payment.",
					},
					{
						ID:      "pay_QXy7Zk2LmN0pQr",
						Theirs:  499_00,
						Message: "₹499.00 came through a QR of this terminal, and no sale has it.",
					},
				},
			},
			{
				Name:    "enkash",
				Lines:   []ReportLine{{"Here", 40, 80_000_00}, {"Gateway", 38, 78_000_00}, {"Not asked", 2, 2_000_00}},
				Problem: "the gateway did not answer: try again later",
			},
		},
	}
}

func selfTest(language string) SelfTest {
	return SelfTest{
		Shop:     shop(language),
		Terminal: "T1",
		Port:     "/dev/serial/by-id/usb-EPSON_TM-T82-if00",
		At:       paidAt,
		Found:    []string{"Model: EPSON TM-T82", "Status: answered"},
	}
}

func profile(t testing.TB, name string) Profile {
	t.Helper()
	p, err := ProfileByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// modelOf is the virtual printer a profile is for: it knows no more than the profile says.
func modelOf(p Profile) printertest.Model {
	return printertest.Model{
		Dots:     p.Dots,
		Baud:     p.Baud,
		Buffer:   p.Buffer,
		DotTime:  p.DotTime(),
		Feed:     p.FeedTime(),
		Signals:  p.Link == "usb",
		NativeQR: p.QR == "native",
		Heat:     p.Heat != nil,
		Cut:      strings.TrimSuffix(p.Cut, "none"),
		Status:   p.Status == "dle",
		GSr:      p.Ack == "gsr" || p.Ack == "auto",
		GSH:      p.Ack == "gsh" || p.Ack == "auto" && p.QR == "native",
		Clear:    p.Clear == "dledc4",
		XonXoff:  p.Flow == "xonxoff",
		CTS:      p.Flow == "rtscts",
		Maker:    "EPSON",
		Name:     "TM-T82",
	}
}

// decode prints a job on a virtual printer's paper without a line in between, and fails on anything it doesn't know.
func decode(t testing.TB, j Job, p Profile) *printertest.Decoder {
	t.Helper()
	d := printertest.NewDecoder(modelOf(p))
	d.Write(j.Bytes())
	if len(d.Unknown) > 0 || d.Unfinished() || d.Pending() {
		t.Fatalf("%s on %s: unknown %q, unfinished %v, text without its line feed %v",
			j.Kind, p.Name, d.Unknown, d.Unfinished(), d.Pending())
	}
	return d
}

// TestGolden shows every document in both languages, in words and as a picture.
func TestGolden(t *testing.T) {
	for _, lang := range []string{"en", "hi"} {
		duplicate := receipt(lang)
		duplicate.Copy, duplicate.Merchant, duplicate.Demo = 1, true, true
		declared := receipt(lang)
		declared.PaymentID, declared.RRN, declared.UPITxnID, declared.VPA, declared.Override = "", "", "", "",
			"Anita (manager)"
		refunded := receipt(lang)
		refunded.Name, refunded.Taken, refunded.Kept = "1122-17", 500_00, 1_14_500_50
		for i, status := range []string{"processed", "pending", "asked", "unknown"} {
			refunded.Refunds = append(
				refunded.Refunds,
				Refund{Amount: money.Paise(i+1) * 100_000, At: paidAt.AddDate(0, 0, i+1), Status: status},
			)
		}
		for name, d := range map[string]Document{"slip": slip(lang), "receipt": receipt(lang), "refunded": refunded,
			"duplicate": duplicate, "declared": declared, "report": report(lang), "fullreport": fullReport(lang),
			"reconciliation": reconciliation(lang), "selftest": selfTest(lang)} {
			for _, prof := range []string{"generic58", "epson80"} {
				p := profile(t, prof)
				if strings.HasSuffix(name, "report") && prof == "generic58" {
					p.Font = "b" // 42 columns
				}
				t.Run(fmt.Sprintf("%s-%s-%s", name, lang, prof), func(t *testing.T) {
					j, err := Render(d, p)
					if err != nil {
						t.Fatal(err)
					}
					dec := decode(t, j, p)
					file := filepath.Join("testdata", fmt.Sprintf("%s-%s-%s", name, lang, prof))
					text := fmt.Sprintf("%s\n%d bytes, %d dots, at least %v\n",
						dec.Text(), j.Len(), j.Dots(), j.Limit(p).Round(time.Millisecond))
					golden(t, file+".txt", []byte(text), bytes.Equal)
					var b bytes.Buffer
					png.Encode(&b, dec.Paper.Image())
					golden(t, file+".png", b.Bytes(), samePicture)
					if got := dec.Paper.Rows(); got != j.Dots() {
						t.Errorf("the job says it feeds %d dots, the printer fed %d", j.Dots(), got)
					}
				})
			}
		}
	}
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, file string, got []byte, same func(a, b []byte) bool) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, want) {
		left := filepath.Join(os.TempDir(), "galla-"+filepath.Base(file))
		os.WriteFile(left, got, 0o644)
		t.Errorf("%s isn't what is printed now (%s); look at both, and renew with go test ./printer -update",
			file, left)
		if strings.HasSuffix(file, ".txt") {
			t.Logf("now:\n%s", got)
		}
	}
}

// samePicture compares dots, because the packing of a PNG may change with the Go version.
func samePicture(a, b []byte) bool {
	x, err1 := png.Decode(bytes.NewReader(a))
	y, err2 := png.Decode(bytes.NewReader(b))
	if err1 != nil || err2 != nil || x.Bounds() != y.Bounds() {
		return false
	}
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			if x.At(px, py) != y.At(px, py) {
				return false
			}
		}
	}
	return true
}

// zbarimg reads the QR symbols of a picture with a decoder nobody here wrote.
func zbarimg(t *testing.T, m image.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "slip.png")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-Sbinary", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v: install zbar-tools", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// TestQRReadsBack prints the order slip with every profile, at both fonts, and reads its QR from the paper.
func TestQRReadsBack(t *testing.T) {
	for _, p := range Profiles() {
		for _, font := range []string{"a", "b"} {
			p.Font = font
			j, err := Render(slip("en"), p)
			if err != nil {
				t.Fatal(err)
			}
			if got := zbarimg(t, decode(t, j, p).Paper.Image()); got != payload {
				t.Errorf("%s: the slip's QR reads %q", p.Name, got)
			}
		}
	}
}
