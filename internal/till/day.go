package till

import "time"

// ist is India Standard Time. India has had no daylight saving since 1945, so a fixed zone is right and needs no tzdata.
var ist = time.FixedZone("IST", 5*3600+1800)

// businessDay is the shop's day, "2026-11-22": midnight to midnight in IST, moved by cut (a bar closes its day at 04:00).
func businessDay(at time.Time, cut time.Duration) string {
	return at.In(ist).Add(-cut).Format(time.DateOnly)
}
