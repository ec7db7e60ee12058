package office

import (
	"testing"
	"time"

	"galla/internal/day"
)

// TestHour: a payment stands in the hour of its capture, and what lies outside of its day's date at the nearer end.
func TestHour(t *testing.T) {
	for text, want := range map[string]int{
		"2026-11-29T23:59:59+05:30": 0,
		"2026-11-30T00:00:00+05:30": 0,
		"2026-11-30T14:59:59+05:30": 14,
		"2026-11-30T15:00:00+05:30": 15,
		"2026-11-30T09:30:00Z":      15,
		"2026-12-01T03:00:00+05:30": 23, // of a bar, or late
	} {
		at, err := time.ParseInLocation(time.RFC3339, text, day.IST)
		if err != nil {
			t.Fatal(err)
		}
		if got := hour(Payment{Day: "2026-11-30", CapturedAt: at}); got != want {
			t.Errorf("%s is in hour %d, not %d", text, got, want)
		}
	}
	if got := hour(Payment{Day: "yesterday", CapturedAt: time.Now()}); got != 0 {
		t.Errorf("of a day that is none: %d", got)
	}
}
