package money

import (
	"strconv"
)

// Paise is an amount of money in paise; 100 paise are one rupee.
// The zero value is ₹0.00. Negative amounts occur only in differences
// (reports, reconciliation), never as the amount of a sale.
type Paise int64

// Rupee is one rupee in paise.
const Rupee Paise = 100

// Max is the largest amount the parsers accept: ₹99,99,99,99,999.99, far above any
// UPI limit and far below the range of int64, so that sums of a day cannot overflow.
const Max Paise = 99_99_99_99_999_99

// String prints the amount as on a bill: "₹1,25,000.00", "-₹5.00".
func (p Paise) String() string {
	if p < 0 {
		return "-₹" + p.Grouped()[1:]
	}
	return "₹" + p.Grouped()
}

// Grouped prints the amount with Indian grouping and no currency sign: "1,25,000.00".
func (p Paise) Grouped() string {
	sign, rupees, paise := p.parts()
	digits := strconv.FormatUint(rupees, 10)
	b := make([]byte, 0, len(digits)+len(digits)/2+4)
	b = append(b, sign...)
	for i := range len(digits) {
		// A comma stands before the last three digits and before every pair left of them.
		if left := len(digits) - i; i > 0 && (left == 3 || left > 3 && left%2 == 1) {
			b = append(b, ',')
		}
		b = append(b, digits[i])
	}
	return string(appendPaise(b, paise))
}

// Decimal prints the amount in rupees with exactly two decimals and no grouping: "125000.00".
// It is the form for JSON numbers of EnKash, for CSV and for upi:// comparisons.
func (p Paise) Decimal() string {
	sign, rupees, paise := p.parts()
	b := append([]byte(sign), strconv.FormatUint(rupees, 10)...)
	return string(appendPaise(b, paise))
}

func (p Paise) parts() (sign string, rupees, paise uint64) {
	u := uint64(p)
	if p < 0 {
		sign, u = "-", -u // two's complement: right for the smallest int64 too
	}
	return sign, u / 100, u % 100
}

func appendPaise(b []byte, paise uint64) []byte {
	return append(b, '.', byte('0'+paise/10), byte('0'+paise%10))
}
