package upiqr

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"galla/internal/money"
)

// MaxPayload is the longest payload Parse looks at, in bytes: what the largest QR code holds. A longer one could be
// shown to nobody.
const MaxPayload = 2953

// Form is how a payload is written.
type Form string

const (
	FormURI Form = "upi" // upi://pay?…
	FormEMV Form = "emv" // BharatQR, tag-length-value
)

// Intent is what a payload asks a customer's app to pay. Text fields are decoded; a field that is absent is empty.
type Intent struct {
	Form      Form
	PA        string      // payee's address
	PN        string      // payee's name
	Amount    money.Paise // meaningful if HasAmount
	HasAmount bool
	Minimum   money.Paise // mam; meaningful if HasMinimum
	// HasMinimum is false for an absent, empty, zero or "null" mam: the amount is then exact.
	HasMinimum  bool
	Currency    string // "INR"; another number of ISO 4217 as it stood
	TR          string // the gateway's transaction reference
	TN          string // note
	MC          string // merchant category
	TID         string // set by a payment provider, never by us
	Mode        string // "15" is a dynamic QR at a counter
	Purpose     string
	Medium      string
	OrgID       string
	Sign        string // the signer's signature, as it stood: it may hold raw + / =
	URL         string
	Terminal    string    // EMV 62-07
	Tip         string    // a tip, fee or split on top of the amount: EMV 55 to 57, split=, tip=, conf…=
	Standing    string    // what makes it more than one payment: a mandate's keys with their values
	InvoiceNo   string    // GST
	InvoiceDate time.Time // zero when absent or unreadable
	GSTIN       string
	GSTBreakUp  string    // "GST:40|SGST:20|CGST:20|CESS:0"
	CreatedAt   time.Time // QRts
	ExpiresAt   time.Time // QRexpire; zero when absent or unreadable
}

// Parse reads a upi://pay link or a BharatQR string of at most MaxPayload bytes. It is strict on who is paid
// and how much, and tolerates unknown keys. Whether the intent may be shown for a sale is Check's question.
func Parse(s string) (Intent, error) {
	switch {
	case s == "":
		return Intent{}, errors.New("the QR payload is empty: ask the gateway for the order's QR again")
	case len(s) > MaxPayload:
		return Intent{}, fmt.Errorf("the QR payload is %d bytes long: no QR code holds more than %d, so this isn't one",
			len(s), MaxPayload)
	case !utf8.ValidString(s):
		return Intent{}, errors.New("the QR payload isn't valid UTF-8: it can't be shown without changing it")
	}
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return Intent{}, fmt.Errorf(
			"the QR payload has a control character %q at byte %d: it can't be shown without changing it", s[i], i)
	}
	if strings.HasPrefix(s, "000201") {
		return parseEMV(s)
	}
	return parseURI(s)
}

// setCurrency reads cu: INR in any case, or nothing, which means INR.
func (in *Intent) setCurrency(s string) error {
	if s != "" && !strings.EqualFold(s, "INR") {
		in.Currency = s
	}
	return nil
}

// setAmount reads am or EMV tag 54. An empty value counts as absent: some gateways print "am=" for an open amount.
func (in *Intent) setAmount(s string) error {
	if s == "" {
		return nil
	}
	p, err := money.ParseDecimal(s)
	if err != nil {
		return fmt.Errorf("the QR's amount: %w", err)
	}
	if p == 0 {
		return fmt.Errorf("the QR's amount %q is zero: no app can pay it", s)
	}
	in.Amount, in.HasAmount = p, true
	return nil
}

func (in *Intent) setMinimum(s string) error {
	if s == "" || strings.EqualFold(s, "null") {
		return nil
	}
	p, err := money.ParseDecimal(s)
	if err != nil {
		return fmt.Errorf("the QR's minimum amount: %w", err)
	}
	in.Minimum, in.HasMinimum = p, p != 0 // mam=0 is none
	return nil
}
