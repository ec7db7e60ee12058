package till

import (
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/day"
	"galla/internal/till/debit"
	"galla/internal/till/doubt"
	"galla/internal/till/pace"
	"galla/internal/till/terms"
	"galla/state"
)

const (
	readTimeout = 15 * time.Second
	// pollPatience is how long after a start expiry waits for one poll that succeeds: the sale may have been paid while
	// we were off.
	pollPatience = time.Minute
	// unseenAfter is how long looks must have failed until the sale says that its payments can't be seen.
	unseenAfter = 10 * time.Second
	// lostEvery is how often an attempt without a certain answer is looked for while its sale is under way.
	lostEvery = 30 * time.Second
	// closingPatience is how long a payment in flight keeps a sale closing; what comes later is late money.
	closingPatience = 10 * time.Minute
	// patienceEvery is how often, after that, it is seen whether the orders are closed by now and the sale may end.
	patienceEvery = time.Minute
	// manyTogether is how many sales slow each other's polls of a gateway that looks at many together: more cost it
	// hardly a call.
	manyTogether = 12
	// wakeEvery is the time between the first polls, after a start, at sales that are over: all at once, hundreds of
	// them would stand before the one on the screen in the gateway's budget.
	wakeEvery = time.Second
	// rest is the longest the clock's turns are apart where nothing is due.
	rest = time.Hour
)

// between is interval for a sale as things are.
func (t *Till) between(x *entry) time.Duration {
	waiting, closing := 0, 0
	for _, y := range t.sales {
		if !y.sale.Phase.Final() {
			waiting++
		}
		if y.sale.Phase == state.PhaseClosing {
			closing++
		}
	}
	if x.sale.Kind == state.KindMandate {
		return t.random.Debit(x.elapsed())
	}
	if a := x.sale.Shown(); a != nil && t.together[a.Gateway] {
		waiting = min(waiting, manyTogether)
	}
	return t.random.Interval(x.elapsed(), waiting, closing, x.sale.ID == t.screen.sale)
}

// step is when a step of the watch is due, of whose wait a part is gone. One that waits for hours leaves the banks'
// peak hours out.
func (t *Till) step(wait, gone time.Duration) time.Time {
	left := wait - gone
	at := t.o.Wall().Add(left)
	if off := day.OffPeak(at); wait > time.Hour && !off.Equal(at) {
		left += off.Sub(at) + t.random.UpTo(time.Hour) // not all shops at once
	}
	return time.Now().Add(left)
}

// tick is the clock's turn: what is due now, for every sale.
func (u *txn) tick() error {
	t := u.t
	now := time.Now()
	if until := t.screen.resultUntil; !until.IsZero() && !until.After(now) {
		t.screen.resultUntil, t.screen.result = time.Time{}, nil
		u.after = append(u.after, t.publish)
	}
	if t.o.Screen != nil && t.comeBack(now) {
		u.after = append(u.after, t.publish)
	}
	if until := t.screen.pairing.Until; !until.IsZero() && !until.After(now) {
		t.screen.pairing = PairingCode{}
		u.after = append(u.after, t.publish)
	}
	switch t.screen.last.Screen {
	case display.ScreenIdle, display.ScreenOutOfService: // the disk may have got room, or lost it, without a sale
		u.after = append(u.after, t.publish)
	}
	for _, id := range slices.Sorted(maps.Keys(t.sales)) {
		// One sale's trouble must not cost the others their turn.
		if err := u.due(id, t.sales[id], now); err != nil {
			t.o.Log.Error("what is due for a sale was refused", "sale", id, "err", err)
		}
	}
	return nil
}

