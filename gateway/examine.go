package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// HasExamination is an account that can be looked over without changing anything at the gateway.
type HasExamination interface {
	Examine(ctx context.Context) []Finding
}

// Level says how a finding is to be taken.
type Level string

const (
	LevelOK   Level = "ok"
	LevelNote Level = "note" // works, and an operator should know
	LevelBad  Level = "bad"  // sales suffer
)

// Finding is what one check found, in plain words.
type Finding struct {
	Check string `json:"check"` // "reach", "clock", "keys", "feature", …
	Level Level  `json:"level"`
	Says  string `json:"says"`
	Next  string `json:"next,omitempty"` // what to do; empty when nothing is

	Refused bool `json:"-"` // Says quotes the gateway's refusal: what that means is for the caller to say
}

// MaxSkew is how far this box's clock may be off before it is worth an operator's time. Times we send are corrected by
// the gateway's clock, so sales go on; slips and reports bear the wrong time.
const MaxSkew = 30 * time.Second

// wrongClock is how far off a clock can't be believed about the day either.
const wrongClock = time.Hour

func clockLevel(skew time.Duration) Level {
	if skew.Abs() >= wrongClock {
		return LevelBad
	}
	return LevelNote
}

// Reach says whether the gateway answers over a proven line, and compares the clocks. ok is false when nothing further
// can be found out before that is cured.
func (c *Caller) Reach(ctx context.Context) (found []Finding, ok bool) {
	if err := c.Warm(ctx); err != nil {
		return []Finding{FailedCheck("reach", err)}, false
	}
	line := "over TLS, with a certificate that is good"
	if c.base.Scheme != "https" { // a loopback host: parseBaseURL takes nothing else
		line = "on this machine, without TLS"
	}
	found = append(
		found,
		Finding{Check: "reach", Level: LevelOK, Says: fmt.Sprintf("%s answers %s", c.base.Host, line)},
	)
	switch skew, known := c.Skew(); {
	case !known:
		found = append(found, Finding{
			Check: "clock",
			Level: LevelNote,
			Says:  "the gateway did not say what time it is, so the clocks could not be compared",
		})
	case skew.Abs() > MaxSkew:
		how := "behind"
		if skew < 0 {
			how = "ahead of"
		}
		found = append(found, Finding{
			Check: "clock",
			Level: clockLevel(skew),
			Says:  fmt.Sprintf("this box's clock is %v %s the gateway's", skew.Abs().Round(time.Second), how),
			Next: "Check the network time service (timedatectl): slips and reports bear this clock's time, and " +
				"no day is closed by a clock that is an hour off.",
		})
	default:
		found = append(
			found,
			Finding{Check: "clock", Level: LevelOK, Says: "this box's clock agrees with the gateway's"},
		)
	}
	return found, true
}

// FailedCheck makes a finding of a failed call: its cause in words, and the operator's hint.
func FailedCheck(check string, err error) Finding {
	f := Finding{
		Check: check,
		Level: LevelBad,
		Says:  err.Error(),
		Next:  "See the log of gallad, and ask the gateway's support.",
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return f
	}
	switch {
	case e.Err != nil && e.HTTPStatus == 0 && e.Class == ClassUnknown:
		f.Says = fmt.Sprintf("%s had no answer: %v", e.Op, e.Err)
	case e.Err != nil && e.HTTPStatus == 0 && e.Class == ClassUnavailable:
		f.Says = "the gateway could not be reached: " + strings.TrimPrefix(e.Err.Error(), "not sent: ")
	case e.Err != nil && e.HTTPStatus == 0:
		f.Says = e.Err.Error()
	case e.Err != nil && e.HTTPStatus/100 == 2:
		f.Says = fmt.Sprintf("%s: %v", e.Op, e.Err)
	case e.Text != "":
		f.Says, f.Refused = fmt.Sprintf("%s was answered %q", e.Op, e.Text), true
	case e.HTTPStatus != 0:
		f.Says, f.Refused = fmt.Sprintf("%s was answered with status %d", e.Op, e.HTTPStatus), true
	}
	if check == "keys" && !e.ofKeys() {
		f.Check = "reach" // an answer of 500, 404 or a page says nothing of the keys: nobody makes new ones for it
	}
	switch {
	case e.Operator != "":
		f.Next = e.Operator
	case e.Class.Later() || e.Class == ClassUnknown:
		f.Next = "Wait a minute and look again; if it stays so, check the shop's network and the gateway's status page."
	}
	return f
}

// ofKeys says that the error is about the keys: they can't be used as they are, or the gateway read them and said no
// (401, or a word of its own with 400 or 200).
func (e *Error) ofKeys() bool {
	if e.Class != ClassMisconfigured {
		return false
	}
	return e.HTTPStatus == 0 || e.HTTPStatus == http.StatusUnauthorized || e.Text != "" &&
		(e.HTTPStatus == http.StatusBadRequest || e.HTTPStatus/100 == 2)
}
