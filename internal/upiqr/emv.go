package upiqr

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// bharatGUID marks the templates 26 (payee) and 27 (reference) as UPI's. BharatQR specification, as in
// Razorpay's sample; one secondary page names another identifier, which the sample contradicts.
const bharatGUID = "A000000524"

// parseEMV reads an EMVCo merchant-presented string: two digits of tag, two of length in bytes, the value.
func parseEMV(s string) (Intent, error) {
	if err := checkCRC(s); err != nil {
		return Intent{}, err
	}
	in := Intent{Form: FormEMV}
	seen := map[string]bool{}
	var tip []string
	for f, err := range fields(s) {
		if err != nil {
			return Intent{}, err
		}
		if seen[f.tag] {
			return Intent{}, fmt.Errorf("the BharatQR string has tag %s twice: apps differ on which one they take, so it must not be shown", f.tag)
		}
		seen[f.tag] = true
		switch f.tag {
		case "26", "27", "62":
			err = in.setTemplate(f)
		case "52":
			in.MC = f.value
		case "53":
			in.Currency = f.value
			if f.value == "356" { // ISO 4217
				in.Currency = "INR"
			}
		case "54":
			err = in.setAmount(f.value)
		case "55", "56", "57":
			tip = append(tip, f.tag+"="+f.value)
		case "59":
			in.PN = f.value
		}
		if err != nil {
			return Intent{}, err
		}
	}
	in.Tip = strings.Join(tip, " ")
	return in, nil
}

// setTemplate reads the tags inside 26 (payee), 27 (reference) and 62 (bill and terminal).
func (in *Intent) setTemplate(f field) error {
	sub := map[string]string{}
	for g, err := range fields(f.value) {
		if err != nil {
			return fmt.Errorf("inside tag %s: %w", f.tag, err)
		}
		if _, twice := sub[g.tag]; twice {
			return fmt.Errorf("the BharatQR string has tag %s-%s twice: apps differ on which one they take, so it must not be shown", f.tag, g.tag)
		}
		sub[g.tag] = g.value
	}
	switch {
	case f.tag == "62":
		in.InvoiceNo, in.Terminal, in.TN = sub["01"], sub["07"], sub["08"]
	case sub["00"] != bharatGUID: // another scheme's template
	case f.tag == "26":
		in.PA = sub["01"]
		return in.setMinimum(sub["02"])
	case f.tag == "27":
		in.TR, in.URL = sub["01"], sub["02"]
	}
	return nil
}

type field struct{ tag, value string }

// fields walks the tags of s; after an error it stops.
func fields(s string) iter.Seq2[field, error] {
	return func(yield func(field, error) bool) {
		for s != "" {
			if len(s) < 4 {
				yield(field{}, fmt.Errorf("the BharatQR string ends in %q, where a tag and its length belong", s))
				return
			}
			n, err := strconv.ParseUint(s[2:4], 10, 8)
			if err != nil || s[2] == '+' || int(n) > len(s)-4 {
				yield(field{}, fmt.Errorf("the BharatQR string's tag %q claims a length of %q with %d bytes left", s[:2], s[2:4], len(s)-4))
				return
			}
			if !yield(field{s[:2], s[4 : 4+n]}, nil) {
				return
			}
			s = s[4+n:]
		}
	}
}

// checkCRC verifies tag 63, which must stand last and covers everything before its four digits.
func checkCRC(s string) error {
	body, sum := s[:max(0, len(s)-4)], s[max(0, len(s)-4):]
	if !strings.HasSuffix(body, "6304") {
		return errors.New("the BharatQR string doesn't end in tag 63 with its checksum: it was cut off")
	}
	if want := fmt.Sprintf("%04X", crc16(body)); !strings.EqualFold(sum, want) {
		return fmt.Errorf("the BharatQR string's checksum is %q, its content gives %s: it was changed or misread", sum, want)
	}
	return nil
}

// crc16 is CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected. Of "123456789" it is 29B1.
func crc16(s string) uint16 {
	crc := uint16(0xFFFF)
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
	return crc
}
