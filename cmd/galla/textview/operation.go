package textview

import (
	"fmt"
	"io"
	"strings"

	"galla/internal/counter/wire"
	"galla/state"
)

// Operation prints how an operation stands.
func Operation(out io.Writer, o wire.Operation) {
	fmt.Fprintf(out, "%s  %s  at %s: %s\n%s\n", o.ID, strings.TrimSpace(o.Kind+" "+o.Target),
		o.Gateway, o.Status, o.Message)
	t := Columns(out)
	Row(t, "reference", o.Reference)
	Row(t, "asked", ClockIST(o.AskedAt)+By(o.By))
	Row(t, "approved by", o.Approver)
	if o.Debit != nil {
		Row(t, "debit", o.Debit.AmountPaise.String()+" on "+o.Debit.Day)
	}
	if o.QR != nil {
		QRRows(t, *o.QR)
	}
	if o.Mandate != nil {
		MandateRows(t, *o.Mandate)
	}
	if o.Recording != nil {
		for _, step := range o.Recording.Steps {
			Row(t, "step", step)
		}
	}
	if o.Status != state.OperationDone {
		Row(t, "for the operator", o.Problem)
	}
	t.Flush()
}
