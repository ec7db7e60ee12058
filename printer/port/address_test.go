package port

import (
	"strings"
	"testing"
)

// TestPaper_3 is paper.md 3: every form that a person may give for a printer is either a line, or an error that says
// what to write instead.
func TestPaper_3(t *testing.T) {
	for _, good := range []struct {
		text string
		want Address
	}{
		{"/dev/serial/by-id/usb-EPSON_TM-T82-if00",
			Address{Means: Serial, Device: "/dev/serial/by-id/usb-EPSON_TM-T82-if00"}},
		{"/dev/ttyUSB0", Address{Means: Serial, Device: "/dev/ttyUSB0"}},
		{"usb:0416:5011", Address{Means: USB, Vendor: "0416", Product: "5011"}},
		{"usb:04B8:0e03:J5TF:012", Address{Means: USB, Vendor: "04b8", Product: "0e03", SerialNumber: "J5TF:012"}},
		{"usb:/dev/usb/lp0", Address{Means: USB, Device: "/dev/usb/lp0"}},
		{"usb:/dev/galla-printer-usb", Address{Means: USB, Device: "/dev/galla-printer-usb"}},
		{"tcp:192.168.1.50", Address{Means: TCP, Host: "192.168.1.50", Port: 9100}},
		{"tcp:192.168.1.50:9100", Address{Means: TCP, Host: "192.168.1.50", Port: 9100}},
		{"tcp:printer.local:4000", Address{Means: TCP, Host: "printer.local", Port: 4000}},
		{"tcp:kitchen", Address{Means: TCP, Host: "kitchen", Port: 9100}},
		{"tcp:fe80::1", Address{Means: TCP, Host: "fe80::1", Port: 9100}},
		{"tcp:[fe80::1]:9101", Address{Means: TCP, Host: "fe80::1", Port: 9101}},
	} {
		a, err := Parse(good.text)
		if err != nil || a != good.want {
			t.Errorf("%s: %+v, %v", good.text, a, err)
			continue
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("%s is written %s and read back as %+v, %v", good.text, a, again, err)
		}
	}
	for text, remedy := range map[string]string{
		"":                              "is empty: give",
		" /dev/ttyUSB0":                 "blanks around it",
		"/dev/tty\nUSB0":                "control characters",
		"/dev/serial/by-id/":            "is a folder",
		"/dev/usb/lp0":                  "write usb:/dev/usb/lp0",
		"/dev/lp1":                      "write usb:/dev/lp1",
		"/dev/rfcomm0":                  "Bluetooth, which is not driven",
		"bluetooth:00:11:22:33:44:55":   "Bluetooth, which is not driven",
		"00:11:22:33:44:55":             "Bluetooth, which is not driven",
		"rfcomm0":                       "Bluetooth, which is not driven",
		"tcp://192.168.1.50:9100":       "write tcp:192.168.1.50:9100",
		"192.168.1.50:9100":             "write tcp:192.168.1.50:9100",
		"192.168.1.50":                  "write tcp:192.168.1.50",
		"printer.local":                 "write tcp:printer.local",
		"socket://192.168.1.50:9100/":   "write tcp:192.168.1.50:9100",
		"ipp://192.168.1.50/ipp/print":  "reached by its own address",
		"lpd://host/queue":              "reached by its own address",
		"usb://EPSON/TM-T82?serial=123": "how CUPS writes it",
		"usb:0416":                      "no USB ids",
		"usb:0416:501":                  "no USB ids",
		"usb:0416:501g":                 "no USB ids",
		"usb:":                          "no USB ids",
		"usb:0416:5011:":                "leave out the last colon",
		"usb:/dev/ttyUSB0":              "write /dev/ttyUSB0",
		"0416:5011":                     "write usb:0416:5011",
		"USB:0416:5011":                 "small letters",
		"COM3":                          "a name of Windows",
		"ttyUSB0":                       "write /dev/ttyUSB0",
		"dev/ttyUSB0":                   "write /dev/ttyUSB0",
		"lp0":                           "write usb:/dev/usb/lp0",
		"serial:/dev/ttyUSB0":           "a word too many",
		"tcp:":                          "neither an address nor a name",
		"tcp:host:":                     "no port number",
		"tcp:host:99999":                "no port number",
		"tcp:host:9100:1":               "neither an address nor a name",
		"tcp:0.0.0.0":                   "the address of no printer",
		"tcp:1.2.3":                     "neither an address nor a name",
		"tcp:my printer":                "neither an address nor a name",
		"epson":                         "names no line",
	} {
		if a, err := Parse(text); err == nil || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%q: %+v, %v: want %q", text, a, err, remedy)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/dev/ttyUSB0", "usb:0416:5011:x", "tcp:[::1]:9100", "tcp:a.b", "usb:/dev/usb/lp0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("%q is %+v, written %q, read back %+v, %v", s, a, a, again, err)
		}
	})
}

func TestDeviceID(t *testing.T) {
	for text, want := range map[string]DeviceID{
		"MFG:EPSON;CMD:ESC/POS;MDL:TM-T82;CLS:PRINTER;DES:EPSON TM-T82;": {"EPSON", "TM-T82", "ESC/POS",
			"PRINTER", "EPSON TM-T82"},
		"MANUFACTURER:POS ; model: 58 Printer;COMMAND SET:ESC/POS\x00;X:1": {Maker: "POS",
			Model: "58 Printer", Commands: "ESC/POS"},
		"": {}, "no id": {}, "MDL:a;MDL:b": {Model: "a"}, "MDL:\x1b[31mred": {Model: "[31mred"},
	} {
		if got := ParseDeviceID(text); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzDeviceID(f *testing.F) {
	f.Add("MFG:EPSON;CMD:ESC/POS;MDL:TM-T82;CLS:PRINTER;")
	f.Fuzz(func(t *testing.T, s string) {
		d := ParseDeviceID(s)
		for _, v := range []string{d.Maker, d.Model, d.Commands, d.Class, d.Text} {
			if len(v) > maxDeviceID || v != printable(v) {
				t.Errorf("%q gives %q", s, v)
			}
		}
	})
}
