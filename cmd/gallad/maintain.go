package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"galla/gateway"
	"galla/internal/config"
	"galla/internal/copies"
	"galla/internal/people"
	"galla/internal/till"
	"galla/state/boltstore"
)

const (
	maintainEvery  = time.Hour       // how often the sales file is copied and pruned
	firstCopyDelay = 5 * time.Minute // after a start: the first copy, when the last is older than an hour
	maintainPoll   = time.Minute     // how often it is checked whether either is due
	keyRetention   = 24 * time.Hour  // how long an idempotency key answers, at least
	minSalesKept   = 5000            // the newest sales stay whatever the clock says
	pruneBatch     = 2000            // sales pruned in one go
	minDaysKept    = 190             // days that stay even where room is needed: UPI's disputes end before that
	compactFrom    = 32 << 20        // bytes of unused room that are worth a copy
)

// longOpen is how long systemd waits for the sales file: an update that changes its layout copies all of it first,
// which takes a large one on a card longer than TimeoutStartSec. Killed in it, gallad would begin the copy anew for
// ever.
const longOpen, thenStart = 30 * time.Minute, 2 * time.Minute

// openStore opens the sales file, after a look at it in a process that may die of it.
func openStore(path, backup, self string, log *slog.Logger) (*boltstore.Store, error) {
	if err := refuseNewFile(path, backup); err != nil {
		return nil, err
	}
	patience(log, longOpen, "looking at the sales file")
	defer patience(log, thenStart, "starting")
	return boltstore.Open(path, boltstore.Options{
		Verify:  boltstore.Child(quickCheckTimeout, self, "fsck"),
		Ballast: boltstore.BallastFor(filepath.Dir(path)),
		Say:     func(text string) { log.Warn(text) },
		Apart:   func(name string, value []byte) (bool, error) { return people.Apart(keysBeside(path), name, value) },
	})
}

// keysBeside are the private keys beside a sales file, outside it and its copies.
func keysBeside(sales string) people.KeyFolder { return people.KeyFolder(filepath.Dir(sales)) }

// refuseNewFile refuses to begin a new sales file where there is a copy of an old one: both it and its mark were moved
// away.
func refuseNewFile(path, backup string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || backup == "" {
		return nil // the store says what is wrong with the file itself
	}
	if _, err := os.Stat(backup); err != nil {
		return nil
	}
	return fmt.Errorf("%w: %s is gone, but its copy %s is there: put the file back, or its copy with sudo gallad "+
		"adopt %s %s; to begin with no sales, move the copy away", boltstore.ErrDamaged, path, backup, path, backup)
}

// maintain maintains the sales file. Every hour it copies the file to a second place, which blocks no sale. Once an
// hour, while no sale is open, it prunes keys, sales older than the shop wants to keep, and unused room. What fails is
// tried again in an hour.
func maintain(
	ctx context.Context,
	store *boltstore.Store,
	t *till.Till,
	c config.Till,
	gateways []gateway.Gateway,
	upto func() *uint64,
	log *slog.Logger,
) error {
	tick := time.NewTicker(maintainPoll)
	defer tick.Stop()
	pruned, copyAt := time.Now(), firstCopy(c.Backup, time.Now())
	copied := 0 // version of the last copy
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := store.There(); errors.Is(err, boltstore.ErrGone) {
			return err // selling stops; the next start says why, or finds the disk again
		} else if err != nil {
			log.Error("the sales file can't be looked at", "err", err)
		}
		var err error
		if c.Backup != "" && !time.Now().Before(copyAt) {
			copyAt = time.Now().Add(maintainEvery)
			if now := store.Version(); now != copied || !touch(c.Backup) {
				if err = backup(store, c, log); err == nil {
					copied = now
				}
			}
		}
		if time.Since(pruned) >= maintainEvery && t.Health().Open == 0 {
			pruned = time.Now()
			err = errors.Join(err, prune(store, c, time.Now(), clockConfirmed(gateways), upto(), log))
		}
		if err != nil {
			log.Error("the sales file could not be maintained; the next try is in an hour", "err", err)
		}
	}
}

// firstCopy is when the first copy after a start is made: an hour after the last one, but not at once. A box that is
// never on for an hour gets one too. A copy from the future says nothing of its age.
func firstCopy(path string, now time.Time) time.Time {
	soon := now.Add(firstCopyDelay)
	info, err := os.Stat(path)
	if err != nil || info.ModTime().After(now) {
		return soon // missing, or its disk is: the copy itself says so
	}
	if at := now.Add(maintainEvery - now.Sub(info.ModTime())); at.After(soon) {
		return at
	}
	return soon
}

