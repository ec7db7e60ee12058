package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"galla/internal/config"
	"galla/internal/till"
	"galla/state/boltstore"
)

const (
	keepEvery   = time.Hour // how often the sales file is looked after
	keepSales   = 5000      // the newest sales stay whatever the clock says
	keepAtOnce  = 2000      // sales pruned in one go
	compactFrom = 32 << 20  // bytes of unused room that are worth a copy
)

// keep looks after the sales file: a copy to a second place, sales that are older than the shop wants to keep, and room
// that nothing uses. It waits for a moment without open sales, and what fails is tried again in an hour.
func keep(ctx context.Context, store *boltstore.Store, t *till.Till, c config.Till, log *slog.Logger) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if t.Health().Open > 0 {
			continue
		}
		if err := keepOnce(store, c, time.Now(), log); err != nil {
			log.Error("the sales file could not be looked after; the next try is in an hour", "err", err)
		}
	}
}

func keepOnce(store *boltstore.Store, c config.Till, now time.Time, log *slog.Logger) error {
	var errs []error
	if c.KeepDays > 0 {
		day := now.AddDate(0, 0, -c.KeepDays).Format(time.DateOnly)
		gone, err := store.Prune(boltstore.Retention{Before: day, Keep: keepSales, Max: keepAtOnce})
		if gone > 0 {
			log.Info("old sales were removed, as keep_days says", "sales", gone, "before", day)
		}
		errs = append(errs, err)
	}
	if _, free, err := store.Size(); err != nil {
		errs = append(errs, err)
	} else if free >= compactFrom {
		errs = append(errs, store.Compact())
	}
	if c.Backup != "" {
		errs = append(errs, store.Backup(c.Backup))
	}
	return errors.Join(errs...)
}
