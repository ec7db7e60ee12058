package voice

import (
	"slices"
	"sync"
	"time"

	"galla/display"
	"galla/internal/money"
)

// Cue is one announcement.
type Cue struct {
	Paid      bool        // the money is there
	Settled   bool        // a person says that it was paid in another way; neither: not paid
	Amount    money.Paise // spoken when Paid
	Languages []string    // of the View
	Demo      bool
	At        time.Time // when it was asked for
}

// old is the age at which a state is history: a sound that was just started says nothing about it.
const old = 5 * time.Second

// Cues decides what is to be heard. It keeps the last sales in mind and nothing else. Payments and Views may come from
// two goroutines.
type Cues struct {
	mu    sync.Mutex
	heard []string // sale and outcome, the newest last
}

// Paid returns the announcement of v, a sale that gallad has seen the money of, if it deserves one. Only this is
// announced as received: a View of a paid sale may stand for one that a manager declared paid, and leaves out all but
// one of two at once.
func (c *Cues) Paid(v display.View, now time.Time) (Cue, bool) {
	if v.Screen != display.ScreenPaid {
		return Cue{}, false
	}
	return c.once(v, now)
}

// Next returns the announcement for v, what the customer sees, if it deserves one: not paid, or paid in another way.
func (c *Cues) Next(v display.View, now time.Time) (Cue, bool) {
	if v.Screen != display.ScreenUnpaid {
		return Cue{}, false
	}
	return c.once(v, now)
}

// once returns the announcement for v unless it was made already or comes too late.
func (c *Cues) once(v display.View, now time.Time) (Cue, bool) {
	if v.SaleID == "" {
		return Cue{}, false
	}
	key := string(v.Screen) + " " + v.SaleID
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.heard, key) {
		return Cue{}, false
	}
	c.heard = append(c.heard, key)
	if len(c.heard) > 100 {
		c.heard = slices.Delete(c.heard, 0, 50)
	}
	if !v.Since.IsZero() && now.Sub(v.Since) > old {
		return Cue{}, false
	}
	return Cue{
		Paid:      v.Screen == display.ScreenPaid,
		Settled:   v.Reason == display.ReasonOtherTender,
		Amount:    v.Amount,
		Languages: v.Languages,
		Demo:      v.Demo,
		At:        now,
	}, true
}
