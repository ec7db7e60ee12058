package money

import (
	"fmt"
	"time"
)

// Invoice is the GST invoice that a sale settles. Its JSON is a format on disk: it lies in the sales file as it is
// here.
type Invoice struct {
	Number       string    `json:"number"`
	Date         time.Time `json:"date"`
	CustomerName string    `json:"customer_name,omitempty"`
	GSTIN        string    `json:"gstin"`
	GST          Paise     `json:"gst_paise"`
	Cess         Paise     `json:"cess_paise,omitempty"`
	Interstate   bool      `json:"interstate,omitempty"`
}

// Check says what is wrong with an invoice that a sale of the amount settles, and in which of its fields. Number, date
// and GSTIN must be there. Tax and cess are parts of the amount.
func (i *Invoice) Check(amount Paise) (field string, err error) {
	if err := CheckInvoiceNumber(i.Number); err != nil {
		return "number", err
	}
	if y := i.Date.UTC().Year(); y < 2017 || y > 2100 { // GST began in July 2017
		return "date", fmt.Errorf("the invoice's date is missing, or in the year %d", y)
	}
	if err := CheckGSTIN(i.GSTIN); err != nil {
		return "gstin", err
	}
	if i.GST < 0 || i.GST > amount {
		return "gst_paise", fmt.Errorf("GST of %s does not fit an amount of %s", i.GST, amount)
	}
	if i.Cess < 0 || i.Cess > amount-i.GST {
		return "cess_paise", fmt.Errorf("cess of %s beside GST of %s does not fit an amount of %s",
			i.Cess, i.GST, amount)
	}
	return "", nil
}

// CheckInvoiceNumber checks a tax invoice's number by rule 46(b) of the CGST rules: at most 16 characters, letters,
// digits, hyphen and slash. That it is consecutive and unique in its year only the shop can know.
func CheckInvoiceNumber(s string) error {
	if len(s) == 0 || len(s) > 16 {
		return fmt.Errorf("invoice number %.40q has %d characters: CGST rule 46(b) allows 1 to 16", s, len(s))
	}
	for _, r := range s {
		if !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '-' || r == '/') {
			return fmt.Errorf("invoice number %q has %q in it: CGST rule 46(b) allows letters, digits, - and / only",
				s, r)
		}
	}
	return nil
}

// CheckGSTIN checks the form and the check character of a GST number: two digits of the state, ten of the PAN, one of
// the registration, one letter (Z for most) and the check character (base 36, weights 1 and 2).
func CheckGSTIN(s string) error {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	const form = "99AAAAA9999AXXX" // 9 a digit, A a letter, X either
	if len(s) != len(form) {
		return fmt.Errorf("GSTIN %.40q has %d characters: it needs 15, like 27AAPFU0939F1ZV", s, len(s))
	}
	sum := 0
	for i := range len(s) {
		v := indexOf(alphabet, s[i])
		if v < 0 || form[i] == '9' && v > 9 || form[i] == 'A' && v < 10 {
			return fmt.Errorf("GSTIN %q has %q at place %d: it is written in capitals like 27AAPFU0939F1ZV",
				s, s[i], i+1)
		}
		if i < len(s)-1 {
			d := v * (1 + i%2)
			sum += d/36 + d%36
		}
	}
	if want := alphabet[(36-sum%36)%36]; s[14] != want {
		return fmt.Errorf("GSTIN %q ends in %q but its check character is %q: a digit is mistyped", s, s[14], want)
	}
	return nil
}

func indexOf(alphabet string, c byte) int {
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return i
		}
	}
	return -1
}
