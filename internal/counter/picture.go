package counter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"galla/internal/counter/picture"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/till"
	"galla/state"
)

// waitSteps are where the time from opening to paid is cut for the picture. Half of the customers of a counter with a good
// line pay within half a minute.
var waitSteps = []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// ends are the ways a sale ends, in the order they are drawn.
var ends = []string{string(state.PhasePaid), string(state.CloseOtherTender), string(state.CloseExpired), string(state.CloseCancelled), string(state.CloseFailed), "open"}

func (c *Counter) showPicture(w http.ResponseWriter, r *http.Request, _ Caller) error {
	p, err := c.pictured(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p)
}

// pictureStyle lets a browser that opens the picture use its own style sheet, and nothing else.
var pictureStyle = func() string {
	sum := sha256.Sum256([]byte(picture.Style))
	return "default-src 'none'; frame-ancestors 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

func (c *Counter) drawPicture(w http.ResponseWriter, r *http.Request, _ Caller) error {
	p, err := c.pictured(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", pictureStyle)
	_, err = w.Write(picture.SVG(p))
	return err
}

func (c *Counter) pictured(r *http.Request) (wire.Picture, error) {
	v, err := query(r, "day")
	if err != nil {
		return wire.Picture{}, err
	}
	business := cmp.Or(v.Get("day"), day.Business(c.now(), c.cut))
	at, err := time.Parse(time.DateOnly, business)
	if err != nil {
		return wire.Picture{}, problem(badQuery, fmt.Sprintf("day is %.20q, which is not a date", business), "Write it like 2026-11-22.")
	}
	p := wire.Picture{}
	for _, d := range []struct {
		which string
		back  int
	}{{"day", 0}, {"before", 1}, {"week", 7}} {
		one, demo, err := c.pictureOf(r.Context(), at.AddDate(0, 0, -d.back).Format(time.DateOnly))
		if err != nil {
			return wire.Picture{}, err
		}
		one.Which = d.which
		p.Days, p.Demo = append(p.Days, one), p.Demo || demo
	}
	return p, nil
}

// pictureOf reads the sales of one business day.
func (c *Counter) pictureOf(ctx context.Context, day string) (out wire.PictureDay, demo bool, err error) {
	t := newDayTally()
	q := till.Query{Day: day, Limit: indexPage}
	for {
		page, err := c.till.Sales(ctx, q)
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

// dayTally adds the sales of one day up. It is pure.
type dayTally struct {
	wire.PictureDay
	hours map[int]*wire.Line
	took  []time.Duration
	ended map[string]int
}

func newDayTally() *dayTally { return &dayTally{hours: map[int]*wire.Line{}, ended: map[string]int{}} }

func (t *dayTally) add(s state.Sale) {
	count(&t.Sales, s.Amount)
	switch {
	case s.Phase == state.PhasePaid:
		count(&t.Paid, s.Amount)
		t.took = append(t.took, s.PaidAt.Sub(s.OpenedAt))
		h := s.PaidAt.In(day.IST).Hour()
		if t.hours[h] == nil {
			t.hours[h] = &wire.Line{}
		}
		count(t.hours[h], s.Amount)
		t.ended[string(s.Phase)]++
	case s.Phase == state.PhaseClosed && s.Closing != nil:
		t.ended[string(s.Closing.Reason)]++
	default:
		t.ended["open"]++
	}
}

func (t *dayTally) finish() wire.PictureDay {
	d := t.PictureDay
	d.Hours, d.TimeToPaid = []wire.HourLine{}, spanOf(t.took)
	for _, h := range slices.Sorted(maps.Keys(t.hours)) {
		d.Hours = append(d.Hours, wire.HourLine{Hour: h, Line: *t.hours[h]})
	}
	for _, upto := range append(slices.Clone(waitSteps), 0) {
		d.Waits = append(d.Waits, wire.Wait{Upto: upto.Milliseconds()})
	}
	for _, took := range t.took {
		i := slices.IndexFunc(waitSteps, func(upto time.Duration) bool { return took <= upto })
		if i < 0 {
			i = len(waitSteps)
		}
		d.Waits[i].Count++
	}
	for _, what := range ends {
		d.Ends = append(d.Ends, wire.End{What: what, Count: t.ended[what]})
	}
	return d
}
