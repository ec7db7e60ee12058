package counter

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

// TestPicture: a day's sales by hour, by their time to paid and by their end, beside the days before it.
func TestPicture(t *testing.T) {
	b := newBench(t)
	b.day(t) // two days before the last
	past := b.clock
	b.clock = func() time.Time { return past().Add(24 * time.Hour) }
	b.till.Now = b.clock
	b.day(t)
	w := b.call(trusted, "GET", "/v1/reports/picture", "")
	var p wire.Picture
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || len(p.Days) != 3 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	day, before, week := p.Days[0], p.Days[1], p.Days[2]
	if day.Day != "2026-11-23" || before.Day != "2026-11-22" || week.Day != "2026-11-16" || day.Which != "day" ||
		before.Which != "before" ||
		week.Which != "week" {
		t.Errorf("the days are %+v", p)
	}
	// The first day: 1 paid, 2 cancelled (and paid late), 3 paid twice, 4 paid under, 5 other tender, 6 open.
	if before.Sales.Count != 6 || before.Paid.Count != 3 || before.Paid.Paise != 37000 || len(before.Hours) != 1 ||
		before.Hours[0].Hour != 10 ||
		before.Hours[0].Paise != 37000 {
		t.Errorf("the day before is %+v", before)
	}
	want := []wire.End{
		{What: "paid", Count: 3},
		{What: "other_tender", Count: 1},
		{What: "expired"},
		{What: "cancelled", Count: 1},
		{What: "failed"},
		{What: "open", Count: 1},
	}
	if !slices.Equal(before.Ends, want) {
		t.Errorf("ends: %+v", before.Ends)
	}
	paid := 0
	for _, x := range before.Waits {
		paid += x.Count
	}
	if len(before.Waits) != 7 || paid != 3 || before.Waits[6].Upto != 0 || before.TimeToPaid == nil {
		t.Errorf("waits: %+v", before)
	}
	if week.Sales.Count != 0 || week.TimeToPaid != nil || len(week.Ends) != 6 || week.Hours == nil {
		t.Errorf("an empty day: %+v", week)
	}
	// What was paid by this time of the day, on each of them; a day that is over has none.
	if day.SoFar == nil || before.SoFar == nil || week.SoFar == nil || *day.SoFar != day.Paid || week.SoFar.Count != 0 {
		t.Errorf("so far: %+v, %+v, %+v", day.SoFar, before.SoFar, week.SoFar)
	}
	first := b.clock
	b.clock = func() time.Time { return first().Truncate(24 * time.Hour) } // 05:30, before the shop opens
	b.restart(t)
	p = wire.Picture{}
	if w := b.call(trusted, "GET", "/v1/reports/picture", ""); json.Unmarshal(w.Body.Bytes(), &p) != nil ||
		*p.Days[1].SoFar != (wire.Line{}) || p.Days[1].Paid.Paise != 37000 {
		t.Errorf("before the shop opens: %s", w.Body)
	}
	p = wire.Picture{}
	if w := b.call(
		trusted,
		"GET",
		"/v1/reports/picture?day=2026-11-22",
		"",
	); json.Unmarshal(w.Body.Bytes(), &p) != nil ||
		p.Days[0].SoFar != nil {
		t.Errorf("a day that is over: %s", w.Body)
	}

	svg := b.call(trusted, "GET", "/v1/reports/picture.svg?day=2026-11-22", "")
	if svg.Code != 200 || svg.Header().Get("Content-Type") != "image/svg+xml" ||
		!strings.Contains(svg.Body.String(), "Sun 22 Nov") ||
		!strings.Contains(svg.Header().Get("Content-Security-Policy"), "style-src 'sha256-") {
		t.Errorf("%d %v %s", svg.Code, svg.Header(), svg.Body)
	}
	for _, path := range []string{"/v1/reports/picture?day=x", "/v1/reports/picture.svg?day=22.11.2026",
		"/v1/reports/picture?days=1"} {
		if w := b.call(trusted, "GET", path, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
