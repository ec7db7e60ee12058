package port

import (
	"strings"
	"unicode"
)

// DeviceID is what a USB printer says of itself: the IEEE 1284 device id,
// "MFG:EPSON;CMD:ESC/POS;MDL:TM-T82;CLS:PRINTER;".
type DeviceID struct {
	Maker    string // MFG, MANUFACTURER
	Model    string // MDL, MODEL
	Commands string // CMD, COMMAND SET: languages it speaks
	Class    string // CLS, CLASS
	Text     string // DES, DESCRIPTION
}

// maxDeviceID bounds an id; usblp has 1,023 bytes for one.
const maxDeviceID = 1023

// ParseDeviceID reads an id. Keys it doesn't know are passed over; what is no id at all gives an empty one.
func ParseDeviceID(s string) DeviceID {
	if len(s) > maxDeviceID {
		s = s[:maxDeviceID]
	}
	var d DeviceID
	for field := range strings.SplitSeq(s, ";") {
		key, value, ok := strings.Cut(field, ":")
		if !ok {
			continue
		}
		value = printable(strings.TrimSpace(value))
		var at *string
		switch strings.ToUpper(strings.TrimSpace(key)) {
		case "MFG", "MANUFACTURER":
			at = &d.Maker
		case "MDL", "MODEL":
			at = &d.Model
		case "CMD", "COMMAND SET":
			at = &d.Commands
		case "CLS", "CLASS":
			at = &d.Class
		case "DES", "DESCRIPTION":
			at = &d.Text
		}
		if at != nil && *at == "" {
			*at = value
		}
	}
	return d
}

// printable drops what would spoil a terminal or a log.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
