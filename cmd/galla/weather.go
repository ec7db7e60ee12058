package main

import (
	"fmt"
	"time"

	"galla/internal/counter/wire"
)

// weather says how UPI has worked at this counter in the last hour.
func weather(w wire.Weather) string {
	verdict := map[string]string{"good": "UPI works", "slow": "UPI is slow now, offer cash too", "bad": "UPI fails often now or no gateway answers, offer cash",
		"quiet": "no sales to go by"}[w.Level]
	if verdict == "" { // of a newer gallad
		verdict = w.Level
	}
	if w.Ended > 0 {
		verdict += fmt.Sprintf("; %d of %d sales were paid", w.Paid, w.Ended)
	}
	if w.Paid > 0 {
		verdict += fmt.Sprintf(", half of them within %v", (time.Duration(w.TimeToPaid) * time.Millisecond).Round(100*time.Millisecond))
	}
	return verdict
}

// warn says before the customer is asked that UPI does not work well now. Not to know it keeps nobody from selling.
func warn(s *session) {
	h, err := s.till.Health(s)
	if err == nil && (h.Weather.Level == "slow" || h.Weather.Level == "bad") {
		fmt.Fprintf(s.err, "galla: %s\n", weather(h.Weather))
	}
}
