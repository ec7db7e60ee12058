package doctor

import (
	"fmt"
	"io"
	"strings"

	"galla/internal/counter/wire"
)

// Print writes a checkup for people: the root cause and its remedy first, then the chain.
func Print(w io.Writer, up wire.Checkup) {
	fmt.Fprintln(w, up.Says)
	if up.Next != "" {
		fmt.Fprintf(w, "  next: %s\n", up.Next)
	}
	fmt.Fprintln(w)
	for _, c := range up.Checks {
		name := c.Check
		if c.Gateway != "" {
			name += " (" + c.Gateway + ")"
		}
		fmt.Fprintf(w, "  %-4s  %-18s  %s\n", mark(c.Level), name, c.Says)
		if c.Next != "" {
			fmt.Fprintf(w, "%28snext: %s\n", "", c.Next)
		}
	}
}

func mark(level string) string {
	switch level {
	case wire.LevelBad:
		return "BAD"
	case wire.LevelSkipped:
		return "-"
	}
	return strings.ToLower(level)
}
