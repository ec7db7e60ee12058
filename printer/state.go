package printer

import (
	"fmt"
	"time"

	"galla/printer/escpos"
	"galla/printer/port"
)

// Condition is what stands between the printer and the next slip.
type Condition string

const (
	ConditionGone    Condition = "gone"    // the port can't be opened or went away
	ConditionReady   Condition = "ready"   // it answers and is online
	ConditionUnknown Condition = "unknown" // the line is open, and this kind of printer says nothing
	// this kind answers, and this one hasn't: off, or its wire back is missing
	ConditionMute      Condition = "mute"
	ConditionGarbled   Condition = "garbled"    // it answers in bytes that no printer sends: a wrong speed
	ConditionAsleep    Condition = "asleep"     // it did answer, and doesn't any more: asleep, or switched off
	ConditionPrinting  Condition = "printing"   //
	ConditionPaperOut  Condition = "paper_out"  //
	ConditionCoverOpen Condition = "cover_open" //
	ConditionOffline   Condition = "offline"    // it says so without a cause, or holds the line by flow control
	ConditionError     Condition = "error"      // cutter jam, hot head, mechanical failure
)

// State is what is known of the printer at one moment. It is for the cashier's counter, never for the customer's
// screen.
type State struct {
	Condition Condition `json:"condition"`
	NearEnd   bool      `json:"near_end"`         // the roll is nearly used up
	Detail    string    `json:"detail,omitempty"` // one sentence with a next step
	Device    string    `json:"device,omitempty"` // what the port's name resolved to
	Model     string    `json:"model,omitempty"`  // as the printer names itself
	Answers   bool      `json:"answers"`          // it has answered a status request since the port was opened
	// how it says that a slip is on paper: ConfirmsGSH, ConfirmsGSR or ConfirmsNone; empty: not found out
	Confirms string    `json:"confirms,omitempty"`
	Since    time.Time `json:"since"` // when the condition began
}

// How a printer says that a slip is on paper: State.Confirms, and Profile.Ack where it is known beforehand.
const (
	ConfirmsGSH  = "gsh"  // it answers GS ( H when all before it is printed
	ConfirmsGSR  = "gsr"  // it answers GS r in order
	ConfirmsNone = "none" // it does not
)

// AckAuto as Profile.Ack: it is found out.
const AckAuto = "auto"

// Found says in sentences what could be found out, for the self-test slip and `galla printer status`.
func (s State) Found() []string {
	out := []string{"Condition: " + string(s.Condition)}
	if s.Device != "" {
		out = append(out, "Device: "+s.Device)
	}
	if s.Model != "" {
		out = append(out, "Model: "+s.Model)
	}
	switch {
	case s.Answers && s.Confirms == ConfirmsGSH:
		out = append(out, "Status: answered", "Confirms a slip when it is on paper (GS ( H)")
	case s.Answers && s.Confirms == ConfirmsGSR:
		out = append(out, "Status: answered", "Confirms a slip by its paper sensor (GS r)")
	case s.Answers && s.Confirms == ConfirmsNone:
		out = append(out, "Status: answered", "Does not confirm slips: one counts as sent, not as printed")
	case s.Answers:
		out = append(out, "Status: answered")
	default:
		out = append(out, "Status: no answer; a slip counts as sent, not as printed")
	}
	if s.NearEnd {
		out = append(out, "Paper: nearly used up")
	}
	if s.Detail != "" {
		out = append(out, s.Detail)
	}
	return out
}

// ready tells whether a job may be started. A mute printer may print all the same: many have no wire back.
func (s State) ready() bool {
	return s.Condition == ConditionReady || s.Condition == ConditionUnknown || s.Condition == ConditionMute
}

// read turns a printer's own words into a condition, the cause a person can remove first.
func read(c escpos.Condition) (Condition, string) {
	switch {
	case c.CoverOpen:
		return ConditionCoverOpen, "The printer's cover is open. Close it."
	case c.PaperOut:
		return ConditionPaperOut, "The printer is out of paper. Put in a new roll and close the cover."
	case c.Cutter:
		return ConditionError, "The printer's cutter is jammed. Open the cover, free the blade, close it, and " +
			"switch the printer off and on."
	case c.Unrecoverable:
		return ConditionError, "The printer reports a fault. Switch it off and on; if the fault " +
			"stays, have it repaired."
	case c.Recoverable:
		return ConditionError, "The printer has stopped for a moment (hot print head or a jam). Wait a minute, then " +
			"look for stuck paper."
	case c.Offline:
		return ConditionOffline, "The printer is offline. Press its FEED or ONLINE button."
	}
	return ConditionReady, ""
}

// silent says what a printer is that should answer and doesn't, and what to do. noise is how many bytes it sent that no
// printer sends.
func silent(p Profile, answered bool, noise int) (Condition, string) {
	switch {
	case answered:
		return ConditionAsleep, "The printer has stopped answering: it is asleep or switched off. Press its FEED " +
			"button, or switch it on."
	case noise >= leastNoise && p.Link == "" || noise >= leastNoise && p.Link == port.Serial:
		return ConditionGarbled, fmt.Sprintf("The printer's answers are garbled at %d baud. Set the baud rate to "+
			"what its self-test slip says (hold FEED while switching it on).", p.Baud)
	case p.Link == port.TCP: // what is sent now would come out when the other host lets go, whenever that is
		return ConditionOffline, "The printer takes the connection and says nothing: another host may be printing " +
			"on it. If it stays so, it never answers: choose generic58 or generic80."
	case p.Link == port.USB:
		return ConditionMute, "The printer is connected and says nothing. Check that it is switched on; if slips " +
			"come out, it never answers: choose generic58 or generic80."
	}
	return ConditionMute, fmt.Sprintf("The printer doesn't answer at %d baud. Check that it is on and the cable is "+
		"in; if slips come out, its wire back is missing or it never answers: "+
		"choose generic58 or generic80; if they are garbled, set the baud rate its self-test slip names.", p.Baud)
}

// leastNoise is how many bytes make noise: one comes from a plug.
const leastNoise = 2
