package textview

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"galla/internal/counter/wire"
)

// Reconciliation shows a comparison as its slip would.
func Reconciliation(w io.Writer, r wire.Reconciliation) {
	fmt.Fprintf(w, "business day %s, %s to %s, gateways asked %s\n", r.Day, Clock(r.From), Clock(r.To), ClockIST(r.At))
	for _, g := range r.Gateways {
		how := "by its own list"
		if g.How == "orders" {
			how = "order by order"
		}
		fmt.Fprintf(w, "\n%s, %s\n", cmp.Or(g.Name, "no gateway"), how)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		line := func(name string, l wire.Line) { fmt.Fprintf(t, "%s\t%d\t%s\t\n", name, l.Count, l.Paise) }
		line("came, by our sales", g.Ours)
		line("came, by the gateway", g.Theirs)
		if g.Unasked.Count > 0 {
			line("not asked", g.Unasked)
		}
		if g.Elsewhere.Count > 0 {
			line("another counter or product", g.Elsewhere)
		}
		line("refunded, by our sales", g.OurRefunds)
		line("refunded, by the gateway", g.TheirRefunds)
		if g.Reversed.Count > 0 {
			line("sent back by others, known here", g.Reversed)
		}
		t.Flush()
		if g.Note != "" {
			fmt.Fprintf(w, "  %s\n", g.Note)
		}
		if g.Problem != "" {
			fmt.Fprintf(w, "  not everything was asked: %s\n", g.Problem)
		}
		for _, d := range g.Differences {
			id := "RRN " + d.RRN
			if d.RRN == "" {
				id = cmp.Or(d.RefundID, d.PaymentID)
			}
			fmt.Fprintf(w, "  ! %s  %s: here %s, gateway %s\n    %s\n",
				id, d.Kind, d.OursPaise, d.TheirsPaise, d.Message)
		}
	}

	if r.Agrees {
		fmt.Fprintln(w, "\nboth agree")
	} else {
		fmt.Fprintln(w, "\nnot shown to agree: see above")
	}
}
