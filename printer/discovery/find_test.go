package discovery

import (
	"testing"

	"galla/printer"
	"galla/printer/port"
	"galla/printer/printertest"
)

// TestPropose: the profile that is proposed for what a printer calls itself.
func TestPropose(t *testing.T) {
	for calls, want := range map[string]string{
		"EPSON TM-T82III": "epson80", "EPSON TM-T20": "epson80", "EPSON TM-T20II": "epson80",
		"EPSON TM-T88V": "epson80", "EPSON TM-T88IV": "epson80", "EPSON TM-T88VII": "epson80",
		"EPSON TM-T88III": "epson-old", "EPSON TM-T88II": "epson-old", "EPSON TM-T82": "tvs80", "EPSON TM-T81": "tvs80",
		"EPSON TM-m30": "epson80", "EPSON": "tvs80",
		"TVS-E RP 3160 GOLD": "tvs80", "TVS RP3200": "tvs80", "STMicroelectronics ICT GP-58 III": "generic58",
		"POS58 Printer": "generic58", "POS-80": "generic80", "GP-80250": "generic80",
		"Xprinter XP-80C": "generic80", "SAM4S ELLIX40": "silent80", "QR203": "qr203", "QR701": "qr204",
		"CSN-A2": "csn-a2", "": "generic58", "1a86 USB Serial": "generic58",
	} {
		if got, why := Propose(calls); got != want || why == "" {
			t.Errorf("%q: %s (%s), want %s", calls, got, why, want)
		}
		if _, err := printer.ProfileByName(want); err != nil {
			t.Error(err)
		}
	}
}

// TestFindAsks: a network printer is asked who it is, gets the profile for that, and nothing is printed; one that is
// there and must not be asked isn't.
func TestFindAsks(t *testing.T) {
	m := printertest.Strict(576)
	m.Maker, m.Name = "EPSON", "TM-T82III"
	v := printertest.New(m)
	n, err := v.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(); v.Close() })
	c := candidate(port.Found{Means: port.TCP, Port: "tcp:" + n.Address()})
	if c.Profile != "generic58" {
		t.Errorf("not asked, it is proposed %s", c.Profile)
	}
	c.ask(t.Context())
	if c.Calls != "EPSON TM-T82III" || c.Profile != "epson80" || c.State.Condition != printer.ConditionReady ||
		c.Problem != "" {
		t.Errorf("%+v", c)
	}
	if r := v.Report(); len(r.Lines) > 0 || len(r.Unknown) > 0 {
		t.Errorf("asking printed %q, %q", r.Lines, r.Unknown)
	}
}
