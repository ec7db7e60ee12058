package health

import "time"

// Health is what the till knows of itself.
type Health struct {
	Ready     bool      `json:"ready"`     // sales are taken
	Problem   string    `json:"problem"`   // why not; a sentence for people
	Code      string    `json:"code"`      // of Problem: health_starting, health_stopped or health_store
	Open      int       `json:"open"`      // sales that are not final
	Attention int       `json:"attention"` // sales with open items
	Gateways  []Gateway `json:"gateways"`  // in the order they are asked
	Printer   string    `json:"printer"`   // "none", "ready", or what is wrong with it
	Display   string    `json:"display"`   // "none", "connected", or what is wrong with it
	LastTurn  time.Time `json:"last_turn"` // when the engine last turned over
}

// Gateway is what the last calls to a gateway showed.
type Gateway struct {
	Name    string    `json:"name"`
	OK      bool      `json:"ok"`
	Problem string    `json:"problem,omitempty"`
	Gone    bool      `json:"gone,omitempty"` // it is no longer configured, and orders there are under watch
	At      time.Time `json:"at,omitzero"`

	// ClockBehind: the gateway can't be proven to be itself because this box's time lies before its certificate's.
	ClockBehind bool `json:"clock_behind,omitempty"`
}
