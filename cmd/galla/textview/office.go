package textview

import (
	"fmt"
	"io"

	"galla/internal/counter/wire"
)

// Office shows how the box stands to its head office.
func Office(w io.Writer, o wire.Office) {
	if !o.Joined {
		fmt.Fprintln(w, "this box reports to no head office")
		return
	}
	if o.Office != "" {
		fmt.Fprintf(w, "%s, at %s: %s, %s\n", o.Office, o.Address, o.Shop, o.Counter)
		fmt.Fprintf(w, "  joined %s by %s, as terminal %s\n", ClockIST(o.JoinedAt), o.JoinedBy, o.Terminal)
	}
	switch {
	case !o.HeardAt.IsZero() && o.Behind == 0:
		fmt.Fprintf(w, "  has everything, up to event %d, as of %s\n", o.Seq, ClockIST(o.HeardAt))
	case !o.HeardAt.IsZero():
		as := ClockIST(o.HeardAt)
		fmt.Fprintf(w, "  has everything up to event %d, as of %s; %d still to follow\n", o.Seq, as, o.Behind)
	default:
		fmt.Fprintln(w, "  has said nothing since gallad started")
	}
	if o.Problem != "" {
		fmt.Fprintf(w, "  takes nothing since %s: %s\n", ClockIST(o.AwaySince), o.Problem)
	}
	if !o.NextTryAt.IsZero() {
		fmt.Fprintf(w, "  tried again by itself at %s\n", ClockIST(o.NextTryAt))
	}
}
