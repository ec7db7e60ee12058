package textview

import (
	"fmt"
	"io"
	"strings"

	"galla/internal/counter/wire"
)

// Examination says what was found at a gateway.
func Examination(out io.Writer, e wire.Examination) {
	verdict := "all is well"
	if !e.OK {
		verdict = "sales suffer"
	}
	fmt.Fprintf(out, "%s: %s\n", e.Gateway, verdict)
	for _, f := range e.Findings {
		fmt.Fprintf(out, "  %-4s  %-8s  %s\n", strings.Replace(f.Level, "bad", "BAD", 1), f.Check, f.Says)
		if f.Next != "" {
			fmt.Fprintf(out, "%18snext: %s\n", "", f.Next)
		}
	}
}
