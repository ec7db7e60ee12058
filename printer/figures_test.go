package printer

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"

	"galla/printer/port"
)

// TestFigures prints bytes, seconds and millimetres per document, profile and line: with -v a table. Bytes and
// millimetres are exact; seconds are the least there can be, of the line and of the head, whichever is slower.
func TestFigures(t *testing.T) {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	if testing.Verbose() {
		fmt.Fprintln(out, "profile\tdocument\tlanguage\tbytes\tmm\tserial s\tUSB s\tTCP s\t")
		defer out.Flush()
	}
	for _, p := range Profiles() {
		for _, lang := range []string{"en", "hi"} {
			all := documents(t, lang)
			names := []string{"slip", "receipt", "x", "fullreport", "reconciliation", "selftest"}
			for _, name := range names {
				var seconds [3]float64
				var j Job
				for i, link := range everyLine {
					p.Link = link
					over := render(t, all[name], p)
					seconds[i] = over.Limit(p).Seconds()
					if link == port.Serial {
						j = over
					}
				}
				p.Link = port.Serial
				if slices.Max(seconds[:]) > 90 || j.Dots() > 2400 {
					t.Errorf("%s on %s in %s: %v s, %d dots", name, p.Name, lang, seconds, j.Dots())
				}
				if testing.Verbose() {
					fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%.0f\t%.1f\t%.1f\t%.1f\t\n",
						p.Name, name, lang, j.Len(), float64(j.Dots())/8, seconds[0], seconds[1], seconds[2])
				}
			}
		}
	}
}
