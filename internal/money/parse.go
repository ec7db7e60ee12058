package money

import (
	"fmt"
	"math/big"
	"strings"
)

// maxText bounds what the parsers look at, so that a megabyte of digits is refused at once.
const maxText = 64

// Parse reads an amount as a person writes it: "250", "250.5", "250.50", "1,25,000.00", "₹250", "Rs. 250".
// Commas must stand in Indian (1,25,000) or Western (125,000) places. The amount must be
// at least one paisa and at most Max. Every refusal is a sentence that says what to enter instead.
func Parse(s string) (Paise, error) {
	if len(s) > maxText {
		return 0, fmt.Errorf("amount is %d characters long: enter rupees and paise, like 250 or 250.50", len(s))
	}
	t := strings.TrimSpace(s)
	for _, sign := range []string{"₹", "Rs.", "Rs"} {
		if rest, ok := strings.CutPrefix(t, sign); ok {
			t = strings.TrimSpace(rest)
			break
		}
	}

	if t == "" {
		return 0, fmt.Errorf("amount %q is empty: enter rupees and paise, like 250 or 250.50", s)
	}
	if t[0] == '-' {
		return 0, fmt.Errorf(
			"amount %q is negative: a sale needs an amount above zero; to give money back, refund the sale", s)
	}
	for _, r := range t {
		switch {
		case r >= '0' && r <= '9' || r == '.' || r == ',':
		case r == 'e' || r == 'E':
			return 0, fmt.Errorf("amount %q has an exponent: write all the digits, like 100000", s)
		case r > 127:
			return 0, fmt.Errorf("amount %q has %q in it: use the digits 0 to 9", s, r)
		default:
			return 0, fmt.Errorf("amount %q has %q in it: enter rupees and paise, like 250 or 250.50", s, r)
		}
	}

	whole, frac, dotted := strings.Cut(t, ".")
	if strings.ContainsAny(frac, ".,") {
		return 0, fmt.Errorf(
			"amount %q has a second separator after the decimal point: enter rupees and paise, like 250.50", s)
	}
	if dotted && frac == "" {
		return 0, fmt.Errorf("amount %q ends in a point: enter the paise too, like %s50, or leave the point out", s, t)
	}
	if len(frac) > 2 {
		return 0, fmt.Errorf("amount %q has %d decimals: a rupee has 100 paise, so give at most two", s, len(frac))
	}
	digits, err := ungroup(whole)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, err)
	}

	p, err := compose(digits, frac)
	if err != nil {
		return 0, fmt.Errorf("amount %q %w", s, err)
	}
	if p == 0 {
		return 0, fmt.Errorf("amount %q is zero: a sale needs an amount above zero", s)
	}
	return p, nil
}

// ungroup removes thousands separators that stand where a reader expects them.
func ungroup(whole string) (string, error) {
	if whole == "" {
		return "", fmt.Errorf("the rupees before the point are missing: write 0.50 for fifty paise")
	}
	groups := strings.Split(whole, ",")
	if len(groups) == 1 {
		return whole, nil
	}
	indian, western := true, true
	for i, g := range groups {
		last, first := i == len(groups)-1, i == 0
		switch {
		case last:
			indian, western = indian && len(g) == 3, western && len(g) == 3
		case first:
			indian, western = indian && (len(g) == 1 || len(g) == 2), western && len(g) >= 1 && len(g) <= 3
		default:
			indian, western = indian && len(g) == 2, western && len(g) == 3
		}
	}
	if !indian && !western {
		return "", fmt.Errorf("its commas stand in odd places: write it like 1,25,000 or without commas")
	}
	return strings.Join(groups, ""), nil
}

// ParseDecimal reads a plain non-negative decimal of rupees with up to two significant decimals:
// "3", "3.0", "3.00", "20.15", "100.000". It refuses signs, exponents, grouping and anything finer than a paisa.
// Zero is allowed: it is a value to compare, not a sale.
func ParseDecimal(s string) (Paise, error) {
	if s == "" || len(s) > maxText {
		return 0, fmt.Errorf("decimal amount %.20q is not 1 to %d characters long", s, maxText)
	}
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || dotted && frac == "" || !allDigits(whole) || !allDigits(frac) {
		return 0, fmt.Errorf("decimal amount %q is not of the form 20.15", s)
	}
	if len(frac) > 2 {
		if strings.Trim(frac[2:], "0") != "" {
			return 0, fmt.Errorf("decimal amount %q is finer than a paisa", s)
		}
		frac = frac[:2]
	}
	p, err := compose(whole, frac)
	if err != nil {
		return 0, fmt.Errorf("decimal amount %q %w", s, err)
	}
	return p, nil
}

// ParseNumber reads a JSON number literal in rupees exactly, exponent allowed: 20.15, 100.0, 1.0E7.
func ParseNumber(s string) (Paise, error) {
	if !strings.ContainsAny(s, "eE") {
		return ParseDecimal(s)
	}
	if len(s) > maxText {
		return 0, fmt.Errorf("number %.20q is longer than %d characters", s, maxText)
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if len(strings.TrimLeft(exponent, "+-0")) > 2 {
		return 0, fmt.Errorf("number %q is out of range for an amount", s) // bounds the work of SetString below
	}
	whole, frac, dotted := strings.Cut(mantissa, ".")
	if whole == "" || dotted && frac == "" || !allDigits(whole) || !allDigits(frac) {
		return 0, fmt.Errorf("number %q is not of the form 1.5e3", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, fmt.Errorf("number %q is not of the form 1.5e3", s)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() {
		return 0, fmt.Errorf("number %q is finer than a paisa", s)
	}
	if r.Num().Cmp(big.NewInt(int64(Max))) > 0 {
		return 0, fmt.Errorf("number %q is above %s", s, Max)
	}
	return Paise(r.Num().Int64()), nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// compose builds an amount from ASCII digits; frac holds at most two.
func compose(whole, frac string) (Paise, error) {
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 13 {
		return 0, fmt.Errorf("is above %s, the most this till can hold", Max)
	}
	var p Paise
	for i := range len(whole) {
		p = p*10 + Paise(whole[i]-'0')
	}
	p *= 100
	if len(frac) > 0 {
		p += Paise(frac[0]-'0') * 10
	}
	if len(frac) > 1 {
		p += Paise(frac[1] - '0')
	}
	if p > Max {
		return 0, fmt.Errorf("is above %s, the most this till can hold", Max)
	}
	return p, nil
}
