package interview

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/day"
)

// TestSetClock: network time is switched on again, also where the time could not be set.
func TestSetClock(t *testing.T) {
	at := time.Date(2026, 11, 22, 17, 30, 0, 0, day.IST)
	for _, fails := range []string{"", "set-time", "set-ntp false", "set-ntp true"} {
		var ran []string
		err := setClockBy(at, func(args ...string) error {
			line := strings.Join(args, " ")
			ran = append(ran, line)
			if fails != "" && strings.HasPrefix(line, fails) {
				return errors.New("no")
			}
			return nil
		})
		want := []string{"set-ntp false", "set-time 2026-11-22 12:00:00 UTC", "set-ntp true"}
		if fails == "set-ntp false" { // no network time here
			want = want[:2]
		}
		if !slices.Equal(ran, want) || (err != nil) != (fails != "" && fails != "set-ntp false") {
			t.Errorf("when %q fails: ran %q, %v", fails, ran, err)
		}
	}
}
