package setup

import (
	"errors"
	"fmt"
	"strings"

	"galla/gateway"
	"galla/printer/port"
)

// Fault is one thing that is wrong with the answers.
type Fault struct {
	// as answers name it: "gstin", "razorpay.key_id", "printer.port"; "gateways" for none at all
	Field string `json:"field"`
	Code  string `json:"code"` // what the setup page has a sentence for
	Says  string `json:"says"` // the same in English, quoting no key
}

// faults collects them.
type faults []Fault

func (f *faults) add(field, code string, err error) {
	if err != nil {
		*f = append(*f, Fault{field, code, err.Error()})
	}
}

// Faults says all that is missing or wrong at once, in the order in which it is asked; nil: nothing is.
func (a *Answers) Faults() []Fault {
	var f faults
	f.add("shop", nameCode(a.Shop), CheckName(a.Shop))
	f.add("gstin", gstinCode(a.GSTIN), CheckGSTIN(a.GSTIN))
	if a.Terminal != "" {
		f.add("terminal", "terminal", CheckTerminal(a.Terminal))
	}
	for _, s := range a.Address {
		f.add("address", "strange", printable(s))
	}
	f.add("phone", "strange", printable(a.Phone))

	if len(a.Gateways) == 0 {
		f.add("gateways", "gateway_none", errors.New("there is no gateway: give one, with its provider and keys"))
	}
	seen := map[string]bool{}
	for _, g := range a.Gateways {
		f = append(f, g.Faults()...)
		if seen[g.Provider] {
			f.add("gateways", "gateway_twice", fmt.Errorf(
				"the gateway %q stands there twice: setup knows one account of each; more go into gallad.toml by hand",
				g.Provider,
			))
		}
		seen[g.Provider] = true
	}

	if a.Printer.Port == "" && (a.Printer.Order || a.Printer.Receipt) {
		f.add("printer.port", "printer_none", errors.New("slips are to be printed, but the printer has no port"))
	}
	if a.Printer.Port != "" {
		_, err := port.Parse(a.Printer.Port)
		f.add("printer.port", "port", err)
	}
	if a.Rotate != 0 && a.Rotate != 90 && a.Rotate != 180 && a.Rotate != 270 {
		f.add("rotate", "rotate",
			fmt.Errorf("the screen can't be turned by %d degrees: give 0, 90, 180 or 270", a.Rotate))
	}
	return f
}

// Faults says what is wrong with an account's address and keys, as far as their form shows it; it quotes no key.
func (g Gateway) Faults() []Fault {
	var f faults
	need := func(name, v string) {
		switch {
		case v == "":
			f.add(g.Provider+"."+name, "key_missing", fmt.Errorf("gateway %s: %s is missing", g.Provider, name))
		case strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }):
			f.add(g.Provider+"."+name, "key_strange", fmt.Errorf(
				"gateway %s: %s has a blank or a strange character in it: copy it again", g.Provider, name))
		}
	}

	keys := map[string][]struct{ name, value string }{
		"enkash":   {{"access_key", g.AccessKey}, {"secret_key", g.SecretKey}},
		"razorpay": {{"key_id", g.KeyID}, {"key_secret", g.KeySecret}},
	}
	wanted, known := keys[g.Provider]
	if !known {
		f.add("gateways", "gateway_unknown",
			fmt.Errorf("the gateway %.20q is not known: give \"enkash\" or \"razorpay\"", g.Provider))
		return f
	}

	f.add(g.Provider+".base_url", "url", CheckAddress(g.BaseURL))
	if g.Keep {
		return f
	}
	for _, k := range wanted {
		need(k.name, k.value)
	}
	return f
}

// CheckAddress checks where a gateway is said to be, or nothing.
func CheckAddress(s string) error {
	if s == "" {
		return nil
	}
	return gateway.CheckBaseURL(s)
}

// printable refuses what neither a screen nor a slip can show.
func printable(s string) error {
	if strings.ContainsFunc(s, control) {
		return fmt.Errorf("%q has a character that can't be printed: type it again", s)
	}
	return nil
}

func nameCode(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "shop_missing"
	case strings.ContainsFunc(s, control):
		return "strange"
	}
	return "shop_long"
}

func gstinCode(s string) string {
	if len(s) != 15 {
		return "gstin_length"
	}
	return "gstin_wrong"
}