// due does what is due now for one sale. The sale is taken as earlier messages of this turn left it: what ended a
// moment ago neither expires nor needs patience. What it starts is started after the commit.
func (u *txn) due(id string, x *entry, now time.Time) error {
	t := u.t
	s, err := u.sale(id)
	if err != nil {
		return err
	}
	pending := state.Pending(x.sale)
	for key := range x.retry { // what waited for its next try and is no longer wanted
		if !x.running[key] && !slices.ContainsFunc(pending, func(f state.Effect) bool { return f.Key == key }) {
			delete(x.retry, key)
		}
	}
	for _, f := range pending {
		r, waits := x.retry[f.Key]
		if !waits || r.at.After(now) || x.running[f.Key] {
			continue
		}
		// Found on disk or tried before, an effect may have happened: it is looked for first.
		fresh := f.Do != state.DoQuote && f.Do != state.DoPrint && f.Do != state.DoRefund
		u.after = append(u.after, func() { t.start(f, fresh) })
	}

	if t.pollable(x) && !x.reading && !x.nextRead.After(now) {
		u.after = append(u.after, func() { t.startPoll(id, x) })
	}
	switch s.Phase {
	case state.PhaseAwaiting, state.PhasePaying:
		if x.endsIn(&s) <= 0 && s.Kind == state.KindMandate {
			return u.applyIfChanged(state.Event{Kind: state.EventAttemptLost, SaleID: id, Attempt: s.Attempts[0].Ref,
				Problem: terms.Said(gateway.ClassUnknown,
					"the payer's bank has not ended the debit", gateway.CashierUnknown)})
		}
		if x.endsIn(&s) <= 0 {
			return u.apply(state.Event{Kind: state.EventCloseAsked, SaleID: id, Close: state.CloseExpired})
		}
	case state.PhaseClosing:
		if !x.patience.IsZero() && !x.patience.After(now) {
			x.patience = now.Add(patienceEvery)
			return u.applyIfChanged(state.Event{Kind: state.EventPatienceOver, SaleID: id})
		}
	}

	return nil
}

// endsIn is how long a sale that is on offer goes on, if nothing comes. After a start it goes on until a poll has
// succeeded, and no longer than pollPatience: what was paid while we were off should be seen first, and a gateway that
// is away must not keep it open.
func (e *entry) endsIn(s *state.Sale) time.Duration {
	if s.Kind == state.KindMandate && s.Attempts[0].State == state.AttemptLost { // a person was asked
		return rest
	}
	left := pace.Life(s) - e.elapsed()
	if !e.polled {
		left = max(left, pollPatience-time.Since(e.restored))
	}
	return left
}

