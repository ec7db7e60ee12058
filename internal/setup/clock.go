package setup

import (
	"fmt"
	"time"
)

// CheckTime refuses what can't be now: a phone's clock may be wrong too.
func CheckTime(at time.Time) error {
	if y := at.Year(); y < 2025 || y > 2099 {
		return fmt.Errorf("the year %d is not now", y)
	}
	return nil
}
