package till

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"galla/internal/till/doubt"
	"galla/state"
)

// entry is the engine's view of one sale that isn't over.
type entry struct {
	sale state.Sale
	now  atomic.Pointer[state.Sale] // the same, for who is not the engine: what is about to leave asks it

	// The time its customer has used. base is what had run when we began to count at from; from is zero until there is
	// a QR.
	base time.Duration
	from time.Time

	restored time.Time // when it was found on disk; zero of one that was opened since
	polled   bool      // since it was found on disk, the gateway was asked and answered
	seen     time.Time // when its orders could last be read, or its first code came
	reading  bool      // a poll of the gateway is under way
	fails    int       // polls that failed in a row
	nextRead time.Time
	// when the next step of the watch after the end is due; a poll before that is one more, and no step
	stepAt   time.Time
	hinted   time.Time // when a hint last made it be looked at
	lostRead time.Time // when lost attempts were last looked for
	patience time.Time // closing: when a payment in flight no longer keeps it from ending
	running  map[string]bool
	retry    map[string]retry
	doubts   doubt.Doubts
	hidden   string // why its QR must not be shown: the display could not read it back
}

// retry is an effect waiting for its next try.
type retry struct {
	at    time.Time
	fails int
	since time.Time // its first failure in this process; zero before that
}

// elapsed is how much of the sale's life has run, by the monotonic clock.
func (e *entry) elapsed() time.Duration {
	if e.from.IsZero() {
		return e.base
	}
	return e.base + time.Since(e.from)
}

// txn is one commit in the making: working copies, and what follows from them once they are on disk.
type txn struct {
	t       *Till
	at      time.Time // of all its events; zero until it is asked
	sales   map[string]state.Sale
	events  []state.Event
	keys    []state.KeyRecord
	effects []state.Effect
	drawers []string // sales whose money goes into the drawer
	asked   map[string]state.Operation
	after   []func()
	waiting int // by how many more sales have open attention items than before
}

