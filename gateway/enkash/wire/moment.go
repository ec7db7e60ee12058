package wire

import (
	"time"

	"galla/gateway"
	"galla/internal/day"
)

// Moment reads a date-time that can be; EnKash's samples have an offset, its Java heart sometimes leaves it out and
// means India.
func Moment(s string) time.Time {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return gateway.Instant(t.UTC())
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.ParseInLocation(layout, s, day.IST); err == nil {
			return gateway.Instant(t.UTC())
		}
	}
	return time.Time{}
}

// Instant writes a moment as EnKash's samples do.
func Instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
