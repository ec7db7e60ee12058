package doctor

import (
	"context"
	"time"

	"galla/internal/counter/wire"
)

const (
	firstLook = 2 * time.Minute // after the start, when whoever starts the shop has long looked
	lookEvery = time.Hour
	lookAgain = time.Minute // at the earliest, when a gateway fails that was well, or the other way round
	glance    = 15 * time.Second
	lookTime  = 25 * time.Second
)

// Run looks by itself, so that the console shows a cause before anybody asks: two minutes after the start, every hour,
// and soon after sales begin to fail or to go well at a gateway. A look costs a gateway up to a dozen calls: one an
// hour is few beside what sales cost (gateway/budget.go).
func (d *Doctor) Run(ctx context.Context) error {
	start := time.Now()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if d.o.Busy != nil && d.o.Busy() || !d.due(start) {
			continue
		}
		within, cancel := context.WithTimeout(ctx, lookTime)
		d.Look(within)
		cancel()
	}
}

func (d *Doctor) due(start time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looked.IsZero() {
		return time.Since(start) >= firstLook
	}
	age := time.Since(d.looked)
	return age >= lookEvery || age >= lookAgain && d.turned()
}

// turned says that sales have shown something else at a gateway than the last look did.
func (d *Doctor) turned() bool {
	for _, a := range d.o.Accounts {
		if a.Live == nil {
			continue
		}
		good, _, when := a.Live()
		if !when.After(d.at) {
			continue
		}
		was := true
		for _, c := range d.outside {
			was = was && (c.Gateway != a.Name || c.Level != wire.LevelBad)
		}
		if was != good {
			return true
		}
	}
	return false
}
