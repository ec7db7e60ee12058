package upiqr

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// bharatGUID marks the templates 26 (payee) and 27 (reference), and others that name a payee, as UPI's. BharatQR
// specification, as in Razorpay's sample; one secondary page names another identifier, which the sample contradicts.
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
			return Intent{}, fmt.Errorf(
				"the BharatQR string has tag %s twice: apps differ on which one they take, so it must not be shown",
				f.tag,
			)
		}
		seen[f.tag] = true
		switch f.tag {
		case "27", "62":
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
			if !zero(f.value) {
				tip = append(tip, f.tag+"="+f.value)
			}
		case "59":
			in.PN = f.value
		}
		if err == nil && f.tag >= "26" && f.tag <= "51" && f.tag != "27" {
			err = in.setPayee(f)
		}
		if err != nil {
			return Intent{}, err
		}
	}

	in.Tip = strings.Join(tip, " ")
	return in, nil
}

// setPayee reads one of the templates 26 to 51, each of which may name a payee of UPI. Apps differ on which one they
// pay, so all must be the same.
func (in *Intent) setPayee(f field) error {
	sub, err := parts(f)
	if err != nil {
		return err
	}
	scheme := strings.ToLower(sub["00"])
	if !strings.EqualFold(scheme, bharatGUID) && !strings.Contains(scheme, "npci") && !strings.Contains(scheme, "upi") {
		return nil // another scheme's, such as a card network's
	}
	payee := sub["01"]
	if f.tag == "28" && !strings.Contains(payee, "@") {
		return nil // an Aadhaar number
	}
	if in.PA != "" && !strings.EqualFold(in.PA, payee) {
		return fmt.Errorf("the BharatQR string names a second UPI payee in tag %s: apps differ on which one they "+
			"pay, so it must not be shown", f.tag)
	}
	if in.PA == "" {
		in.PA = payee
	}
	if f.tag != "26" && f.tag != "28" {
		return nil
	}
	return in.setMinimum(sub["02"])
}

// setTemplate reads the tags inside 27 (reference) and 62 (bill and terminal).
func (in *Intent) setTemplate(f field) error {
	sub, err := parts(f)
	if err != nil {
		return err
	}
	switch {
	case f.tag == "62":
		in.InvoiceNo, in.Terminal, in.TN = sub["01"], sub["07"], sub["08"]
	case sub["00"] == bharatGUID:
		in.TR, in.URL = sub["01"], sub["02"]
	}
	return nil
}

// parts are the tags inside a template.
func parts(f field) (map[string]string, error) {
	sub := map[string]string{}
	for g, err := range fields(f.value) {
		if err != nil {
			return nil, fmt.Errorf("inside tag %s: %w", f.tag, err)
		}
		if _, twice := sub[g.tag]; twice {
			return nil, fmt.Errorf(
				"the BharatQR string has tag %s-%s twice: apps differ on which one they take, so it must not be shown",
				f.tag,
				g.tag,
			)
		}
		sub[g.tag] = g.value
	}
	return sub, nil
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
				yield(
					field{},
					fmt.Errorf(
						"the BharatQR string's tag %q claims a length of %q with %d bytes left",
						s[:2],
						s[2:4],
						len(s)-4,
					),
				)
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
		return fmt.Errorf("the BharatQR string's checksum is %q, its content gives %s: it was changed or misread",
			sum, want)
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
