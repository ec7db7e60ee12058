package wire

import "testing"

func TestMoment(t *testing.T) {
	for in, want := range map[string]string{
		"2026-03-17T10:00:00Z": "2026-03-17T10:00:00Z", "2026-03-17T10:00:00.000+00:00": "2026-03-17T10:00:00Z",
		"2026-03-17T10:00:00+05:30": "2026-03-17T04:30:00Z",
		"2026-03-17T10:00:00":       "2026-03-17T04:30:00Z", "2026-03-17 10:00:00": "2026-03-17T04:30:00Z",
		"": "0001-01-01T00:00:00Z", "yesterday": "0001-01-01T00:00:00Z",
	} {
		if got := Moment(in).Format("2006-01-02T15:04:05Z07:00"); got != want {
			t.Errorf("Moment(%q) = %s, want %s", in, got, want)
		}
	}
}
