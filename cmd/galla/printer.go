package main

import (
	"fmt"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/printer"
)

// printerCommand is about the thermal printer itself.
type printerCommand struct {
	Status   printerStatusCommand   `cmd:"" help:"Say how it is, and what to do."`
	Test     printerTestCommand     `cmd:"" help:"Print a slip that shows what it can do and names what was found out about it."`
	Probe    printerProbeCommand    `cmd:"" help:"Find out what hangs on a port, at every speed, printing nothing. Needs no gallad, and that none owns the port."`
	Profiles printerProfilesCommand `cmd:"" help:"List the kinds of printers for [printer] profile in gallad.toml. Needs no gallad."`
}

type printerStatusCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. A printer that can't print ends with exit code 75.
func (c *printerStatusCommand) Run(s *session) error {
	p, err := s.till.Printer(s)
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, p, s.printPrinter); err != nil {
		return err
	}
	switch printer.Condition(p.Condition) {
	case printer.ConditionReady, printer.ConditionUnknown, printer.ConditionPrinting:
		return nil
	}
	return outcome(exitTryLater)
}

func (s *session) printPrinter(p wire.Printer) {
	title := "ready"
	switch printer.Condition(p.Condition) {
	case printer.ConditionReady:
	case printer.ConditionUnknown:
		title = "ready as far as can be known: it says nothing about itself"
	case printer.ConditionPrinting:
		title = "printing"
	default:
		title = "not ready"
	}
	fmt.Fprintln(s.out, title)
	if p.Detail != "" {
		fmt.Fprintln(s.out, p.Detail)
	}
	t := s.columns()
	row(t, "since", clockIST(p.Since))
	row(t, "profile", p.Profile)
	row(t, "port", p.Port)
	row(t, "device", p.Device)
	row(t, "model", p.Model)
	confirms := "no: a slip counts as sent, not as printed"
	if p.Answers {
		confirms = "yes"
	}
	row(t, "answers", confirms)
	t.Flush()
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
			fmt.Fprintln(s.out, "  look: the ruler fills one line, the bar reaches both edges, the QR scans; if not, see galla printer profiles")
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
	Port    string `arg:"" help:"/dev/serial/by-id/… or /dev/ttyUSB0."`
	Profile string `help:"What it is thought to be." default:"generic58" placeholder:"NAME"`
}

// Run implements the command. A port that can't be opened, or a printer that can't print, ends with exit code 75.
func (c *printerProbeCommand) Run(s *session) error {
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
	switch found.Condition {
	case printer.ConditionReady, printer.ConditionUnknown:
		return nil
	}
	return outcome(exitTryLater)
}

type printerProfilesCommand struct{}

// Run implements the command.
func (printerProfilesCommand) Run(s *session) error {
	t := s.columns()
	fmt.Fprintln(t, "profile\tdots\tcolumns\tbaud\tQR\tcut\tconfirms\trupee")
	for _, p := range printer.Profiles() {
		confirms := "no"
		if p.Ack != "none" {
			confirms = "yes"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", p.Name, p.Dots, p.Columns(), p.Baud, p.QR, p.Cut, confirms, p.Rupee)
	}
	t.Flush()
	fmt.Fprintln(s.out)
	for _, p := range printer.Profiles() {
		fmt.Fprintf(s.out, "%s: %s.\n", p.Name, p.About)
	}
	fmt.Fprintln(s.out, "\nWhen in doubt: generic58. Single values can be replaced in gallad.toml: custom = { baud = 19200, font = \"b\" }.")
	return nil
}
