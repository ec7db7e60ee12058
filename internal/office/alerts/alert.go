package alerts

import (
	"context"
	"log/slog"
	"time"
)

const (
	Most = 50                 // alerts in a message
	Keep = 7 * 24 * time.Hour // what is older is told to nobody

	every     = 10 * time.Second
	firstWait = 10 * time.Second
	longWait  = 5 * time.Minute
	tellTime  = 50 * time.Second // for one message, while the store holds the way
)

// The two things that happen to a finding.
const (
	Began = "began"
	Ended = "ended"
)

// Alert is a finding that began or ended.
type Alert struct {
	ID       string            `json:"id"` // of the finding
	What     string            `json:"what"`
	Kind     string            `json:"kind"` // of galla/internal/office's Kinds
	Terminal string            `json:"terminal"`
	Shop     string            `json:"shop,omitempty"`    // its name
	Counter  string            `json:"counter,omitempty"` // its label
	Values   map[string]string `json:"values"`            // that its kind has
	First    time.Time         `json:"first"`
	Ended    time.Time         `json:"ended,omitzero"`
}

// At is when it happened.
func (a Alert) At() time.Time {
	if a.What == Ended {
		return a.Ended
	}
	return a.First
}

// Store is where findings are, and what was told.
type Store interface {
	// Begin switches a way on, unless it is on already.
	Begin(ctx context.Context, way string, at time.Time) error
	// Tell gives do what a way was not told, of what happened after it was switched on and after oldest, at most Most
	// of them and the oldest first, and writes down that it was told if do returns nil. It gives nothing while
	// another Tell of the way runs, in any office.
	Tell(ctx context.Context, way string, oldest, now time.Time, do func(context.Context, []Alert) error) (told int,
		err error)
}

// Way carries messages.
type Way interface {
	// Send is done when the other side has taken all of them.
	Send(ctx context.Context, all []Alert) error
	// Wait is how long the other side asks to be left alone after an error of Send's; 0: it does not say.
	Wait(err error) time.Duration
}

// Teller tells one way.
type Teller struct {
	Name  string // webhook, mail
	Way   Way
	Store Store
	Log   *slog.Logger
	Wall  func() time.Time                // nil: time.Now
	Told  func(alerts int, failure error) // after each message; nil: nobody
}

// Run tells until ctx ends.
func (t Teller) Run(ctx context.Context) {
	if t.Wall == nil {
		t.Wall = time.Now
	}
	begun, wait := false, firstWait
	for ctx.Err() == nil {
		var err error
		if !begun {
			err = t.Store.Begin(ctx, t.Name, t.Wall())
			begun = err == nil
		}
		told := 0
		if err == nil {
			told, err = t.once(ctx)
		}

		pause := every
		switch {
		case err != nil && ctx.Err() == nil:
			pause = max(wait, t.Way.Wait(err))
			wait = min(2*wait, longWait)
			t.Log.Warn("alerts were not told", "way", t.Name, "again_in", pause, "error", err)
		case told > 0:
			pause, wait = 0, firstWait // there may be more
		default:
			wait = firstWait
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// once tells one message.
func (t Teller) once(ctx context.Context) (told int, err error) {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	now := t.Wall()
	// If we die behind Send and before the store has it, the same is told again.
	told, err = t.Store.Tell(ctx, t.Name, now.Add(-Keep), now, t.Way.Send)
	if t.Told != nil && (told > 0 || err != nil) {
		t.Told(told, err)
	}
	return told, err
}
