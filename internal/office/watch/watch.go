package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"galla/internal/segment"
)

// Every is the time between two rounds.
const Every = 20 * time.Second

// roundTime is what a round may take, and trust how old the last one that ended may be, for what it heard to count.
const (
	roundTime = 2 * time.Minute
	trust     = time.Minute
)

// Store is where heartbeats and findings are. Office processes share one.
type Store interface {
	// Beat is a terminal's newest heartbeat.
	Beat(ctx context.Context, terminal string) (b Beat, found bool, err error)
	// PutBeat keeps one that was signed after the one that is there; kept is false for another.
	PutBeat(ctx context.Context, b Beat) (kept bool, err error)
	// Standings are all terminals that are joined.
	Standings(ctx context.Context) ([]Standing, error)
	// Trade is from when to when a shop traded on business days; one without sales is missing.
	Trade(ctx context.Context, shop string, days []string) (map[string]Span, error)
	// Open are the conditions that have begun and not ended.
	Open(ctx context.Context) ([]Condition, error)
	// Change begins, and says anew, and ends. All of it is there with nil. To begin what has begun says it anew; to end
	// what has ended changes nothing.
	Change(ctx context.Context, begin, end []Condition, at time.Time) error
}

// Options is what a Watch needs.
type Options struct {
	Store   Store
	Version string // of this office
	Log     *slog.Logger
	Wall    func() time.Time // nil: time.Now
	Told    func(Counts)     // after each round; nil: nobody
}

// Counts are how many terminals there are, and of how many a condition holds.
type Counts struct {
	Terminals int
	Holds     map[string]int // by kind; all Kinds are there
}

// Watch looks at terminals.
type Watch struct {
	o     Options
	since time.Time // boxes could be heard since then
	ended time.Time // the last round
	spans map[string]learnt
}

// learnt is what a shop's days said, on a day.
type learnt struct {
	day   string
	spans map[string]Span
}

// New makes one.
func New(o Options) *Watch {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	return &Watch{o: o, spans: map[string]learnt{}}
}

// Heard keeps a heartbeat; ours is what the office had of the terminal then, the newest branch first. newer is false
// for one that was not signed after the newest: nothing is kept of it.
func (w *Watch) Heard(
	ctx context.Context,
	id string,
	m segment.Heartbeat,
	signed time.Time,
	ours []segment.Place,
) (newer bool, err error) {
	was, found, err := w.o.Store.Beat(ctx, id)
	if err != nil || found && !signed.After(was.Signed) {
		return false, err
	}
	// If we die here, the box is heard a minute later.
	return w.o.Store.PutBeat(ctx, next(was, id, m, signed, w.o.Wall(), ours))
}

// Run makes rounds until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	for ctx.Err() == nil {
		round, cancel := context.WithTimeout(ctx, roundTime)
		err := w.Round(round)
		cancel()
		if err != nil && ctx.Err() == nil {
			w.o.Log.Error("the terminals could not be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(Every):
		}
	}
}

// Round looks at all terminals once.
func (w *Watch) Round(ctx context.Context) error {
	now := w.o.Wall()
	if now.Sub(w.ended) > trust || now.Before(w.ended) { // this office starts, or could not write down who was heard
		w.since = now
	}
	standings, err := w.o.Store.Standings(ctx)
	if err != nil {
		return err
	}
	open, err := w.o.Store.Open(ctx)
	if err != nil {
		return err
	}

	type key struct{ terminal, kind string }
	was := map[key]Condition{}
	for _, c := range open {
		was[key{c.Terminal, c.Kind}] = c
	}
	counts := Counts{Terminals: len(standings), Holds: map[string]int{}}
	for _, kind := range Kinds {
		counts.Holds[kind] = 0
	}
	var begin, end []Condition
	var problem error
	for _, s := range standings {
		_, silent := was[key{s.Terminal, Silent}]
		isOpen := func() bool {
			is, err := w.isOpen(ctx, s, now)
			problem = errors.Join(problem, err)
			return is
		}
		for _, c := range conditions(s, now, w.since, w.o.Version, silent, isOpen) {
			counts.Holds[c.Kind]++
			k := key{c.Terminal, c.Kind}
			if is, found := was[k]; !found || !maps.Equal(is.Values, c.Values) {
				begin = append(begin, c)
			}
			delete(was, k)
		}
	}
	if problem != nil {
		return problem
	}
	for _, c := range open { // what is left of them
		if _, left := was[key{c.Terminal, c.Kind}]; left {
			end = append(end, c)
		}
	}

	if len(begin)+len(end) > 0 {
		// If we die here, the next round finds the same.
		if err := w.o.Store.Change(ctx, begin, end, now); err != nil {
			return err
		}
	}
	w.ended = w.o.Wall()
	if w.o.Told != nil {
		w.o.Told(counts)
	}
	return nil
}

// isOpen reports whether a terminal's shop is open now.
func (w *Watch) isOpen(ctx context.Context, s Standing, now time.Time) (bool, error) {
	if open, known := entered(s.Opens, s.Closes, now); known {
		return open, nil
	}
	if s.Shop == "" {
		return false, nil
	}
	days := learntFrom(now)
	l, found := w.spans[s.Shop]
	if !found || l.day != days[0] {
		spans, err := w.o.Store.Trade(ctx, s.Shop, slices.Clone(days))
		if err != nil {
			return false, fmt.Errorf("the hours of shop %s: %w", s.Shop, err)
		}
		l = learnt{days[0], spans}
		w.spans[s.Shop] = l
	}
	return learned(l.spans, now), nil
}
