package counter

import (
	"context"
	"slices"
	"sync"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/till"
	"galla/state"
)

// weather is how UPI has worked at this counter in the last hour. It is reckoned at most every ten seconds, however many
// consoles ask.
type weather struct {
	mu   sync.Mutex
	at   time.Time
	last wire.Weather
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

func (c *Counter) forecast(ctx context.Context, h till.Health) (wire.Weather, error) {
	w := &c.weather
	w.mu.Lock()
	defer w.mu.Unlock()
	now := c.now()
	if age := now.Sub(w.at); age >= 0 && age < weatherAge {
		return w.last, nil
	}
	rows, ok, err := c.index.recent(ctx, now.Add(-weatherSpan).Unix())
	if err != nil {
		return wire.Weather{}, err
	}
	if !ok {
		sales, err := c.till.Sales(ctx, till.Query{Limit: weatherSales})
		if err != nil {
			return wire.Weather{}, err
		}
		for _, s := range sales {
			rows = append(rows, newRow(s))
		}
	}
	w.last, w.at = reckonWeather(rows, now, h), now
	return w.last, nil
}

// reckonWeather is pure. A sale that a person cancelled says nothing about UPI, and one still open nothing yet.
func reckonWeather(rows []*row, now time.Time, h till.Health) wire.Weather {
	out := wire.Weather{Level: "quiet"}
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
	reachable := slices.ContainsFunc(h.Gateways, func(g till.GatewayHealth) bool { return g.OK }) || len(h.Gateways) == 0
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
