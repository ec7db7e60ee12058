package main

import (
	"fmt"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/printer"
	"galla/printer/discovery"
	"galla/printer/port"
)

// printerCommand is about the thermal printer itself.
type printerCommand struct {
	Status   printerStatusCommand   `cmd:"" help:"Say how it is, and what to do."`
	Test     printerTestCommand     `cmd:"" help:"${printer_test}"`
	Find     printerFindCommand     `cmd:"" help:"${printer_find}"`
	Probe    printerProbeCommand    `cmd:"" help:"${printer_probe}"`
	Profiles printerProfilesCommand `cmd:"" help:"${printer_profiles}"`
}

type printerStatusCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. Its exit codes are those of conditionCode.
func (c *printerStatusCommand) Run(s *session) error {
	p, err := s.till.Printer(s)
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, p, func(p wire.Printer) { textview.Printer(s.out, p) }); err != nil {
		return err
	}
	return conditionCode(printer.Condition(p.Condition))
}

// conditionCode ends a command as the printer is: nil when it prints, or does so as far as can be known; 2 when it
// should answer and never has; 75 when somebody has to do something at it; 78 when its answers are garbled, for its
// speed is set wrongly and no waiting mends that.
func conditionCode(c printer.Condition) error {
	switch c {
	case printer.ConditionReady, printer.ConditionUnknown, printer.ConditionPrinting:
		return nil
	case printer.ConditionMute:
		return outcome(exitUnknown)
	case printer.ConditionGarbled:
		return outcome(exitSetUp)
	}
	return outcome(exitTryLater)
}

type printerTestCommand struct {
	JSON bool `name:"json" help:"Print how it ended as JSON."`
}

// Run implements the command.
func (c *printerTestCommand) Run(s *session) error {
	end, err := s.till.TestPrinter(s, client.Key())
	if err != nil {
		return err
	}
	if c.JSON {
		s.printJSON(end)
	} else {
		fmt.Fprintf(s.out, "%s: %s\n", end.Status, end.Detail)
		if paperCode(end) == exitDone {
			fmt.Fprintln(s.out, "  look: the ruler fills one line, the bar reaches both edges, the QR scans; if "+
				"not, see galla printer profiles")
		}
	}
	return onPaper(end)
}

// paperCode is the exit code of a slip.
func paperCode(end wire.Printed) int {
	switch printer.Status(end.Status) {
	case printer.StatusPrinted, printer.StatusSent:
		return exitDone
	case printer.StatusFailed:
		return exitTryLater
	}
	return exitUnknown
}

// onPaper ends a command as its slip ended.
func onPaper(end wire.Printed) error {
	if code := paperCode(end); code != exitDone {
		return outcome(code)
	}
	return nil
}

type printerProbeCommand struct {
	Port    string `arg:"" help:"As in gallad.toml: /dev/serial/by-id/…, usb:VID:PID, usb:/dev/usb/lp0 or tcp:ADDRESS."`
	Profile string `help:"What it is thought to be." default:"generic58" placeholder:"NAME"`
}

// Run implements the command. A port that can't be opened ends with exit code 75, else its codes are those of
// conditionCode.
func (c *printerProbeCommand) Run(s *session) error {
	if _, err := port.Parse(c.Port); err != nil {
		return &usageError{why: err.Error(), next: "See galla printer find."}
	}
	p, err := printer.ProfileByName(c.Profile)
	if err != nil {
		return &usageError{why: err.Error(), next: "See galla printer profiles."}
	}
	found, err := printer.Probe(s, c.Port, p)
	if s.Err() != nil {
		return s.Err()
	}
	if err != nil {
		fmt.Fprintf(s.err, "galla: nothing could be found out: %v\n", err)
		return outcome(exitTryLater)
	}
	for _, line := range found.Found() {
		fmt.Fprintln(s.out, line)
	}
	return conditionCode(found.Condition)
}

type printerFindCommand struct {
	Serial  bool `help:"Also ask what hangs on serial lines. What is no printer may take the question for data."`
	Network bool `help:"${printer_network}"`
	JSON    bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. Nothing found ends with exit code 1.
func (c *printerFindCommand) Run(s *session) error {
	what := discovery.Finding{Serial: c.Serial}
	if c.Network {
		what.Networks = port.Networks()
	}
	found := discovery.Find(s, what)
	if s.Err() != nil {
		return s.Err()
	}
	if len(found) == 0 && !c.JSON {
		fmt.Fprintln(s.out, nothingFound(c.Network))
		return outcome(exitNotPaid)
	}
	if err := show(s, c.JSON, found, s.printFound); err != nil {
		return err
	}
	if len(found) == 0 {
		return outcome(exitNotPaid)
	}
	return nil
}

// nothingFound is what is left to do. Who has asked the network already isn't told to ask it.
func nothingFound(network bool) string {
	if network {
		return "No printer was found. Plug it in and switch it on; the self-test slip of a network printer names " +
			"its address: write tcp:ADDRESS."
	}
	return "No printer was found. Plug it in and switch it on; for a network printer add --network."
}

func (s *session) printFound(found []discovery.Candidate) {
	for _, c := range found {
		fmt.Fprintf(s.out, "port = %q\n", c.Port)
		fmt.Fprintf(s.out, "profile = %q\n", c.Profile)
		t := s.columns()
		textview.Row(t, "  calls itself", c.Calls)
		textview.Row(t, "  at", c.Device)
		textview.Row(t, "  this profile because", c.Why)
		textview.Row(t, "  can't be asked", c.Problem)
		if c.State.Condition != "" {
			textview.Row(t, "  it is", string(c.State.Condition))
			textview.Row(t, "  says", c.State.Detail)
		}
		t.Flush()
		fmt.Fprintln(s.out)
	}
	fmt.Fprintln(s.out, "Write the two lines of yours under [printer] in gallad.toml, or choose it in galla setup.")
}

type printerProfilesCommand struct{}

// Run implements the command.
func (printerProfilesCommand) Run(s *session) error {
	t := s.columns()
	fmt.Fprintln(t, "profile\tdots\tcolumns\tbaud\tQR\tcut\tconfirms\trupee")
	for _, p := range printer.Profiles() {
		confirms := map[string]string{printer.ConfirmsNone: "no", printer.AckAuto: "found out"}[p.Ack]
		if confirms == "" {
			confirms = "yes"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", p.Name, p.Dots, p.Columns(), p.Baud, p.QR,
			p.Cut, confirms, p.Rupee)
	}
	t.Flush()
	fmt.Fprintln(s.out)
	for _, p := range printer.Profiles() {
		fmt.Fprintf(s.out, "%s: %s.\n", p.Name, p.About)
	}
	fmt.Fprintln(s.out, "\nWhen in doubt: generic58. Single values can be replaced in gallad.toml: custom = { baud "+
		"= 19200, font = \"b\" }.")
	return nil
}
