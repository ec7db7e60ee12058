package standing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"galla/gateway"
	"galla/state"
)

// One list asks for the payments of so much time. Where they are too many for it, or it takes too long, the next asks
// for an eighth; and for twice as much again where it is quick.
const (
	mostSlice  = 24 * time.Hour
	leastSlice = time.Second // the gateways' clocks count seconds
	quick      = lookTimeout / 4
)

// errSlow says that a list was not read within lookTimeout.
var errSlow = errors.New("the list was not read in time")

// found is what a poll brought.
type found struct {
	began   time.Time // wall
	reached time.Time // wall: from the poll's beginning until then, all was listed and taken; zero: nothing was
	pending time.Time
	slice   time.Duration
	odd     map[string]odd // the QR's, as it leaves them
	sales   []state.Sale   // made by it
	taken   map[string]time.Time
	status  string // the QR's own, where it was asked for
	marked  bool   // that its payments were read is on disk
	err     error
}

// poll asks for payments, the oldest first, and has the till take them.
func (w *Watch) poll(ctx context.Context, s *stand, t task) {
	f := found{began: w.wall(), slice: t.slice, odd: t.odd, taken: map[string]time.Time{}}
	defer func() {
		if p := recover(); p != nil { // one record that no client can read must not end the till
			f.err = fmt.Errorf("a look panicked: %v", p)
			w.log.Error("a look at a standing QR panicked", "qr", t.qr, "panic", fmt.Sprint(p))
		}
		w.done(s, t, f)
	}()

	gw := w.gateways[t.gateway]
	for from := t.from; from.Before(t.to) && f.err == nil; {
		to := from.Add(f.slice)
		if to.After(t.to) {
			to = t.to
		}
		asked := time.Now()
		list, err := w.ask(ctx, gw, t.qr, from, to)
		took := time.Since(asked)
		long := errors.Is(err, gateway.ErrLong)
		if long || errors.Is(err, errSlow) {
			f.slice = max(f.slice/8, leastSlice)
			if long && to.Sub(from) > leastSlice {
				continue
			}
		}
		if f.err = err; err != nil {
			break
		}
		f.take(ctx, w, s, t, list)
		if f.err != nil {
			break
		}
		if took < quick {
			f.slice = min(2*f.slice, mostSlice)
		}
		// What was read before a failure need not be read again.
		f.reached, from = to, to
	}

	if f.err == nil && t.hour {
		f.marked = w.mark(s, t, f.began)
	}
	if f.err == nil && t.days {
		f.status = w.status(ctx, gw, t.qr)
	}
	if f.err != nil && ctx.Err() == nil {
		w.log.Warn("the payments of a standing QR could not be read", "gateway", t.gateway, "qr", t.qr, "err", f.err)
	}
}

func (w *Watch) ask(ctx context.Context, gw gateway.Gateway, qr string, from, to time.Time) ([]gateway.Payment, error) {
	limited, cancel := gateway.Errand{Lane: gateway.LaneStanding, Limit: lookTimeout}.Begin(ctx)
	defer cancel()
	list, err := gw.(gateway.HasStandingPayments).StandingPayments(limited, qr, from, to)
	if errors.Is(err, gateway.ErrLong) {
		return nil, err // the gateway is well
	}
	if !errors.Is(err, gateway.ErrNotFound) { // that the QR is another account's says nothing of this one's sales
		w.till.ObserveCall(gw.Name(), err)
	}
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = errors.Join(err, errSlow)
	}
	return list, err
}

// status is the QR's own, or "" where it can't be had now.
func (w *Watch) status(ctx context.Context, gw gateway.Gateway, qr string) string {
	keeps, ok := gw.(gateway.HasCounterQRs)
	if !ok {
		return ""
	}
	ctx, cancel := gateway.Errand{Lane: gateway.LaneStanding, Limit: lookTimeout}.Begin(ctx)
	defer cancel()
	q, err := keeps.CounterQRs().Show(ctx, qr)
	if err != nil {
		return ""
	}
	return q.Status
}

// done takes in what a poll found, and plans the next.
func (w *Watch) done(s *stand, t task, f found) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.stir()
	now := time.Now()
	s.looking, s.slice, s.odd = false, f.slice, f.odd
	for id, at := range f.taken {
		s.taken[id] = at
	}
	if len(f.sales) > 0 {
		s.paid, s.hot = now, now.Add(hotFor)
		for _, made := range f.sales {
			w.count(made, w.today())
		}
	}
	if f.err != nil {
		if f.reached.After(s.reached) {
			s.reached, s.paused, s.fails = f.reached, now, 0
		}
		if !f.pending.IsZero() && (s.pending.IsZero() || f.pending.Before(s.pending)) {
			s.pending = f.pending
		}
	}
	if gateway.ClassOf(f.err) == gateway.ClassBusy && f.err != nil { // our own budget
		s.next = now.Add(w.interval(s, now))
		return
	}
	if f.err != nil {
		s.fails++
		s.problem = strings.ReplaceAll(f.err.Error(), "\n", "; ")
		pause := min(time.Minute, 2*time.Second<<min(s.fails-1, 6))
		if errors.Is(f.err, gateway.ErrNotFound) {
			pause = hourEvery
		}
		if e, ok := errors.AsType[*gateway.Error](f.err); ok {
			pause = max(pause, e.RetryAfter)
		}
		s.next = now.Add(pause/2 + time.Duration(w.random(int64(pause))))
		return
	}

	s.fails, s.problem, s.looked = 0, "", w.wall()
	s.covered, s.pending, s.reached = f.began, f.pending, time.Time{}
	if f.marked {
		s.marked = f.began
	}
	if !t.from.After(s.missed) {
		s.missed = time.Time{}
	}
	if t.hour {
		s.hour = now.Add(hourEvery)
	}
	if t.days {
		s.days = now.Add(daysEvery)
		for id, at := range s.taken { // what no list shows any more need not be remembered
			if w.wall().Sub(at) > daysReach+mostSlice {
				delete(s.taken, id)
			}
		}
		maps.DeleteFunc(s.odd, func(_ string, o odd) bool { return w.wall().Sub(o.at) > daysReach+mostSlice })
	}

	if f.status == gateway.CounterQRCancelled && s.closed.IsZero() { // in the gateway's dashboard
		s.closed, s.record.Status = w.wall(), f.status
		w.log.Warn(
			"a standing QR was closed at its gateway: it takes no payments",
			"gateway",
			s.gateway,
			"qr",
			s.record.ID,
		)
	}

	s.next = now.Add(w.interval(s, now))
}
