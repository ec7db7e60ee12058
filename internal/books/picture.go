package books

import (
	"context"
	"maps"
	"slices"
	"time"

	"galla/internal/day"
	"galla/state"
)

// Picture is a business day beside the day before and the same weekday a week ago, as it is drawn.
type Picture struct {
	Days []PictureDay `json:"days"` // three: the day, the day before, a week before
	Demo bool         `json:"demo,omitempty"`
}

// PictureDay is one of its days: what became of the sales that were opened on it.
type PictureDay struct {
	Day        string     `json:"day"`
	Which      string     `json:"which"` // day, before, week
	Sales      Line       `json:"sales"`
	Paid       Line       `json:"paid"`
	Hours      []HourLine `json:"hours"` // by the hour of IST in which they became paid, only those with some
	Waits      []Wait     `json:"waits"` // how long they took from opening to paid; always the same steps
	Ends       []End      `json:"ends"`  // always all of them
	TimeToPaid *TimeSpan  `json:"time_to_paid_ms,omitempty"`
	// of Paid, what was paid by the time of day that it is now; left out where the day asked for is not today
	SoFar *Line `json:"so_far,omitempty"`
}

// Wait counts paid sales that took no longer than Upto and longer than the step before.
type Wait struct {
	Upto  int64 `json:"upto_ms,omitempty"` // left out: longer than the step before
	Count int   `json:"count"`
}

// End counts sales that ended in one way.
type End struct {
	What  string `json:"what"` // paid, other_tender, expired, cancelled, failed, open
	Count int    `json:"count"`
}

// waitSteps are where the time from opening to paid is cut for the picture. Half of the customers of a counter with a
// good line pay within half a minute.
var waitSteps = []time.Duration{
	10 * time.Second,
	20 * time.Second,
	30 * time.Second,
	time.Minute,
	2 * time.Minute,
	5 * time.Minute,
}

// ends are the ways a sale ends, in the order they are drawn.
var ends = []string{
	string(state.PhasePaid),
	string(state.CloseOtherTender),
	string(state.CloseExpired),
	string(state.CloseCancelled),
	string(state.CloseFailed),
	"open",
}

// Picture reads the sales of a business day, "" for today, of the day before and of the same weekday a week ago. A day
// that is no date is a *DayError.
func (b *Books) Picture(ctx context.Context, business string) (Picture, error) {
	now := b.o.Now()
	today := b.cuts.business(now)
	if business == "" {
		business = today
	}
	at, err := time.Parse(time.DateOnly, business)
	if err != nil {
		return Picture{}, notADate(business)
	}

	p := Picture{}
	for _, d := range []struct {
		which string
		back  int
	}{{"day", 0}, {"before", 1}, {"week", 7}} {
		var until time.Time
		if business == today {
			until = now.AddDate(0, 0, -d.back)
		}
		one, demo, err := b.pictureOf(ctx, at.AddDate(0, 0, -d.back).Format(time.DateOnly), until)
		if err != nil {
			return Picture{}, err
		}
		one.Which = d.which
		p.Days, p.Demo = append(p.Days, one), p.Demo || demo || b.o.Demo
	}
	return p, nil
}

// pictureOf reads the sales of one business day, and what of them was paid until a moment; zero: nobody asks.
func (b *Books) pictureOf(ctx context.Context, day string, until time.Time) (out PictureDay, demo bool, err error) {
	t := newPictureTotals()
	if t.until = until; !until.IsZero() {
		t.SoFar = &Line{}
	}
	q := state.Query{Day: day, Limit: pageSize, Brief: true}
	for {
		page, err := b.o.Till.Sales(ctx, q)
		if err != nil {
			return out, false, err
		}
		for _, s := range page {
			t.add(s)
			demo = demo || s.Demo
		}
		if len(page) < q.Limit {
			break
		}
		q.Before = page[len(page)-1].ID
	}
	out = t.finish()
	out.Day = day
	return out, demo, nil
}

// pictureTotals adds the sales of one day up. It is pure.
type pictureTotals struct {
	PictureDay
	hours map[int]*Line
	took  []time.Duration
	ended map[string]int
	until time.Time
}

func newPictureTotals() *pictureTotals {
	return &pictureTotals{hours: map[int]*Line{}, ended: map[string]int{}}
}

func (t *pictureTotals) add(s state.Sale) {
	count(&t.Sales, s.Amount)
	switch {
	case s.Phase == state.PhasePaid:
		count(&t.Paid, s.Amount)
		if t.SoFar != nil && !s.PaidAt.After(t.until) {
			count(t.SoFar, s.Amount)
		}
		if s.Kind == state.KindCounter { // of the others nobody stood and waited
			t.took = append(t.took, s.PaidAt.Sub(s.OpenedAt))
		}
		h := s.PaidAt.In(day.IST).Hour()
		if t.hours[h] == nil {
			t.hours[h] = &Line{}
		}
		count(t.hours[h], s.Amount)
		t.ended[string(s.Phase)]++
	case s.Phase == state.PhaseClosed && s.Closing != nil:
		t.ended[string(s.Closing.Reason)]++
	default:
		t.ended["open"]++
	}
}

func (t *pictureTotals) finish() PictureDay {
	d := t.PictureDay
	d.Hours, d.TimeToPaid = []HourLine{}, spanOf(t.took)
	for _, h := range slices.Sorted(maps.Keys(t.hours)) {
		d.Hours = append(d.Hours, HourLine{Hour: h, Line: *t.hours[h]})
	}
	for _, upto := range append(slices.Clone(waitSteps), 0) {
		d.Waits = append(d.Waits, Wait{Upto: upto.Milliseconds()})
	}
	for _, took := range t.took {
		i := slices.IndexFunc(waitSteps, func(upto time.Duration) bool { return took <= upto })
		if i < 0 {
			i = len(waitSteps)
		}
		d.Waits[i].Count++
	}
	for _, what := range ends {
		d.Ends = append(d.Ends, End{What: what, Count: t.ended[what]})
	}
	return d
}
