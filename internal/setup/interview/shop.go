package interview

import (
	"cmp"
	"strings"

	"galla/internal/setup"
)

func askShop(t *Terminal, x *setup.Answers) (err error) {
	if x.Shop, err = t.ask("Name of the shop, as customers read it", x.Shop, setup.CheckName); err != nil {
		return err
	}

	x.GSTIN, err = t.ask(
		"GSTIN, or Enter for none",
		x.GSTIN,
		func(s string) error { return setup.CheckGSTIN(strings.ToUpper(s)) },
	)
	x.GSTIN = strings.ToUpper(x.GSTIN)
	if err != nil {
		return err
	}

	x.Terminal, err = t.ask(
		"Name of this box, another than that of any other box of the shop",
		cmp.Or(x.Terminal, setup.SuggestTerminal()),
		setup.CheckTerminal,
	)
	if err != nil {
		return err
	}

	address, err := t.ask("Address on slips, its lines parted by ;", strings.Join(x.Address, "; "), anything)
	if err != nil {
		return err
	}
	x.Address = nil
	for line := range strings.SplitSeq(address, ";") {
		if line = strings.TrimSpace(line); line != "" {
			x.Address = append(x.Address, line)
		}
	}

	x.Phone, err = t.ask("Phone on slips, or Enter for none", x.Phone, anything)
	return err
}

func askNetwork(t *Terminal, x *setup.Answers) (err error) {
	x.Network, err = t.Yes("Serve the cashier's page to paired devices in the shop's network", x.Network)
	return err
}
