package textview

import (
	"fmt"
	"io"
	"time"

	"galla/internal/counter/wire"
)

// Health says how the till is.
func Health(out io.Writer, h wire.Health) {
	if h.Ready {
		fmt.Fprintln(out, "ready: sales are taken")
	} else {
		fmt.Fprintln(out, "out of service:", h.Problem)
	}
	fmt.Fprintf(out, "  gallad %s, event %d, %d open, %d need a decision\n", h.Version, h.Seq, h.Open, h.Attention)
	for _, g := range h.Gateways {
		if g.OK {
			fmt.Fprintf(out, "  gateway %s: answers\n", g.Name)
		} else {
			fmt.Fprintf(out, "  gateway %s: %s\n", g.Name, g.Problem)
		}
	}
	fmt.Fprintf(out, "  last hour: %s\n", UPIHealth(h.UPIHealth))
	fmt.Fprintf(out, "  printer: %s\n  customer's screen: %s\n", h.Printer, h.Display)
}

// UPIHealth says how UPI has worked at this counter in the last hour.
func UPIHealth(w wire.UPIHealth) string {
	verdict := map[string]string{
		wire.UPIGood:  "UPI works",
		wire.UPISlow:  "UPI is slow now, offer cash too",
		wire.UPIBad:   "UPI fails often now or no gateway answers, offer cash",
		wire.UPIQuiet: "no sales to go by",
	}[w.Level]
	if verdict == "" { // of a newer gallad
		verdict = w.Level
	}
	if w.Ended > 0 {
		verdict += fmt.Sprintf("; %d of %d sales were paid", w.Paid, w.Ended)
	}
	if w.Paid > 0 {
		half := (time.Duration(w.TimeToPaid) * time.Millisecond).Round(100 * time.Millisecond)
		verdict += fmt.Sprintf(", half of them within %v", half)
	}
	return verdict
}
