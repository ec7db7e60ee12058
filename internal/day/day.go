package day

import "time"

// IST is India Standard Time, UTC+5:30. India has had no daylight saving since 1945, so a fixed zone is right and a box
// needs no time zone files.
var IST = time.FixedZone("IST", 5*3600+1800)

// Business is the business day of an instant, "2026-11-22": midnight to midnight in IST, moved by cut. With a cut of 4h
// a bar's 03:59 still belongs to the day before.
func Business(at time.Time, cut time.Duration) string {
	return at.In(IST).Add(-cut).Format(time.DateOnly)
}

// Start is the instant at which a business day begins. Its error quotes a day that is none.
func Start(business string, cut time.Duration) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, business, IST)
	return at.Add(cut), err
}
