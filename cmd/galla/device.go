package main

import (
	"fmt"
	"strings"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// deviceCommand is about phones, PCs and software that may call over the network.
type deviceCommand struct {
	Pair   devicePairCommand   `cmd:"" help:"Get a code that pairs a new device."`
	List   deviceListCommand   `cmd:"" help:"List the paired devices, and those that wait to be let in."`
	LetIn  deviceLetInCommand  `cmd:"" name:"let-in" help:"Let a device in that has used a code."`
	Revoke deviceRevokeCommand `cmd:"" help:"End a device's pairing, at once."`
}

type devicePairCommand struct {
	Service string `help:"${device_service}" enum:"cashier,manager," default:"" placeholder:"ROLE"`
	LetIn   bool   `help:"Let in whoever uses the code, without waiting (root)."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *devicePairCommand) Run(s *session) error {
	p, err := s.till.OfferPairing(s, client.Key(), wire.OfferPairing{Service: c.Service, LetIn: c.LetIn})
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(p)
	}
	fmt.Fprintf(s.out, "pairing code  %s\nvalid until   %s, for one device\n", p.Code, textview.ClockIST(p.Until))
	if p.Address != "" {
		fmt.Fprintf(s.out, "console       %s\n", p.Address)
	}
	if p.Link != "" {
		fmt.Fprintln(s.out, "              or scan the QR on the customer's screen with the new phone")
	}
	if !c.LetIn {
		fmt.Fprintln(s.out, "then          galla device list, galla device let-in ID: until then it can do nothing")
	}
	if p.Refunds {
		fmt.Fprintln(s.out, "REFUNDS       this software will send money back without anybody's PIN")
	}
	if p.Fingerprint != "" {
		fmt.Fprintf(s.out, "fingerprint   %s\n  (compare it with the certificate the browser shows)\n", p.Fingerprint)
	}
	return nil
}

type deviceListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *deviceListCommand) Run(s *session) error {
	d, err := s.till.Devices(s)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(d)
	}

	return table(s, false, d.Devices, "no devices are paired", "ID\tNAME\tPERSON\tPAIRED (IST)\tLAST SEEN (IST)",
		func(x wire.Device) string {
			who := x.Person
			if x.Service != "" {
				who = "service, " + x.Service
			}
			if x.Refunds {
				who += ", REFUNDS WITHOUT A PIN"
			}
			if x.Waiting {
				who = strings.TrimPrefix(who+", waits to be let in: it says "+x.Check, ", ")
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", x.ID, x.Name, who, textview.Clock(x.PairedAt),
				textview.Clock(x.SeenAt))
		})
}

type deviceLetInCommand struct {
	ID string `arg:"" help:"Its id, from galla device list: look that the four digits there are those it shows."`
}

// Run implements the command.
func (c *deviceLetInCommand) Run(s *session) error {
	if err := s.till.LetIn(s, client.Key(), c.ID, wire.Acting{}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "device %s is let in\n", c.ID)
	return nil
}

type deviceRevokeCommand struct {
	ID string `arg:"" help:"Its id, from galla device list."`
}

// Run implements the command.
func (c *deviceRevokeCommand) Run(s *session) error {
	if err := s.till.Revoke(s, client.Key(), c.ID, wire.Acting{}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "device %s may not call any more\n", c.ID)
	return nil
}
