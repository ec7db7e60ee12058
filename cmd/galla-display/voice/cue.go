package voice

import (
	"slices"
	"time"

	"galla/display"
	"galla/internal/money"
)

// Cue is one announcement.
type Cue struct {
	Paid      bool        // else: not paid
	Amount    money.Paise // spoken when Paid
	Languages []string    // of the View
	Demo      bool
	At        time.Time // when it was asked for
}

// old is the age at which a state is history: a sound that was just started says nothing about it.
const old = 5 * time.Second

// Cues decides what is to be heard. It keeps the last sales in mind and nothing else; one goroutine uses it.
type Cues struct {
	heard []string // sale and outcome, the newest last
}

// Next returns the announcement for v, if it deserves one.
func (c *Cues) Next(v display.View, now time.Time) (Cue, bool) {
	paid := v.Screen == display.ScreenPaid
	unpaid := v.Screen == display.ScreenUnpaid && v.Reason != display.ReasonOtherTender
	if !paid && !unpaid || v.SaleID == "" {
		return Cue{}, false
	}
	key := string(v.Screen) + " " + v.SaleID
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
	return Cue{Paid: paid, Amount: v.Amount, Languages: v.Languages, Demo: v.Demo, At: now}, true
}
