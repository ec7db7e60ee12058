package textview

import (
	"fmt"
	"io"
	"text/tabwriter"

	"galla/internal/counter/wire"
	"galla/printer"
)

// Printer shows how a printer is.
func Printer(w io.Writer, p wire.Printer) {
	title := "ready"
	switch printer.Condition(p.Condition) {
	case printer.ConditionReady:
	case printer.ConditionUnknown:
		title = "ready as far as can be known: this kind says nothing about itself"
	case printer.ConditionMute:
		title = "not known: it should answer, and never has"
	case printer.ConditionGarbled:
		title = "not ready: it answers in noise"
	case printer.ConditionAsleep:
		title = "not ready: it has stopped answering"
	case printer.ConditionPrinting:
		title = "printing"
	default:
		title = "not ready"
	}
	fmt.Fprintln(w, title)
	if p.Detail != "" {
		fmt.Fprintln(w, p.Detail)
	}
	t := Columns(w)
	Row(t, "since", ClockIST(p.Since))
	Row(t, "profile", p.Profile)
	Row(t, "port", p.Port)
	Row(t, "device", p.Device)
	Row(t, "model", p.Model)
	answers := "no"
	if p.Answers {
		answers = "yes"
	}
	Row(t, "answers", answers)
	Row(t, "confirms slips", confirmsInWords(p.Confirms))
	t.Flush()
}

func confirmsInWords(by string) string {
	switch by {
	case printer.ConfirmsGSH:
		return "yes, when they are on paper (GS ( H)"
	case printer.ConfirmsGSR:
		return "yes, by its paper sensor (GS r)"
	}
	return "no: one counts as sent, not as printed"
}

// Row prints one line of what is known of a thing; of what is not known, none.
func Row(t *tabwriter.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(t, "  %s\t%s\n", name, value)
	}
}
