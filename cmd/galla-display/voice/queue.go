package voice

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	queueLength = 16               // announcements waiting; more payments than that at once are told by the screen
	tooLate     = 30 * time.Second // an announcement that waited this long would be taken for another customer's
	longest     = 20 * time.Second // of one announcement; a player that hangs is ended
)

// Announcer makes one announcement and returns when it has been heard: a *Sound.
type Announcer interface {
	Announce(ctx context.Context, c Cue) error
}

// Queue makes announcements one after the other.
type Queue struct {
	a   Announcer
	log *slog.Logger

	mu    sync.Mutex
	cues  []Cue
	fresh chan struct{}
}

// NewQueue returns an empty Queue.
func NewQueue(a Announcer, log *slog.Logger) *Queue {
	return &Queue{a: a, log: log, fresh: make(chan struct{}, 1)}
}

// Add puts c at the end. It never blocks; when too many wait, the oldest is left out.
func (q *Queue) Add(c Cue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.cues) == queueLength {
		q.log.Warn("too many announcements are waiting; the oldest is left out")
		q.cues = q.cues[1:]
	}
	q.cues = append(q.cues, c)
	select {
	case q.fresh <- struct{}{}:
	default:
	}
}

func (q *Queue) next() (Cue, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.cues) == 0 {
		return Cue{}, false
	}
	c := q.cues[0]
	q.cues = q.cues[1:]
	return c, true
}

// Run makes the announcements until ctx ends, and returns its error. What fails is logged and not tried again: a sound
// that comes late is worse than none.
func (q *Queue) Run(ctx context.Context) error {
	for {
		c, ok := q.next()
		if !ok {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-q.fresh:
			}
			continue
		}
		if time.Since(c.At) > tooLate {
			q.log.Warn("an announcement came too late and is left out", "paid", c.Paid)
			continue
		}
		one, cancel := context.WithTimeout(ctx, longest)
		if err := q.a.Announce(one, c); err != nil && ctx.Err() == nil {
			q.log.Error("an announcement failed", "paid", c.Paid, "err", err)
		}
		cancel()
	}
}