// startPoll looks at a sale's orders beside the engine.
func (t *Till) startPoll(id string, x *entry) {
	if t.sales[id] != x || x.reading || !t.pollable(x) {
		return
	}
	for key := range x.running {
		if strings.HasPrefix(key, closeKey) { // reads them itself when it is through
			x.nextRead = time.Now().Add(time.Second)
			return
		}
	}
	x.reading = true
	lost := x.sale.Phase.Final() || time.Since(x.lostRead) >= lostEvery
	if lost {
		x.lostRead = time.Now()
	}
	sale, lane, asked := x.sale, t.laneOf(&x.sale), t.onDisk.Load()
	t.workers.Go(func() {
		// One record that no client can read must not end the till, again and again: its polls fail, and are tried less
		// often.
		defer func() {
			if p := recover(); p != nil {
				t.o.Log.Error("a look panicked", "sale", id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				t.bring(result{kind: resultSight, sight: pollResult{sale: sale, failed: true}})
			}
		}()
		t.bring(result{kind: resultSight, sight: t.poll(sale, lane, lost, asked)})
	})
}

// pollable says whether there is anything at a gateway to look at for the sale.
func (t *Till) pollable(x *entry) bool {
	if x.sale.Phase.Final() {
		_, ok := state.NextWatch(x.sale)
		return ok
	}
	for _, a := range x.sale.Attempts {
		if a.Quote != nil || x.sale.Kind == state.KindMandate && a.State == state.AttemptLost {
			return true
		}
	}
	return false
}

// nextDue is how long the engine may sleep.
func (t *Till) nextDue() time.Duration {
	now := time.Now()
	next := now.Add(t.rest)
	sooner := func(at time.Time) {
		if at.Before(next) {
			next = at
		}
	}
	for _, x := range t.sales {
		for key, r := range x.retry {
			if !x.running[key] {
				sooner(r.at)
			}
		}
		if !x.reading && t.pollable(x) {
			sooner(x.nextRead)
		}
		s := &x.sale
		switch s.Phase {
		case state.PhaseAwaiting, state.PhasePaying:
			sooner(now.Add(x.endsIn(s)))
		case state.PhaseClosing:
			if !x.patience.IsZero() {
				sooner(x.patience)
			}
		}
	}
	for _, until := range []time.Time{t.screen.resultUntil, t.screen.pairing.Until} {
		if !until.IsZero() {
			sooner(until)
		}
	}
	if at := t.backAt(); at.After(now) { // once it is past, the polls of the sale that waits are ticks enough
		sooner(at)
	}
	return max(next.Sub(now), time.Millisecond)
}

// pollResult is what a poll brings back.
type pollResult struct {
	sale   state.Sale // as it was asked for
	events []state.Event
	failed bool           // some part of it
	held   bool           // some part waited for our own budget in vain: nothing was learned of the gateway
	wait   time.Duration  // what the gateway asked for
	why    *state.Problem // of a part that failed, or was held
}

// trouble notes a part of a poll that failed.
func (f *pollResult) trouble(err error) {
	f.why = terms.Problem(err)
	if gateway.ClassOf(err) == gateway.ClassBusy {
		f.held = true
		return
	}
	f.failed = true
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		f.wait = max(f.wait, e.RetryAfter)
	}
}

// poll reads every order of a sale once, and, where lost says so, looks for those that were lost on the way: one that
// turns up is closed. asked is what onDisk was when it began.
func (t *Till) poll(s state.Sale, lane gateway.Lane, lost bool, asked uint64) pollResult {
	found := pollResult{sale: s}
	for i := range s.Attempts {
		a := &s.Attempts[i]
		gw := t.gateways[a.Gateway]
		switch {
		case gw == nil:
			if a == s.Shown() && !s.Phase.Final() { // the customer may pay it, and nobody can see that
				found.trouble(&gateway.Error{Class: gateway.ClassMisconfigured, Gateway: a.Gateway, Op: "read order",
					Cashier: gateway.CashierSetup,
					Err:     errors.New("the gateway is no longer configured")})
			}
		case a.Quote != nil:
			ctx, cancel := t.within(lane, readTimeout)
			r, err := ReadOrder(ctx, gw, &s, a)
			cancel()
			t.observe(a.Gateway, err)
			if err != nil {
				found.trouble(err)
				if t.ctx.Err() == nil {
					t.o.Log.Warn("look failed", "sale", s.ID, "attempt", a.Ref, "err", err)
				}
				continue
			}
			t.capture(lane, gw, &s, &r)
			if s.Phase.Final() && a == s.Shown() && !t.writeOrderNotes(lane, gw, &s, a, &r) {
				found.failed = true
			}
			for _, n := range r.Notes {
				t.unusual(s.ID, a.Ref, n)
			}
			found.events = append(found.events, terms.ReadBy(&s, a, r, asked))
		case a.State == state.AttemptLost && s.Kind == state.KindMandate && lost:
			ctx, cancel := t.within(lane, readTimeout)
			if r, err := debit.Read(ctx, gw, &s, a); err == nil { // that it can't be read proves nothing
				found.events = append(found.events, debit.Answered(&s, a, r, asked))
			}
			cancel()
		case a.State == state.AttemptLost && lost:
			ctx, cancel := t.within(lane, findTimeout)
			q, err := gw.Find(ctx, terms.ToCharge(&s, a, terms.Asker{Terminal: t.o.Terminal, Box: t.o.Box}))
			cancel()
			switch {
			case err == nil:
				found.events = append(found.events, terms.Found(&s, a, q))
			case terms.Existing(err) != "" && !gateway.ClassOf(err).Later():
				found.events = append(found.events, terms.Unshown(&s, a, err))
			case !errors.Is(err, gateway.ErrNotFound) && !errors.Is(err, gateway.ErrUnsupported) &&
				gateway.ClassOf(err) != gateway.ClassRejected:
				found.trouble(err) // a refusal to look would be one again
			}
		}
	}

	return found
}

