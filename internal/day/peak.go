package day

import "time"

// peaks are the hours in which banks and payment companies hold back calls that no customer waits for: NPCI OC 215 and
// 215A, due 31 July 2025 (10:00 to 13:00 and 17:00 to 21:30, IST). They bind the companies, and a shop's looks end up
// at the same banks.
var peaks = [][2]time.Duration{{10 * time.Hour, 13 * time.Hour}, {17 * time.Hour, 21*time.Hour + 30*time.Minute}}

// OffPeak is t, or the end of the peak hours that it lies in.
func OffPeak(t time.Time) time.Time {
	in := t.In(IST)
	midnight := time.Date(in.Year(), in.Month(), in.Day(), 0, 0, 0, 0, IST)
	for _, p := range peaks {
		if since := t.Sub(midnight); since >= p[0] && since < p[1] {
			return midnight.Add(p[1])
		}
	}
	return t
}
