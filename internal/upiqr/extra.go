package upiqr

import (
	"fmt"
	"strings"
)

// What else a link can ask for beside its amount. Generators of banks write these keys with empty values as a matter of
// form, and those mean nothing; one with a value makes the customer pay another sum, or allow more than this payment.

// decisive are the keys that say who is paid, how much, and in what. They must be written as NPCI writes them: one app
// reads AM=3.00 and %61m=3.00 as the amount, another as an unknown key and asks the customer for one.
var decisive = map[string]bool{"pa": true, "am": true, "mam": true, "cu": true}

// onTop are the keys of tips, fees and splits, in lower case. split=CCONFEE:2.13|PCONFEE:1.77 is a convenience fee that
// the app adds where the customer pays by credit or wallet.
var onTop = map[string]bool{"split": true, "tip": true, "tips": true, "tipamount": true, "fee": true, "fees": true,
	"convfee": true, "surcharge": true, "surchargeamount": true,
	"servicecharge": true, "servicefee": true}

// standing are the keys of a mandate, in lower case: a permission to debit again.
var standing = map[string]bool{"amrule": true, "recur": true, "recurvalue": true, "recurtype": true,
	"validitystart": true, "validityend": true, "mn": true, "rev": true, "block": true}

// extra judges a key that is none of uriKeys.
func (in *Intent) extra(rawKey, key, value string) error {
	switch {
	case decisive[key]:
		return fmt.Errorf(
			"the QR payload writes the key %q as %.20q: apps differ on whether they read it, so it must not be shown",
			key,
			rawKey,
		)
	case strings.Trim(value, " ") == "" || zero(value):
		return nil
	case onTop[key] || strings.HasPrefix(key, "conf") || strings.HasPrefix(key, "conven"):
		in.Tip = join(in.Tip, key+"="+cut(value))
	case standing[key], key == "txntype" && !strings.EqualFold(value, "pay"):
		in.Standing = join(in.Standing, key+"="+cut(value))
	}
	return nil
}

// zero says whether a value is a sum of nothing, or a no: 0, 0.00, CONFEE:0.00, N, false.
func zero(value string) bool {
	if strings.EqualFold(value, "n") || strings.EqualFold(value, "no") || strings.EqualFold(value, "false") ||
		strings.EqualFold(value, "null") {
		return true
	}
	for part := range strings.SplitSeq(value, "|") {
		if _, sum, named := strings.Cut(part, ":"); named {
			part = sum
		}
		if part == "" || strings.Trim(part, "0.") != "" || !strings.Contains(part, "0") {
			return false
		}
	}
	return true
}

func join(have, more string) string {
	if have == "" {
		return more
	}
	return have + " " + more
}

func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40])
	}
	return s
}
