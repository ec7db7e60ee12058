package people

import "time"

// Guesses are free up to freeGuesses; after that each wrong one doubles the wait, from firstWait to longestWait.
const (
	freeGuesses = 4
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// guesses counts wrong tries at one secret.
type guesses struct {
	Wrong int       `json:"wrong,omitempty"`
	Until time.Time `json:"until,omitzero"` // no try before
}

// wait says how long the next try has to wait. A clock that jumped back doesn't lock anyone out for longer than the
// longest wait.
func (g *guesses) wait(now time.Time) time.Duration {
	return min(max(0, g.Until.Sub(now)), longestWait)
}

func (g *guesses) wrong(now time.Time) {
	g.Wrong++
	if n := g.Wrong - freeGuesses; n > 0 {
		g.Until = now.Add(min(firstWait<<min(n-1, 10), longestWait))
	}
}
