package textview

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"galla/internal/day"
)

// Columns lines up what is parted by tabs.
func Columns(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// Clock is an instant on India's clock, whatever zone the machine keeps: the API reads --from and --to so too. The
// output around it says once that it is IST.
func Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(day.IST).Format(time.DateTime)
}

// ClockIST is an instant that stands alone.
func ClockIST(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Clock(t) + " IST"
}

// Count says how many of a thing there are: "1 sale", "2 sales".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// By is who did it, where that is known, to stand behind it.
func By(name string) string {
	if name == "" {
		return ""
	}
	return "  by " + name
}
