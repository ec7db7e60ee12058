package office

import (
	"context"
	"fmt"
	"time"

	"galla/state/chain"
)

// Rebuild makes a terminal's rows again from its segments, in one transaction: after an update of the office, whose
// newer rules may follow what older ones did not. Z reports that did not agree are held against them again. What was
// found of the chain stays found, and nothing of it is found twice. events is how many were read.
func (o *Office) Rebuild(ctx context.Context, terminal string) (events int, err error) {
	err = o.store.Update(ctx, []string{terminal}, func(tx Tx) error {
		events = 0
		t, found, err := tx.Terminal(terminal)
		if err == nil && !found {
			err = fmt.Errorf("terminal %.40q: %w", terminal, ErrUnknown)
		}
		if err == nil {
			err = tx.Forget(terminal)
		}
		for _, b := range t.Branches {
			for at := b.From; at < b.Head && err == nil; {
				var places []chain.Place
				if places, err = newPast(tx, &t).behind(b.N, at); err == nil {
					err = o.newProjection(newPast(tx, &t), b.N, time.Time{}).replay(at, places)
					at += uint64(len(places))
					events += len(places)
				}
			}
		}
		if err != nil {
			return err
		}
		return o.proveAgain(tx, &t)
	})
	return events, err
}

// proveAgain holds the Z reports against the events that did not agree with them.
func (o *Office) proveAgain(tx Tx, t *Terminal) error {
	all, err := tx.Zs(t.ID)
	for _, z := range all {
		if err != nil {
			return err
		}
		if z.State != ZUnread && z.State != ZProved && z.State != ZDiffers {
			continue
		}
		var found bool
		if z, found, err = tx.Z(t.ID, z.Operation); found && err == nil {
			err = prove(tx, t, z, o.wall())
		}
	}
	return err
}

// RebuildAll rebuilds all terminals, one after the other, each in a transaction of its own, and tells of each.
func (o *Office) RebuildAll(ctx context.Context, told func(terminal string, n, of, events int)) error {
	var ids []string
	err := o.store.View(ctx, func(tx Tx) (err error) {
		ids, err = tx.Terminals()
		return err
	})
	for i, id := range ids {
		if err != nil {
			return err
		}
		var events int
		if events, err = o.Rebuild(ctx, id); err != nil {
			return fmt.Errorf("rebuild terminal %s, %d of %d: %w", id, i+1, len(ids), err)
		}
		told(id, i+1, len(ids), events)
	}
	return err
}
