package day

import (
	"testing"
	"time"
)

func TestBusiness(t *testing.T) {
	for _, c := range []struct {
		at   string // UTC
		cut  time.Duration
		want string
	}{
		{"2026-11-28T18:29:59Z", 0, "2026-11-28"}, // 23:59:59 IST
		{"2026-11-28T18:30:00Z", 0, "2026-11-29"}, // midnight IST
		{"2026-11-28T22:29:59Z", 4 * time.Hour, "2026-11-28"},
		{"2026-11-28T22:30:00Z", 4 * time.Hour, "2026-11-29"},
		{"2024-02-28T18:30:00Z", 0, "2024-02-29"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		got := Business(at, c.cut)
		if got != c.want {
			t.Errorf("Business(%s, %s) = %s, want %s", c.at, c.cut, got, c.want)
		}

		start, err := Start(got, c.cut)
		if err != nil || at.Before(start) || !at.Before(start.AddDate(0, 0, 1)) {
			t.Errorf("Start(%s) = %s, %v: %s is not within that day", got, start, err, c.at)
		}
	}
	if _, err := Start("2026-02-30", 0); err == nil {
		t.Error("30 February is a day")
	}
}

// The fixed zone agrees with the time zone database, which the box doesn't carry.
func TestISTIsAsiaKolkata(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	for y := 1950; y < 2060; y++ {
		at := time.Date(y, time.Month(y%12+1), 1, 0, 0, 0, 0, time.UTC)
		if a, b := at.In(IST).Format(time.DateTime), at.In(kolkata).Format(time.DateTime); a != b {
			t.Errorf("%s: %s here, %s in Asia/Kolkata", at, a, b)
		}
	}
}