// turn runs a batch of messages in one commit. Its error is final.
func (t *Till) turn(batch []message) error {
	t.turned.Store(t.o.Wall().UnixNano())
	u := &txn{t: t, sales: map[string]state.Sale{}, asked: map[string]state.Operation{}}
	errs := make([]error, len(batch))
	for i, m := range batch {
		save := *u
		save.sales, save.asked = maps.Clone(u.sales), maps.Clone(u.asked)
		if errs[i] = m.do(u); errs[i] != nil {
			save.at = u.at // one commit, one moment
			*u = save
		}
	}
	err := u.commit()
	if err != nil && t.o.Refused(err) {
		if len(batch) == 1 {
			batch[0].done(err) // one poisoned message is refused and stops nobody
			return nil
		}
		for _, m := range batch {
			if err := t.turn([]message{m}); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		for _, m := range batch {
			m.done(errors.Join(ErrStopped, err))
		}
		return err
	}
	for _, f := range u.after {
		f()
	}
	for i, m := range batch {
		m.done(errs[i])
	}
	return nil
}

// moment is the time of the turn's events: the wall clock's, and never that of the turn before, though no time went by.
// A report counts a fact with the event of its moment, and two commits of one moment would be one to it.
func (u *txn) moment() time.Time {
	if u.at.IsZero() {
		t := u.t
		wall := t.o.Wall()
		if t.same++; !wall.Equal(t.wall) {
			t.wall, t.same = wall, 0
		}
		u.at = wall.Add(time.Duration(t.same))
	}
	return u.at
}

// sale returns the working copy of a sale: of this turn, of the engine, or from disk.
func (u *txn) sale(id string) (state.Sale, error) {
	if s, ok := u.sales[id]; ok {
		return s, nil
	}
	if e := u.t.sales[id]; e != nil {
		return e.sale, nil
	}
	s, found, err := u.t.o.Store.Sale(id)
	if err != nil {
		return s, err
	}
	if !found {
		return s, ErrNoSale
	}
	return s, nil
}

// apply lets state decide about one event, and notes what to write and to do.
func (u *txn) apply(e state.Event) error {
	s, err := u.sale(e.SaleID)
	if err != nil && !(errors.Is(err, ErrNoSale) && e.Begins()) {
		return err
	}
	if s.Rules < state.Rules && !e.Begins() && e.Kind != state.EventRules {
		// Nothing is written to a sale of older rules but that it is brought to ours: its account is a journal from
		// here on.
		if err := u.apply(state.Event{Kind: state.EventRules, SaleID: s.ID, Rules: state.Rules}); err != nil {
			return err
		}
		s = u.sales[s.ID]
	}
	if e, err = u.withoutOthers(&s, e); err != nil {
		return err
	}
	if e.By == "" {
		e.By = "till"
	}
	e.Seq = u.t.seq + uint64(len(u.events)) + 1
	e.At = u.moment()
	if x := u.t.sales[e.SaleID]; x != nil {
		e.Elapsed = x.elapsed()
	}
	n, effects, err := state.Apply(s, e)
	if err != nil {
		return err
	}
	u.sales[e.SaleID] = n
	u.events = append(u.events, e)
	u.effects = append(u.effects, effects...)
	u.waiting += attentive(n) - attentive(s)
	if u.t.o.opensDrawer(s, n) {
		u.drawers = append(u.drawers, n.ID)
	}
	return u.slips(s, n)
}

// attentive is 1 for a sale with open attention items, else 0.
func attentive(s state.Sale) int { return min(len(s.Attention), 1) }

// slips asks for the paper that goes without asking, in the same commit as what it follows from.
func (u *txn) slips(before, after state.Sale) error {
	if u.t.o.Paper == nil {
		return nil
	}
	if before.Phase == state.PhaseQuoting && after.Phase == state.PhaseAwaiting &&
		(after.PrintAsked || u.t.o.PrintOrder) {
		return u.print(after.ID, state.CopyOrder, "till")
	}
	if before.Phase != state.PhasePaid && after.Phase == state.PhasePaid && u.t.o.PrintReceipt &&
		after.Kind == state.KindCounter {
		return u.print(after.ID, state.CopyReceipt, "till")
	}
	return nil
}

// applyIfChanged applies an event only if it changes a fact: a gateway that says the same again costs no write.
func (u *txn) applyIfChanged(e state.Event) error {
	s, err := u.sale(e.SaleID)
	if err != nil {
		return err
	}
	if e, err = u.withoutOthers(&s, e); err != nil {
		return err
	}
	e.Seq, e.At = s.Seq+1, u.moment()
	n, _, err := state.Apply(s, e)
	if err != nil {
		if errors.Is(err, state.ErrReplay) {
			return nil
		}
		return err
	}
	n.Seq, n.UpdatedAt, n.Elapsed = s.Seq, s.UpdatedAt, s.Elapsed
	if reflect.DeepEqual(n, s) {
		return nil
	}
	return u.apply(e)
}

// commit writes the turn. If we die before it returns, the whole turn is on disk or nothing of it, and nothing outside
// has been told. Once it returned nil, everything that follows can be found again from what is on disk.
func (u *txn) commit() error {
	if len(u.events) == 0 && len(u.keys) == 0 {
		return nil
	}
	b := state.Batch{Events: u.events, Keys: u.keys}
	for _, id := range slices.Sorted(maps.Keys(u.sales)) {
		b.Sales = append(b.Sales, u.sales[id])
	}
	for _, id := range slices.Sorted(maps.Keys(u.asked)) {
		b.Operations = append(b.Operations, u.asked[id])
	}
	if err := u.t.o.Store.Commit(b); err != nil {
		return err
	}
	t := u.t
	t.seq += uint64(len(u.events))
	t.onDisk.Store(t.seq)
	t.waiting += u.waiting
	for _, s := range b.Sales {
		t.track(s, true)
	}

	t.count()
	for _, e := range u.events {
		if o := e.Operation; o != nil {
			t.o.Log.Info("event", "operation", o.ID, "kind", string(e.Kind), "seq", e.Seq, "what", u.asked[o.ID].Kind,
				"status", string(u.asked[o.ID].Status))
			continue
		}
		t.o.Log.Info("event", "sale", e.SaleID, "kind", string(e.Kind), "seq", e.Seq,
			"phase", string(u.sales[e.SaleID].Phase))
	}

	for _, id := range u.drawers {
		t.kick(u.sales[id]) // before its receipt; a crash loses it, and nothing opens a drawer later
	}

	// From here on a crash repeats nothing: every effect below is a row of the outbox until its answer is an event.
	for _, f := range u.effects {
		t.start(f, true)
	}
	t.publish()
	t.mu.Lock()
	close(t.changed)
	t.changed = make(chan struct{})
	t.mu.Unlock()
	return nil
}

// track takes a committed sale into the engine's memory, or lets go of one that is over.
func (t *Till) track(s state.Sale, live bool) {
	x := t.sales[s.ID]
	if x == nil {
		if !state.Watching(s) {
			return
		}
		x = &entry{running: map[string]bool{}, retry: map[string]retry{}, base: s.Elapsed}
		t.sales[s.ID] = x
		x.polled = live
		if !live {
			t.restoreTimers(x, &s)
		}
	}

	was := x.sale
	x.sale = s
	x.now.Store(&s)
	if x.from.IsZero() && (s.Shown() != nil || s.Kind == state.KindMandate) {
		x.from = time.Now()
		if x.nextRead = x.from; live { // nobody scans and pays within that
			x.nextRead = x.from.Add(t.between(x))
		}
		x.seen = x.from
	}

	if s.Phase == state.PhaseClosing && x.patience.IsZero() {
		x.patience = time.Now().Add(closingPatience)
	}
	if s.Phase.Final() && x.stepAt.IsZero() {
		wait, _ := state.NextWatch(s)
		x.stepAt = t.step(wait, 0)
		x.nextRead = x.stepAt
	}
	if end := was.Phase != s.Phase || s.Tender == state.TenderLate && was.Tender != s.Tender &&
		time.Now().Before(t.screen.resultUntil); live && end &&
		s.Phase.Final() && s.ID == t.screen.sale {
		t.screen.resultUntil = time.Now().Add(resultTime)
		t.screen.result = x
	}

	if live && was.Phase != state.PhasePaid && s.Phase == state.PhasePaid {
		t.announcePaid(&s)
	}
	if !state.Watching(s) && len(x.running) == 0 {
		delete(t.sales, s.ID)
	}
}

// restoreTimers sets the clocks of a sale found on disk. While the box was off the wall clock is all there is, and it
// may be anything: what it says is used between nothing and the sale's whole life, and no sale expires before one poll.
func (t *Till) restoreTimers(x *entry, s *state.Sale) {
	x.restored = time.Now()
	if s.Shown() != nil {
		x.base = s.Elapsed + min(max(t.o.Wall().Sub(s.UpdatedAt), 0), s.Life)
	}
	if wait, ok := state.NextWatch(*s); ok {
		// The first poll is at once, and is no step: a box that starts again and again must not use up its five days in
		// an hour. How much of the wait is over only the wall clock can say, which may say anything, so it is believed
		// between nothing and all of it.
		x.stepAt = t.step(wait, min(max(t.o.Wall().Sub(s.UpdatedAt), 0), wait))
		x.nextRead = time.Now()
	}
	for _, f := range state.Pending(*s) {
		x.retry[f.Key] = retry{} // due at once; start is called with fresh=false
	}
}
