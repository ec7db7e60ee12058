package books

import (
	"context"
	"slices"
	"sync"
	"time"

	"galla/state"
)

// Weather is how UPI has worked at this counter in the last hour.
type Weather struct {
	Level      string `json:"level"`                     // good, slow, bad, or quiet: nothing to go by
	Ended      int    `json:"ended"`                     // sales that were paid, ran out of time, or failed
	Paid       int    `json:"paid"`                      // of these
	TimeToPaid int64  `json:"time_to_paid_ms,omitempty"` // of half of them, from opening
}

// forecast is the last Weather: it is reckoned at most every ten seconds, however many consoles ask.
type forecast struct {
	mu   sync.Mutex
	at   time.Time
	last Weather
}

const (
	weatherAge   = 10 * time.Second
	weatherSpan  = time.Hour
	weatherSales = 200 // what is looked at while the index is being read
	fewSales     = 5   // below it nothing is said of shares
	slowPayment  = 60 * time.Second
	badShare     = 0.5
	slowShare    = 0.8
)

// Weather reckons how UPI works; reachable says whether a gateway can be reached at all. Nobody waits for the index: while it is
// being read, the newest sales are enough.
func (b *Books) Weather(ctx context.Context, reachable bool) (Weather, error) {
	w := &b.weather
	w.mu.Lock()
	defer w.mu.Unlock()
	now := b.o.Now()
	if age := now.Sub(w.at); age >= 0 && age < weatherAge {
		return w.last, nil
	}
	rows, ok, err := b.index.recent(ctx, now.Add(-weatherSpan).Unix())
	if err != nil {
		return Weather{}, err
	}
	if !ok {
		sales, err := b.o.Till.Sales(ctx, state.Query{Limit: weatherSales})
		if err != nil {
			return Weather{}, err
		}
		for _, s := range sales {
			rows = append(rows, newRow(s))
		}
	}
	w.last, w.at = reckonWeather(rows, now, reachable), now
	return w.last, nil
}

// reckonWeather is pure. A sale that a person cancelled says nothing about UPI, and one still open nothing yet.
func reckonWeather(rows []*row, now time.Time, reachable bool) Weather {
	out := Weather{Level: "quiet"}
	var took []int64
	for _, r := range rows {
		if r.at < now.Add(-weatherSpan).Unix() {
			continue
		}
		switch {
		case r.phase == state.PhasePaid:
			out.Paid++
			took = append(took, r.took)
		case r.reason == state.CloseExpired, r.reason == state.CloseFailed:
		default:
			continue
		}
		out.Ended++
	}
	if len(took) > 0 {
		slices.Sort(took)
		out.TimeToPaid = took[len(took)/2]
	}
	share := float64(out.Paid) / float64(max(1, out.Ended))
	switch {
	case !reachable, out.Ended >= fewSales && share < badShare:
		out.Level = "bad"
	case out.Ended >= fewSales && share < slowShare, out.TimeToPaid > slowPayment.Milliseconds():
		out.Level = "slow"
	case out.Ended > 0:
		out.Level = "good"
	}
	return out
}
