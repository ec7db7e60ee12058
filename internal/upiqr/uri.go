package upiqr

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// parseURI reads upi://pay?key=value&… . It does not use net/url for the query: that turns "+" into a space,
// which breaks "+05:30" in dates and "+" in signatures, and it refuses the raw ";" and spaces that live links carry.
func parseURI(s string) (Intent, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !strings.EqualFold(scheme, "upi") {
		return Intent{}, fmt.Errorf("the QR payload begins %.12q: want upi://pay or a BharatQR string", s)
	}
	action, query, _ := strings.Cut(rest, "?")
	if !strings.EqualFold(strings.TrimSuffix(action, "/"), "pay") {
		return Intent{}, fmt.Errorf("the QR payload is a upi link for %.20q: want upi://pay", action)
	}

	// An app's URI parser stops at "#"; what stands behind it would be shown by us and not seen by the phone.
	query, _, _ = strings.Cut(query, "#")

	in := Intent{Form: FormURI, Currency: "INR"} // absent or empty means INR (NPCI's linking specification)
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key := strings.ToLower(strings.TrimSpace(unescape(rawKey)))
		if decisive[key] && rawKey != key {
			if err := in.extra(rawKey, key, rawValue); err != nil {
				return Intent{}, err
			}
		}
		set, known := uriKeys[key]
		if !known {
			if err := in.extra(rawKey, key, unescape(rawValue)); err != nil {
				return Intent{}, err
			}
			continue
		}
		if seen[key] {
			return Intent{}, fmt.Errorf(
				"the QR payload has the key %q twice: apps differ on which one they take, so it must not be shown", key)
		}
		seen[key] = true
		if decisive[key] {
			// an address is often escaped by whole libraries, and every app unescapes it
			if key != "pa" && strings.Contains(rawValue, "%") {
				return Intent{}, fmt.Errorf("the QR payload escapes the value of %q (%.20q): apps differ on what "+
					"they read, so it must not be shown", key, rawValue)
			}
			if _, err := url.PathUnescape(rawValue); err != nil {
				return Intent{}, fmt.Errorf("the QR payload's %q is badly escaped: %w", key, err)
			}
		}
		if err := set(&in, unescape(rawValue)); err != nil {
			return Intent{}, err
		}
	}

	return in, nil
}

var uriKeys = map[string]func(*Intent, string) error{
	"pa":          text(func(in *Intent) *string { return &in.PA }),
	"pn":          text(func(in *Intent) *string { return &in.PN }),
	"cu":          (*Intent).setCurrency,
	"tr":          text(func(in *Intent) *string { return &in.TR }),
	"tn":          text(func(in *Intent) *string { return &in.TN }),
	"mc":          text(func(in *Intent) *string { return &in.MC }),
	"tid":         text(func(in *Intent) *string { return &in.TID }),
	"mode":        text(func(in *Intent) *string { return &in.Mode }),
	"purpose":     text(func(in *Intent) *string { return &in.Purpose }),
	"qrmedium":    text(func(in *Intent) *string { return &in.Medium }),
	"orgid":       text(func(in *Intent) *string { return &in.OrgID }),
	"sign":        text(func(in *Intent) *string { return &in.Sign }),
	"url":         text(func(in *Intent) *string { return &in.URL }),
	"refurl":      text(func(in *Intent) *string { return &in.URL }),
	"invoiceno":   text(func(in *Intent) *string { return &in.InvoiceNo }),
	"gstin":       text(func(in *Intent) *string { return &in.GSTIN }),
	"gstbrkup":    text(func(in *Intent) *string { return &in.GSTBreakUp }),
	"invoicedate": moment(func(in *Intent) *time.Time { return &in.InvoiceDate }),
	"qrts":        moment(func(in *Intent) *time.Time { return &in.CreatedAt }),
	"qrexpire":    moment(func(in *Intent) *time.Time { return &in.ExpiresAt }),
	"am":          (*Intent).setAmount,
	"mam":         (*Intent).setMinimum,
}

func text(field func(*Intent) *string) func(*Intent, string) error {
	return func(in *Intent, v string) error { *field(in) = v; return nil }
}

// moment reads an ISO 8601 date with offset, of the years 2000 to 2100. One that can't be read stays zero: it says
// nothing about money.
func moment(field func(*Intent) *time.Time) func(*Intent, string) error {
	return func(in *Intent, v string) error {
		if t, err := time.Parse(time.RFC3339, v); err == nil && t.UTC().Year() >= 2000 && t.UTC().Year() <= 2100 {
			*field(in) = t
		}
		return nil
	}
}

// unescape decodes %41 and leaves "+" alone. A value with a broken escape, such as "100% Cotton", stands for itself.
func unescape(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}
