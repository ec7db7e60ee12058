package gatewaytest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"galla/internal/money"
)

// The payees of the simulator. No bank runs the handle "gallasim", so no real app can pay them.
const (
	enkashVPA = "enkash.gallasim.store@gallasim"
	payeeName = "Galla Sim Store"
	payeeMCC  = "5411"
)

// razorpayPayee is the address of one QR code: at Razorpay each code has a payee of its own (R12's samples).
func razorpayPayee(qrID string) string {
	return "rzr.qrgallasim" + strings.ToLower(strings.TrimPrefix(qrID, "qr_")) + "@gallasim"
}

// currency is what a QR string says of it: INR, or nothing, which NPCI's pages take for INR.
func currency(k Knobs) string {
	if k.NoCurrency {
		return ""
	}
	return "INR"
}

// oddities are what odd_qr can say: shapes that some gateway or bank was seen to write, and that no till may show.
var oddities = []string{"fee", "tip", "mandate", "capitals", "escaped", "emv-payee", "type"}

// odd makes a QR string what the knob says; most strings stay as they are.
func odd(k Knobs, payload, pa, am string) string {
	if am == "" {
		return payload
	}
	switch k.OddQR {
	case "fee":
		return payload + "&split=CONFEE:1.00"
	case "tip":
		return payload + "&tip=5"
	case "mandate":
		return payload + "&amrule=MAX&recur=MONTHLY"
	case "capitals":
		return strings.Replace(payload, "&am=", "&AM=", 1)
	case "escaped":
		return strings.Replace(payload, "&am="+am, fmt.Sprintf("&am=%%%02X%s", am[0], am[1:]), 1)
	case "emv-payee":
		return emv(pa, am)
	}
	return payload
}

// emv is a BharatQR string of two payees: ours in tag 26, and in tag 51 somebody else.
func emv(pa, am string) string {
	tag := func(id, v string) string { return fmt.Sprintf("%s%02d%s", id, len(v), v) }
	s := tag("00", "01") + tag("01", "12") + tag("26", tag("00", "A000000524")+tag("01", pa)) +
		tag("51", tag("00", "A000000524")+tag("01", "other@gallasim")) + tag("52", payeeMCC) + tag("53", "356") +
		tag("54", am) + tag("58", "IN") + tag("59", payeeName) + tag("60", "DELHI") + "6304"
	crc := uint16(0xFFFF) // CRC-16/CCITT-FALSE, as the phone's apps check it
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return s + fmt.Sprintf("%04X", crc)
}

// scanned is what a phone reads from a QR string.
type scanned struct {
	pa, pn, tr, am, cu string
}

// scan reads a upi:// string as a customer's app would. It shares no code with internal/upiqr on purpose:
// the phone is a second opinion.
func scan(payload string) (scanned, error) {
	var q scanned
	rest, ok := strings.CutPrefix(payload, "upi://pay?")
	if !ok {
		return q, fmt.Errorf("a phone cannot pay %.40q: it does not begin with upi://pay?", payload)
	}
	for pair := range strings.SplitSeq(rest, "&") {
		k, v, _ := strings.Cut(pair, "=")
		v, err := url.PathUnescape(v) // a plus stays a plus: invoice dates hold +05:30
		if err != nil {
			return q, fmt.Errorf("a phone cannot read %q of the QR string: %w", pair, err)
		}
		switch k {
		case "pa":
			q.pa = v
		case "pn":
			q.pn = v
		case "tr":
			q.tr = v
		case "am":
			q.am = v
		case "cu":
			q.cu = v
		}
	}
	switch {
	case q.pa == "" || q.pn == "":
		return q, errors.New("a phone refuses the QR string: pa (the payee) or pn (the payee's name) is missing")
	case q.cu != "" && q.cu != "INR":
		return q, fmt.Errorf("a phone refuses the QR string: its currency is %q, not INR", q.cu)
	}
	return q, nil
}

// upiString writes a upi:// string in the order of the given pairs, values escaped as gateways do.
func upiString(pairs ...string) string {
	var b strings.Builder
	b.WriteString("upi://pay?")
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() > len("upi://pay?") {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i] + "=" + escape(pairs[i+1]))
	}
	return b.String()
}

// escape percent-encodes what a upi:// value must not hold; colons, plus and at signs stay, as in the samples (R12).
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' ||
			strings.IndexByte("-._~:+@/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// asked is the amount a QR asks for: the order's, or another one where the knob says so.
func asked(o *order, k Knobs, d dice) money.Paise {
	if d.hit(k.WrongAmount, "wrong_amount") {
		return o.amount + money.Rupee
	}
	return o.amount
}