// unusual logs a gateway's oddity once for each order, not at every poll.
func (t *Till) unusual(sale, ref, note string) {
	t.mu.Lock()
	known := t.told[ref+note]
	if len(t.told) > 1000 {
		clear(t.told)
	}
	t.told[ref+note] = true
	t.mu.Unlock()
	if !known {
		t.o.Log.Warn("gateway says something unusual", "sale", sale, "attempt", ref, "note", note)
	}
}

// recordPoll records what a poll found and sets the time of the next.
func (u *txn) recordPoll(found pollResult) error {
	t, s, failed := u.t, found.sale, found.failed
	x := t.sales[s.ID]
	if x == nil {
		return nil
	}
	x.reading = false

	// Recording comes first; whatever the times below say, what was seen is kept.
	doubted := false
	for _, e := range found.events {
		if now, err := u.sale(e.SaleID); err == nil {
			doubted = x.doubts.Mark(now, &e, t.o.Wall()) || doubted
		}
		if err := u.applyIfChanged(e); err != nil {
			t.o.Log.Error("a look could not be recorded", "sale", s.ID, "err", err)
			failed = true
		}
	}

	now := time.Now()
	if failed || found.held {
		if err := u.pollFailed(x, found); err != nil {
			return err
		}
	}
	if failed {
		x.fails++
		do := pace.Look
		if s.Phase.Final() {
			do = pace.Watch
		}
		pause := t.random.Backoff(do, x.fails)
		if left := unseenAfter - now.Sub(x.seen); left > 0 { // both screens say in time that payments can't be seen
			pause = min(pause, left)
		}
		x.nextRead = now.Add(max(found.wait, pause))
		return nil
	}

	if found.held && s.Phase.Final() {
		x.nextRead = now.Add(t.random.Backoff(pace.Watch, 3)) // nobody waits for it
		return nil
	}
	x.fails = 0
	if !found.held {
		x.polled, x.seen = true, now
	}
	if !s.Phase.Final() {
		x.nextRead = now.Add(t.between(x))
		return nil
	}

	// the poll is made once more, and only then is it a step of the watch: the last one is doubted like any other
	if doubted {
		x.nextRead = now.Add(doubt.SecondReading)
		return nil
	}
	x.nextRead = x.stepAt
	if _, ok := state.NextWatch(s); ok && !x.stepAt.After(now) {
		if err := u.apply(state.Event{Kind: state.EventWatched, SaleID: s.ID, Step: state.NextStep(s)}); err != nil {
			return err
		}
		next, err := u.sale(s.ID)
		if err != nil {
			return err
		}
		if wait, ok := state.NextWatch(next); ok {
			x.stepAt = t.step(wait, 0)
			x.nextRead = x.stepAt
		}
	}

	return nil
}

// pollFailed writes down, once, that the payments of a sale that is not over can't be seen, since when, and why. The
// next reading takes it back.
func (u *txn) pollFailed(x *entry, found pollResult) error {
	s, err := u.sale(found.sale.ID)
	since := time.Since(x.seen)
	if err != nil || s.Kind == state.KindMandate || s.Phase.Final() || s.Shown() == nil || s.Unseen != nil ||
		since < unseenAfter {
		return err
	}
	return u.applyIfChanged(state.Event{Kind: state.EventUnseen, SaleID: s.ID,
		Unseen: &state.Unseen{Since: u.t.o.Wall().Add(-since), Problem: found.why}})
}
