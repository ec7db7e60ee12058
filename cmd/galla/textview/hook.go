package textview

import (
	"fmt"
	"io"

	"galla/internal/counter/wire"
)

// Hooks shows how the webhooks stand.
func Hooks(w io.Writer, list wire.Hooks) {
	if len(list.Hooks) == 0 {
		fmt.Fprintln(w, "no webhook is set up: [[hook]] in gallad.toml has its address")
	}
	for _, h := range list.Hooks {
		fmt.Fprintf(w, "%s, at %s\n", h.Name, h.Host)
		if h.FailingSince.IsZero() {
			fmt.Fprintf(w, "  told everything up to event %d", h.Seq)
			if h.Behind > 0 {
				fmt.Fprintf(w, "; %d are under way", h.Behind)
			}
			fmt.Fprintln(w)
			continue
		}
		fmt.Fprintf(w, "  takes nothing since %s: %s\n", ClockIST(h.FailingSince), h.Problem)
		fmt.Fprintf(w, "  told up to event %d; %d wait\n", h.Seq, h.Behind)
		fmt.Fprintf(w, "  tried %d times, and again by itself at %s\n", h.Tries, ClockIST(h.NextTryAt))
	}
}
