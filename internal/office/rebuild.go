package office

import (
	"context"
	"fmt"
	"slices"
	"time"

	"galla/state/chain"
)

// Rebuild makes a terminal's rows again from its segments, in one transaction: after an update of the office, whose
// newer rules may follow what older ones did not. Z reports that did not agree are held against them again. What was
// found of events ends where the newer rules follow them. events is how many were read.
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
		now, again := o.wall(), &again{}
		for _, b := range t.Branches {
			for at := b.From; at < b.Head && err == nil; {
				var places []chain.Place
				if places, err = newPast(tx, &t).behind(b.N, at); err != nil {
					break
				}
				var j *projection
				if j, err = o.newProjection(newPast(tx, &t), b.N, now); err != nil {
					break
				}
				j.again = again
				err = j.replay(at, places)
				at += uint64(len(places))
				events += len(places)
			}
		}
		if err == nil {
			err = again.settle(tx, terminal, now)
		}
		if err == nil {
			err = proveAgain(tx, &t, now)
		}
		return err
	})
	return events, err
}

// again is what a rebuild finds.
type again struct{ all []Finding }

// ofEvents are the kinds of what events are found to be.
var ofEvents = []string{
	FindingUnread,
	FindingOperation,
	FindingNewer,
	FindingHoled,
	FindingSale,
	FindingTwice,
	FindingLong,
}

func (a *again) found(f Finding) { a.all = append(a.all, f) }

// settle ends what is not found any more, and begins what was not found before. What stands stays as it is.
func (a *again) settle(tx Tx, terminal string, now time.Time) error {
	standing, err := tx.Standing(terminal, ofEvents)
	if err != nil {
		return err
	}
	type key struct {
		kind   string
		branch int
		seq    uint64
	}
	found, stands := map[key]bool{}, map[key]bool{}
	for _, f := range a.all {
		found[key{f.Kind, f.Branch, f.Seq}] = true
	}
	for _, f := range standing {
		k := key{f.Kind, f.Branch, f.Seq}
		stands[k] = true
		if f.At = now; !found[k] {
			if err := tx.EndFinding(f); err != nil {
				return err
			}
		}
	}
	for _, f := range a.all {
		if !stands[key{f.Kind, f.Branch, f.Seq}] {
			if err := tx.AddFinding(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// proveAgain holds the Z reports against the events that did not agree with them.
func proveAgain(tx Tx, t *Terminal, now time.Time) error {
	all, err := tx.Zs(t.ID)
	if err != nil {
		return err
	}
	for _, z := range all {
		if !slices.Contains([]ZState{ZUnread, ZProved, ZDiffers}, z.State) {
			continue
		}
		z, found, err := tx.Z(t.ID, z.Operation)
		if err == nil && found {
			err = prove(tx, t, z, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// RebuildAll rebuilds all terminals, one after the other, each in a transaction of its own, and tells of each.
func (o *Office) RebuildAll(ctx context.Context, told func(terminal string, n, of, events int)) error {
	var ids []string
	err := o.store.View(ctx, func(tx Tx) (err error) {
		ids, err = tx.Terminals()
		return err
	})
	if err != nil {
		return err
	}
	for i, id := range ids {
		events, err := o.Rebuild(ctx, id)
		if err != nil {
			return fmt.Errorf("rebuild terminal %s, %d of %d: %w", id, i+1, len(ids), err)
		}
		told(id, i+1, len(ids), events)
	}
	return nil
}
