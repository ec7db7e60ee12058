package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"galla/internal/money"
	"galla/internal/typed"
)

// What comes from outside is bounded where it is decoded, by one function for each kind. Both clients use these and
// nothing else, so that whatever they return can be stored, encoded, printed and read out: a time that JSON can write,
// an amount that can't overflow, an id that can stand in an address, a bank reference that is one, a text without
// control characters.

// Instant is t where a gateway's clock can show it: from the year 2000 to the end of 2100. Any other is zero, which
// means that the gateway named none. What is then moved to this box's clock, which may stand in 1970, is not bounded
// again.
func Instant(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 2000 || y > 2100 {
		return time.Time{}
	}
	return t
}

// Amount is n paise where a till can hold it: from zero to money.Max.
func Amount(n int64) (money.Paise, error) {
	if n < 0 || money.Paise(n) > money.Max {
		return 0, fmt.Errorf("%d paise is no amount of a payment: it must be 0 to %s", n, money.Max)
	}
	return money.Paise(n), nil
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// ID says whether a gateway's id can be named in a later call, a log and a file: 1 to 64 letters, digits, _ . or -.
func ID(what, id string) error {
	if !idShape.MatchString(id) {
		return fmt.Errorf("%s %q is not of 1 to 64 letters, digits, _ . or -", what, Shorten(id, 20))
	}
	return nil
}

// RRN parts what a gateway gives as the bank's reference: twelve digits are an RRN, which is a string because it may
// begin with zeros. Anything else is a foreign reference of at most 35 characters, kept apart so that nothing takes it
// for one.
func RRN(s string) (rrn, foreign string) {
	if len(s) == 12 && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0 {
		return s, ""
	}
	return "", Text(s, 35)
}

// MaskVPA hides the person in a virtual payment address and keeps what a shop needs to tell two payers apart:
// "rahul.k@okaxis" becomes "ra****@okaxis". What is not an address becomes "****".
func MaskVPA(vpa string) string {
	name, handle, ok := strings.Cut(vpa, "@")
	if !ok || name == "" || handle == "" || len(vpa) > 255 ||
		strings.ContainsFunc(vpa, func(r rune) bool { return r == ' ' || !typed.Visible(r) }) {
		if vpa == "" {
			return ""
		}
		return "****"
	}
	r := []rune(name)
	return string(r[:min(2, len(r)/2)]) + "****@" + handle
}

// Name is a person's or a shop's name, as bank and gateway write it.
func Name(s string) string { return Text(s, 80) }

// Text makes a stranger's text fit for a screen, a log, a slip and a table: one line of at most n characters, all
// printable as package typed says.
func Text(s string, n int) string { return typed.Clean(s, n) }

// OtherUnit is the note of a payment whose record counts in another unit than its order, as paise do where rupees are
// written; empty when it doesn't. Such a record is no money of its own: an offer to send the difference back would be
// paid by the shop. The order's amount is what was asked, so a payment of a hundredth of it has no such explanation: it
// is a sum that somebody paid, and less than the price.
func OtherUnit(payment string, of, order money.Paise) string {
	if order <= 0 || of%100 != 0 || of/100 != order {
		return ""
	}
	return fmt.Sprintf("payment %s reads %s and its order %s, a hundred times apart: one of the gateway's records "+
		"counts another unit; compare them in its dashboard before anything is given back", payment, of, order)
}
