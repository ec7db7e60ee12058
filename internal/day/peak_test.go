package day

import (
	"testing"
	"time"
)

func TestOffPeak(t *testing.T) {
	for at, want := range map[string]string{
		"09:59:59": "09:59:59", "10:00:00": "13:00:00",
		"12:59:59": "13:00:00", "13:00:00": "13:00:00", "16:59:59": "16:59:59",
		"17:00:00": "21:30:00", "21:29:59": "21:30:00",
		"21:30:00": "21:30:00", "00:00:00": "00:00:00", "23:59:59": "23:59:59",
	} {
		moment := func(clock string) time.Time {
			m, err := time.ParseInLocation(time.DateTime, "2026-11-30 "+clock, IST)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		if got := OffPeak(moment(at).UTC()); !got.Equal(moment(want)) {
			t.Errorf("%s becomes %s, want %s", at, got.In(IST).Format(time.TimeOnly), want)
		}
	}
}
