package operations

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/day"
	"galla/internal/mandate"
	"galla/state"
)

const (
	lookEvery   = 15 * time.Second // between two turns of the schedule
	waitingFor  = 10 * time.Minute // a payer approves within that, mostly
	lookWaiting = 30 * time.Second // at a mandate that waits for its payer, while that is so
	lookLater   = 10 * time.Minute // at one that has waited longer
	lookActive  = 6 * time.Hour    // at one that may be debited: its payer may pause or revoke it
	looksAtOnce = 5                // in one turn
	planAgain   = 5 * time.Minute  // what is due, and could not be done, is tried again
	planAnyway  = time.Hour        // a wall clock may have been set
)

// schedule looks at the mandates whose look is due, sends the notices that are due, and asks for the due debits that
// the owner lets run by themselves. What comes of it is written down as for any other caller; the keys keep it from
// being asked twice. A mandate of which nothing can be due yet costs no look at the disk.
func (o *Operations) schedule(now time.Time) {
	looks, wall := 0, o.wall()
	for _, s := range o.wanted(now, wall) {
		gw := o.gateways[s.gateway]
		if gw == nil || !hasMandates(gw) {
			continue
		}
		rules := s.rules()
		if s.wantsLook(now, wall) && looks < looksAtOnce {
			looks++
			o.note(&s, func(k *standing) { k.looked = now })
			o.work(func() { o.lookAtMandate(gw, s) })
		}
		if s.sleeps(now, wall) {
			continue
		}
		debits, err := o.store.Find(state.FieldMandate, s.record.ID, "", debitsKept)
		if err != nil {
			o.log.Error("the debits of a mandate could not be read", "mandate", s.record.ID, "err", err)
			continue
		}
		next := s.next(rules, debits, wall)
		wake, due := now.Add(planAgain), time.Time{}
		switch {
		case next.Step == mandate.StepNotice && next.Amount > 0:
			o.work(func() { o.notice(gw, s.record.ID, next) })
		case next.Step == mandate.StepDebit && s.plan.Auto:
			o.work(func() { o.run(gw, s.record.ID, next) })
		case next.From.After(wall):
			wake, due = now.Add(planAnyway), next.From
		}
		o.note(&s, func(k *standing) { k.wake, k.due = wake, due })
	}
}

// wanted are the mandates of which something may be due, as they are known now. One that is over has nothing.
func (o *Operations) wanted(now, wall time.Time) (out []standing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	// in one order, so that a seed of the simulation repeats
	for _, name := range slices.Sorted(maps.Keys(o.mandates)) {
		s := o.mandates[name]
		if !s.sleeps(now, wall) || s.wantsLook(now, wall) {
			out = append(out, o.copied(s))
		}
	}
	return out
}

// note keeps something of a mandate that is no fact of it.
func (o *Operations) note(s *standing, set func(*standing)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if k := o.mandates[s.gateway+" "+s.record.ID]; k != nil {
		set(k)
	}
}

// sleeps reports whether nothing of a mandate's notices and debits can be due.
func (s *standing) sleeps(now, wall time.Time) bool {
	return s.state().Over() || now.Before(s.wake) && (s.due.IsZero() || wall.Before(s.due))
}

func (s *standing) state() mandate.State {
	return mandate.State(gateway.MandateStateOf(s.record.Status))
}

// wantsLook reports whether a mandate's gateway is to be asked how it stands.
func (s *standing) wantsLook(now, wall time.Time) bool {
	at := s.state()
	return !at.Over() && now.Sub(s.looked) >= lookAgain(s, at, wall)
}

// lookAgain is how long after its last look a mandate is looked at again, by the wall.
func lookAgain(s *standing, at mandate.State, wall time.Time) time.Duration {
	switch {
	case at != mandate.Created:
		return lookActive
	case wall.Sub(s.asked) < waitingFor:
		return lookWaiting
	}
	return lookLater
}

// notice tells the payer of the next debit, once for its day. What the gateway refused is asked again in the next hour;
// of what nobody knows how it ended, a person says so first.
func (o *Operations) notice(gw gateway.Gateway, id string, next mandate.Next) {
	on, err := day.Start(next.Day, 0)
	if err != nil {
		return
	}
	body, err := json.Marshal(gateway.MandateDebit{Amount: next.Amount, On: onDay(on, on, on)})
	if err != nil {
		return
	}
	known := false
	op, err := o.Ask(o.ctx, Request{
		Key:      "notice " + id + " " + next.Day + " " + o.wall().In(day.IST).Format("02 15"),
		Owner:    scheduleOwner,
		Replayed: &known,
		Gateway:  gw.Name(),
		Kind:     MandateNotify,
		Target:   id,
		Body:     body,
		By:       "till",
	})
	if !known && (err != nil || op.Status != state.OperationDone) && o.ctx.Err() == nil {
		o.log.Warn(
			"a notice that was due was not sent",
			"mandate",
			id,
			"day",
			next.Day,
			"operation",
			op.ID,
			"status",
			op.Status,
			"err",
			err,
		)
	}
}

// run asks for a due debit that the owner lets run by itself.
func (o *Operations) run(gw gateway.Gateway, id string, next mandate.Next) {
	s, err := o.Debit(o.ctx, DebitRequest{
		Key:       "debit " + next.Reference,
		Owner:     scheduleOwner,
		Gateway:   gw.Name(),
		Mandate:   id,
		Reference: next.Reference,
		By:        "till",
	})
	if err != nil {
		o.log.Warn("a due debit was not asked", "mandate", id, "reference", next.Reference, "err", err)
		return
	}
	o.log.Info("a due debit was asked", "mandate", id, "sale", s.ID)
}

// scheduleOwner owns the keys of what the box asks by itself: no caller has it.
const scheduleOwner = "schedule"