// touch says that the copy is as good as one made now; false if it is not there.
func touch(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

func backup(store *boltstore.Store, c config.Till, log *slog.Logger) error {
	if filepath.Dir(c.Backup) == filepath.Join(filepath.Dir(c.Database), copies.Stage) {
		if err := os.MkdirAll(filepath.Dir(c.Backup), 0o700); err != nil { // gallad carry takes it on to a stick
			return err
		}
	} else if sameDisk(c.Database, filepath.Dir(c.Backup)) {
		log.Warn(
			"the copy of the sales file is on the same disk as the file itself: is the other disk mounted?",
			"backup",
			c.Backup,
		)
	}
	return store.Backup(c.Backup)
}

// prune removes idempotency keys of yesterday, old sales and unused room. upto is the newest event that a head office
// has acknowledged, nil without one: what follows stays, however old.
func prune(
	store *boltstore.Store,
	c config.Till,
	now time.Time,
	clock bool,
	upto *uint64,
	log *slog.Logger,
) error {
	var errs []error
	if clock {
		_, err := store.PruneKeys(now.Add(-keyRetention))
		errs = append(errs, err)
	}
	if r := retention(c, now, clock, upto); r.Before != "" {
		gone, err := store.Prune(r)
		if gone > 0 {
			log.Info("old sales were removed, as keep_days says", "sales", gone, "before", r.Before)
		}
		errs = append(errs, err)
	}
	errs = append(errs, makeRoom(store, now, clock, log))
	if _, free, err := store.Size(); err != nil {
		errs = append(errs, err)
	} else if free >= compactFrom {
		if err := store.Compact(); errors.Is(err, boltstore.ErrBusy) {
			log.Info("the sales file was not made smaller, because sales went on: the next try is in an hour")
		} else {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// retention is what may go; its Before is "" where nothing may.
func retention(c config.Till, now time.Time, clock bool, upto *uint64) boltstore.Retention {
	return boltstore.Retention{
		Before: pruneBefore(c, now, clock),
		Upto:   upto,
		Keep:   minSalesKept,
		Max:    pruneBatch,
	}
}

// makeRoom removes the oldest sales of a file that comes near to what a 32-bit system can address, whatever keep_days
// says, and whatever a head office lacks: the room they leave is used again, and selling goes on. On 64 bits it does
// nothing.
func makeRoom(store *boltstore.Store, now time.Time, clock bool, log *slog.Logger) error {
	used, most, err := store.Crowded()
	if err != nil || most == 0 {
		return err
	}
	log.Warn(
		"the sales file comes near to what a 32-bit system can address: install the 64-bit system, which takes the "+
			"file as it is; until then the oldest sales are removed",
		"megabytes",
		used>>20,
		"most",
		most>>20,
	)
	if !clock {
		return nil // a box that believes it is 2099 would forget the whole shop
	}
	gone, err := store.Prune(boltstore.Retention{
		Before: now.AddDate(0, 0, -minDaysKept).Format(time.DateOnly),
		Keep:   minSalesKept,
		Max:    pruneBatch,
	})
	if gone > 0 {
		log.Warn("the oldest sales were removed, to make room", "sales", gone)
	}
	return err
}

// pruneBefore is the business day before which sales may be pruned; "" when all are kept, or no gateway has confirmed
// our clock: a box that believes it is 2099 would forget the whole shop.
func pruneBefore(c config.Till, now time.Time, clock bool) string {
	if c.KeepDays == 0 || !clock {
		return ""
	}
	return now.AddDate(0, 0, -c.KeepDays).Format(time.DateOnly)
}

// clockConfirmed says whether a gateway's clock agrees with ours to a day.
func clockConfirmed(gateways []gateway.Gateway) bool {
	for _, g := range gateways {
		if c, ok := g.(interface{ Skew() (time.Duration, bool) }); ok {
			if skew, known := c.Skew(); known && skew.Abs() < 24*time.Hour {
				return true
			}
		}
	}
	return false
}

// sameDisk says whether two paths are on one file system; false when one can't be looked at.
func sameDisk(a, b string) bool {
	var x, y unix.Stat_t
	return unix.Stat(a, &x) == nil && unix.Stat(b, &y) == nil && x.Dev == y.Dev
}
