package wire

import "time"

// Printer is the body of GET /v1/printer.
type Printer struct {
	// ready, unknown (it doesn't say), mute (it should, and doesn't), garbled (it answers in noise), asleep (it did
	// answer), printing, paper_out, cover_open, offline, error, gone
	Condition string    `json:"condition"`
	NearEnd   bool      `json:"near_end"`         // the roll is nearly used up
	Detail    string    `json:"detail,omitempty"` // a sentence with the next step
	Since     time.Time `json:"since"`            // when the condition began
	Profile   string    `json:"profile"`
	Port      string    `json:"port"`             // as configured
	Device    string    `json:"device,omitempty"` // what the port's name resolved to
	Model     string    `json:"model,omitempty"`  // as the printer names itself
	// it has answered since the port was opened; one that doesn't can't confirm a slip
	Answers bool `json:"answers"`
	// how it says that a slip is on paper: "gsh" (GS ( H), "gsr" (GS r), "none"; empty: not found out
	Confirms string `json:"confirms,omitempty"`
}
