package interview

import (
	"cmp"
	"fmt"
	"strings"

	"galla/internal/setup"
)

// Ask asks everything and shows the answers, and puts the sales of a stick on a new box whose owner wants that. They
// count after a yes; a no is ErrLeft.
func Ask(t *Terminal, p setup.Places) (setup.Answers, error) {
	answers, mistake := setup.From(p.Config)
	answers.Rotate = p.Rotation()
	fmt.Fprint(t.out, "Galla setup\n\nSix questions, and a sale over ₹1 to prove the answers. Enter takes what "+
		"stands in [ ]; - takes it away.\n"+
		"Ctrl-C leaves at any moment, and everything stays as it was.\n")
	if mistake != nil {
		fmt.Fprintf(t.out, "\n   ! The settings have a mistake, so what they say is not known here: "+
			"%v\n     Correct that line and begin again; or go on, and answer everything anew. The old file is kept.\n",
			mistake)
		if on, err := t.Yes("Go on without what it says", false); err != nil || !on {
			return answers, cmp.Or(err, ErrLeft)
		}
	}

	for i, part := range []struct {
		title string
		ask   func(*Terminal, *setup.Answers) error
	}{
		{"The shop", askShop},
		{"The clock", askClock}, // before the gateway: no certificate is good by a wrong clock
		{"The payment gateway", func(t *Terminal, x *setup.Answers) error { return askGateways(t, x, p) }},
		{"The printer", askPrinter},
		{"The customer's screen", askScreen},
		{"Phones and computers of the shop", askNetwork},
	} {
		fmt.Fprintf(t.out, "\n%d. %s\n", i+1, part.title)
		if err := part.ask(t, &answers); err != nil {
			return answers, err
		}
	}

	summary(t, answers)
	good, err := t.Yes("Write this to "+p.Config, true)
	if err == nil && !good {
		err = ErrLeft
	}
	if err == nil {
		err = restore(t, p.Config)
	}
	return answers, err
}

func summary(t *Terminal, x setup.Answers) {
	p := func(name, format string, args ...any) {
		fmt.Fprintf(t.out, "   %-9s  %s\n", name, fmt.Sprintf(format, args...))
	}

	fmt.Fprint(t.out, "\nThis is what you said:\n")
	shop := x.Shop
	for _, more := range []string{x.GSTIN, strings.Join(x.Address, ", "), x.Phone} {
		if more != "" {
			shop += "; " + more
		}
	}
	p("shop", "%s", shop)
	p("box", "%s", x.Terminal)

	for _, g := range x.Gateways {
		p("gateway", "%s", g)
	}
	if x.Printer.Port == "" {
		p("printer", "none")
	} else {
		p("printer", "%s as %s", x.Printer.Port, cmp.Or(x.Printer.Profile, "generic58"))
	}
	p("screen", "%s, turned by %d degrees", strings.Join(x.Languages, " and "), x.Rotate)
	if x.Network {
		p("network", "paired devices reach the cashier's page at port 7417")
	}
	if x.Demo {
		p("DEMO", "not real money")
	}
}
