package wire

import "time"

// Hook is how a webhook stands: what the shop's software was told.
type Hook struct {
	Name         string    `json:"name"`                   // "main" is the one that has none in the settings
	Host         string    `json:"host"`                   // of its address
	Seq          uint64    `json:"seq"`                    // the newest event that it was told, or doesn't want
	Behind       uint64    `json:"behind"`                 // events after it
	FailingSince time.Time `json:"failing_since,omitzero"` // since when the receiver takes nothing
	Tries        int       `json:"tries,omitempty"`        // since then
	Problem      string    `json:"problem,omitempty"`      // what the last of them ended with
	NextTryAt    time.Time `json:"next_try_at,omitzero"`   // when the next begins by itself
}

// Hooks lists them in the order of the settings.
type Hooks struct {
	Hooks []Hook `json:"hooks"`
}

// HookTest is what became of a test: a delivery without events, sent now.
type HookTest struct {
	Taken   bool     `json:"taken"`             // the receiver answered 2xx
	Ms      int64    `json:"ms"`                // until its answer, or until it was given up
	Problem string   `json:"problem,omitempty"` // why it was not taken
	Sent    Delivery `json:"sent"`
}

// Redeliver asks for the events after one once more.
type Redeliver struct {
	Since uint64 `json:"since"`
}
