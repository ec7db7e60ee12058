package money

import "strings"

var ones = [20]string{"", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
	"Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"}
var tens = [10]string{"", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"}

// Words spells the amount as on an Indian receipt:
// "Rupees One Lakh Twenty Five Thousand and Fifty Paise Only".
func (p Paise) Words() string {
	sign, rupees, paise := p.parts()
	var w []string
	if sign != "" {
		w = append(w, "Minus")
	}
	if rupees > 0 || paise == 0 {
		w = append(w, "Rupees")
		if rupees == 0 {
			w = append(w, "Zero")
		}
		w = appendNumber(w, rupees)
	}
	if paise > 0 {
		if rupees > 0 {
			w = append(w, "and")
		}
		w = append(appendNumber(w, paise), "Paise")
	}
	return strings.Join(append(w, "Only"), " ")
}

// appendNumber spells n in the Indian system; n of zero adds nothing.
func appendNumber(w []string, n uint64) []string {
	for _, scale := range []struct {
		value uint64
		name  string
	}{{1_00_00_000, "Crore"}, {1_00_000, "Lakh"}, {1_000, "Thousand"}, {100, "Hundred"}} {
		if n >= scale.value {
			w = append(appendNumber(w, n/scale.value), scale.name)
			n %= scale.value
		}
	}
	if n >= 20 {
		w = append(w, tens[n/10])
		n %= 10
	}
	if n > 0 {
		w = append(w, ones[n])
	}
	return w
}
