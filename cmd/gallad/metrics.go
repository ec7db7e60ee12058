package main

import (
	"context"
	"path/filepath"
	"time"

	"galla/gateway"
	"galla/internal/config"
	"galla/internal/counter/wire"
	"galla/internal/doctor"
	"galla/internal/metrics"
	"galla/internal/till"
	"galla/internal/webhook"
	"galla/state"
	"galla/state/boltstore"
)

// timed is the sales file with a watch at every commit.
type timed struct {
	*boltstore.Store
	measure *metrics.Metrics
}

// Commit commits, and counts how long that took.
func (s *timed) Commit(b state.Batch) error {
	start := time.Now()
	err := s.Store.Commit(b)
	s.measure.Commit(time.Since(start), err)
	return err
}

// registerMetrics tells m what a scrape reads.
func registerMetrics(m *metrics.Metrics, c *config.Config, gateways []gateway.Gateway, t *till.Till, printer *paper,
	d *doctor.Doctor, store *boltstore.Store, hooks []*webhook.Hook, office func() wire.Office) error {
	b := metrics.Box{Till: t, Checkup: d.Snapshot, Skews: map[string]func() (time.Duration, bool){},
		Room: doctor.RealDisk{}.Room, Backup: c.Till.Backup, Slow: store.Slow, Office: office,
		Disks: map[string]string{"sales": filepath.Dir(c.Till.Database)}}
	if printer != nil {
		b.Printer = printer.State
	}
	if c.Till.Backup != "" {
		b.Disks["backup"] = filepath.Dir(c.Till.Backup)
	}
	for _, g := range gateways {
		m.Gateway(g.Name())
		if s, ok := g.(interface{ Skew() (time.Duration, bool) }); ok {
			b.Skews[g.Name()] = s.Skew
		}
	}
	for _, h := range hooks {
		b.Hooks = append(b.Hooks, func() metrics.Hook {
			s := h.Status()
			return metrics.Hook{Name: s.Name, At: s.At, Failing: s.Failing}
		})
	}
	return m.Watch(b)
}

// countEvents returns the task that counts sales from the newest event on that is there now, before the till runs.
func countEvents(m *metrics.Metrics, store *boltstore.Store, t *till.Till) (func(context.Context) error, error) {
	seq, err := store.Seq()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return m.Follow(ctx, t, seq) }, nil
}
