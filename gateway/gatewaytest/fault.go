package gatewaytest

import (
	"strconv"
	"time"
)

// fault is what will happen to one request beside its effect. The zero value is: nothing.
type fault struct {
	name          string
	before, after time.Duration
	effect        bool // the handler runs although the answer is lost or is an error
	cut           bool
	status        int
	retryAfter    time.Duration
	code, text    string // a refusal in the gateway's own shape; nothing happened
	truncate      bool
	garbage       bool
	act           *Act // what the phone does once the effect is there
	actAfter      time.Duration
}

// fault decides what happens to a call: a rule of the fault script when one fits, else the knobs' draws.
func (s *Sim) fault(c *call) fault {
	for _, r := range s.rules {
		if r.fits(c) {
			return r.fault
		}
	}
	k, d := c.knobs, c.dice
	f := fault{name: "none", effect: true}
	f.before, f.after = d.upTo(time.Duration(k.Delay)/2, "before"), d.upTo(time.Duration(k.Delay)/2, "after")
	status := func() int { return pick(d, "status", 500, 502, 503, 504) }
	switch {
	case d.hit(k.TooMany, "too_many"):
		f.name, f.effect, f.status, f.retryAfter = "too_many", false, 429,
			time.Second+d.upTo(4*time.Second, "retry").Truncate(time.Second)
	case d.hit(k.ServerError, "server_error"):
		f.name, f.effect, f.status = "server_error", false, status()
	case d.hit(k.CutRequest, "cut_request"):
		f.name, f.effect, f.cut = "cut_request", false, true
	case d.hit(k.LateError, "late_error"):
		f.name, f.status = "late_error", status()
	case d.hit(k.LostAnswer, "lost_answer"):
		f.name, f.cut = "lost_answer", true
	case d.hit(k.TruncatedReply, "truncated_reply"):
		f.name, f.truncate = "truncated_reply", true
	case d.hit(k.GarbageReply, "garbage_reply"):
		f.name, f.garbage = "garbage_reply", true
	case d.hit(k.Slow, "slow"):
		f.name, f.after = "slow", f.after+40*time.Second
	}
	return f
}

// refusal is the answer of a rule that says "refuse": EnKash's response_code with HTTP 200, Razorpay's error code with
// 400.
func (f fault) refusal(c *call) answer {
	if c.api == EnKash {
		code, err := strconv.Atoi(f.code)
		if err != nil {
			code = codeFailed
		}
		return answer{status: 200, body: envelope{code, "Failure", f.text}}
	}
	a := qrError(f.text)
	e := a.body.(razorpayError)
	e.Error.Code = f.code
	a.body = e
	return a
}

// followed lets the phone do what a rule planned for after this call's effect.
func (s *Sim) followed(f fault, c *call) {
	if f.act == nil || c.about == nil || len(c.about.codes) == 0 {
		return
	}
	a := *f.act
	a.Payload = c.about.codes[len(c.about.codes)-1].payload
	s.at(s.now().Add(f.actAfter), func() {
		if _, err := s.act(a); err != nil {
			s.log.Info("the script's phone could not act", "why", err)
		}
	})
}
