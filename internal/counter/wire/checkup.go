package wire

import "time"

// Checkup is the body of GET /v1/doctor, and of checkup in GET /v1/health.
type Checkup struct {
	OK     bool      `json:"ok"`             // nothing is wrong
	Sells  bool      `json:"sells"`          // a sale can be taken, as far as is known
	Says   string    `json:"says"`           // the root cause, or that all is well
	Next   string    `json:"next,omitempty"` // what to do first
	At     time.Time `json:"at"`
	Checks []Check   `json:"checks"` // in the order of the chain: what hangs on what

	SaysCode    string `json:"says_code"`
	SaysValues  Values `json:"says_values,omitempty"`
	CauseCode   string `json:"cause_code,omitempty"` // of the check that says the root cause
	CauseValues Values `json:"cause_values,omitempty"`
	NextCode    string `json:"next_code,omitempty"` // of Next, where it is not the cause's own
}

// The levels of a check.
const (
	LevelOK      = "ok"
	LevelNote    = "note"    // works, and somebody should know
	LevelBad     = "bad"     // somebody has to do something
	LevelSkipped = "skipped" // not looked at; Says has the reason, Because the check to cure first
)

// Check is one link of the chain.
type Check struct {
	// gallad, link, dns, tls, gateway, keys, feature, printer, paper, display, disk, stick, power, memory, clock,
	// office
	Check   string    `json:"check"`
	Gateway string    `json:"gateway,omitempty"` // the account it is about
	Level   string    `json:"level"`             // LevelOK, LevelNote, LevelBad, LevelSkipped
	Says    string    `json:"says"`
	Next    string    `json:"next,omitempty"`
	Because string    `json:"because,omitempty"` // of a skipped one: the check to cure first
	At      time.Time `json:"at"`                // when it was looked at

	SaysCode   string `json:"says_code"` // of Says and Next
	SaysValues Values `json:"says_values,omitempty"`
	NextCode   string `json:"next_code,omitempty"` // of Next, where it is not that of says_code
}

// Bad is the check of this name if it is bad; else nil.
func (up Checkup) Bad(check string) *Check {
	for i, c := range up.Checks {
		if c.Check == check && c.Level == LevelBad {
			return &up.Checks[i]
		}
	}
	return nil
}
