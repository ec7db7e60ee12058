package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/internal/day"
)

// look is how often Watch looks.
const look = 30 * time.Minute

// Watch calls Overdue now and every half hour until ctx ends, and tells of each error.
func (o *Office) Watch(ctx context.Context, told func(error)) {
	for timer := time.NewTicker(look); ; {
		if err := o.Overdue(ctx); err != nil && ctx.Err() == nil {
			told(err)
		}
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Overdue looks which days nobody closed, and which Z reports did not come, by noon of the day after: findings of both
// begin and end here. It is called now and then, by any office. An error of one terminal does not keep it from the
// others.
func (o *Office) Overdue(ctx context.Context) error {
	var ids []string
	err := o.store.View(ctx, func(tx Tx) (err error) {
		ids, err = tx.Terminals()
		return err
	})
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		// If we die in it, the next call finds the same.
		one := o.store.Update(ctx, []string{id}, func(tx Tx) error { return overdue(tx, id, o.wall()) })
		if one != nil {
			err = errors.Join(err, fmt.Errorf("days of terminal %s: %w", id, one))
		}
	}
	return errors.Join(err, ctx.Err())
}

func overdue(tx Tx, terminal string, now time.Time) error {
	t, found, err := tx.Terminal(terminal)
	if err != nil || !found || !t.LeftAt.IsZero() || len(t.Branches) == 0 {
		return err
	}
	zs, err := tx.Zs(terminal)
	if err != nil {
		return err
	}

	last, past := "", pastOf(&t, len(t.Branches)-1)
	for _, z := range zs {
		if z.Event > past[z.Branch] { // of a history that the box forgot
			continue
		}
		last = max(last, z.Day)
		late := (z.State == ZWanted || z.State == ZLost) && noonAfter(day.Business(z.At, 0)).Before(now)
		if err := begin(tx, late, z.finding(FindingLackingZ, now, nil)); err != nil {
			return err
		}
	}

	days, err := tx.Days(terminal, last)
	if err != nil {
		return err
	}
	open, oldest := 0, ""
	for _, d := range days {
		if d.Sales > 0 && noonAfter(d.Day).Before(now) {
			if open++; open == 1 {
				oldest = d.Day
			}
		}
	}
	// A shop that has never closed a day does its books another way: it is not reminded of what it doesn't do.
	return begin(tx, open > 0 && last != "", Finding{
		Kind:     FindingOpenDay,
		Terminal: terminal,
		Values:   Values{"day": oldest, "days": text(open)},
		At:       now,
	})
}

// begin begins a finding, or ends it.
func begin(tx Tx, stands bool, f Finding) error {
	if stands {
		return tx.AddFinding(f)
	}
	return tx.EndFinding(f)
}

// noonAfter is noon of the day after a business day, in IST; of a day that is none long ago.
func noonAfter(business string) time.Time {
	at, err := day.Start(business, 36*time.Hour)
	if err != nil {
		return time.Time{}
	}
	return at
}
