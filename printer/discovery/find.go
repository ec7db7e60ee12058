package discovery

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"time"

	"galla/printer"
	"galla/printer/port"
)

// Candidate is a printer, or a line on which one may hang, with what is proposed for it.
type Candidate struct {
	Port    string        `json:"port"` // for [printer] port
	Means   port.Means    `json:"means"`
	Device  string        `json:"device,omitempty"`
	Calls   string        `json:"calls_itself,omitempty"` // by GS I, else its IEEE 1284 id, else its USB ids' words
	Profile string        `json:"profile"`                // what is proposed
	Why     string        `json:"why"`                    // why that one, in words
	State   printer.State `json:"state,omitzero"`         // as it answered; the zero State was not asked
	Problem string        `json:"problem,omitempty"`      // why it couldn't be opened
}

// Finding says what Find may do.
type Finding struct {
	// ask what hangs on serial lines: it may be a scale or a modem, which takes the question for data
	Serial   bool
	Networks []netip.Prefix // ask every address of these for a printer; none: the network is left alone
}

// Find lists what is there on every line: USB printers, network printers where asked for, and serial lines. USB and
// network printers are opened and asked who they are, except those that must not be (port.Unasked); nothing is printed.
// A printer that gallad has is busy, and says so.
func Find(ctx context.Context, f Finding) []Candidate {
	out := []Candidate{}
	for _, l := range append(port.List("/"), port.Neighbours(ctx, f.Networks)...) {
		c := candidate(l)
		switch {
		case l.Unasked():
			c.Profile, c.Why = "silent80", "it must not be asked how it is"
		case l.Means != port.Serial || f.Serial:
			c.ask(ctx)
		}
		out = append(out, c)
	}
	return out
}

// candidate is what is known before anything is asked.
func candidate(l port.Found) Candidate {
	c := Candidate{Port: l.Port, Means: l.Means, Device: l.Device, Calls: l.Name()}
	c.Profile, c.Why = Propose(c.Calls)
	return c
}

// ask opens the line and finds out who is there.
func (c *Candidate) ask(ctx context.Context) {
	p, err := printer.ProfileByName(c.Profile)
	if err != nil {
		return // Propose names what there is
	}
	within, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c.State, err = printer.Probe(within, c.Port, p)
	if e, ok := errors.AsType[*port.Error](err); ok && e.Kind == port.KindBusy {
		c.Problem = "another program has it now, gallad most likely"
	} else if err != nil {
		c.Problem = err.Error()
	}
	if c.State.Model != "" {
		c.Calls = c.State.Model
		c.Profile, c.Why = Propose(c.Calls)
	}
}

// proposals are read from the top: the first whose words are all in a printer's own name is it.
var proposals = []struct {
	words   *regexp.Regexp
	profile string
	why     string
}{
	{regexp.MustCompile(`(?i)sam4s|ellix`), "silent80", "it must not be asked how it is"},
	{regexp.MustCompile(`(?i)TM-T88 ?II{1,2}\b|TM-T88[23]\b`), "epson-old", "an older Epson has no native QR"},
	{regexp.MustCompile(`(?i)TM-(T20|T82II|T82X|T81III|T83III|T88(IV|V)|T70|m30|m50)`), "epson80",
		"its model has a native QR and says when a slip is on paper"},
	{regexp.MustCompile(`(?i)TM-T8[12]\b`), "tvs80", "an Epson of which some have no native QR"},
	{regexp.MustCompile(`(?i)\bTM-T|\bEPSON\b`), "tvs80", "an Epson whose model isn't known here"},
	{regexp.MustCompile(`(?i)\bTVS\b|RP[- ]?3[12]\d0`), "tvs80", "a TVS"},
	{regexp.MustCompile(`(?i)\bCSN-?A[1245]\b`), "csn-a2", "its model"},
	{regexp.MustCompile(`(?i)\bQR203\b`), "qr203", "its model"},
	{regexp.MustCompile(`(?i)\bQR(204|701)\b`), "qr204", "its model"},
	{regexp.MustCompile(`(?i)(^|[^0-9])80(mm|[^0-9]|$)|80\d{3}|GP-?80|POS-?80|XP-?80|[ -]T?80`), "generic80",
		"its name has an 80 in it"},
	{regexp.MustCompile(`(?i)58`), "generic58", "its name has a 58 in it"},
}

// Propose names the profile for a printer by what it calls itself, and says why. generic58 is right for every ESC/POS
// printer, in part of the width of an 80 mm one.
func Propose(calls string) (profile, why string) {
	for _, p := range proposals {
		if p.words.MatchString(calls) {
			return p.profile, p.why
		}
	}
	return "generic58", "it fits every printer; on 80 mm paper choose generic80"
}
