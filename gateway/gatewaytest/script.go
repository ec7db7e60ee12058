package gatewaytest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/money"
)

// ops lists what "on" can name, for each gateway.
var ops = map[API][]string{
	EnKash: {
		"token",
		"create",
		"order",
		"order-by-merchant",
		"search",
		"checkout",
		"qr",
		"intent-links",
		"upi-status",
		"payment",
		"minimal",
		"expire",
		"cancel-charge",
		"cancel",
		"refund",
		"refund-status",
		"verify-vpa",
		"qr-code-create",
		"qr-code-get",
		"qr-code-search",
		"qr-code-cancel",
		"customer-create",
		"customer-search",
		"mandate-create",
		"mandate-update",
		"mandate-revoke",
		"mandate-get",
		"mandate-notify",
		"mandate-execute",
	},
	Razorpay: {
		"create",
		"list",
		"fetch",
		"update",
		"payments",
		"close",
		"downtimes",
		"payment-list",
		"payment",
		"payment-update",
		"capture",
		"refund",
		"refunds",
		"refund-fetch",
		"refund-list",
		"refund-update",
		"poster",
		"poster-file",
	},
}

// Script reads a fault script and begins it. The whole text is read before anything of it happens. The language:
//
//	on razorpay create #2 lose-answer       the second create happens, and its answer is lost
//	on enkash upi-status #3-5 status 503    requests 3 to 5 are answered 503 and do nothing
//	on razorpay close * status 500 after    every close is answered 500 although it closed
//	on enkash token #1 status 429 retry-after 3s
//	on razorpay payments #1- delay 2s       from the first on, the request takes 2 s to take effect
//	on razorpay create * hold 40s           the effect is there at once, the answer 40 s later; also: cut, truncate,
//	                                        garbage, none
//	on enkash payment * refuse 117 Token is invalid.
//	on enkash qr #1 phone pay after 2s      2 s after the QR was handed out, the phone pays it
//	at 30s pay last                         30 s from now the phone pays the QR handed out last
//	decline #2 insufficient_funds           the second QR handed out; also: start, pay-twice, pay-late
//	pay-amount BILL17A1 249.00              the QR of the order with this reference
//	pay-more last 200.00                    one more payment of the same order, paid or not
//	at 2d reverse last 100.00               the bank sends 100.00 of it back; without an amount, all that is left
//	give-back last                          somebody refunds it at the dashboard: it takes refund_time, and
//	                                        refund_fails counts
//	autopay 1.5s                            every QR from now on; autopay off
//	clock +2d                               moves the clock forward
//	knob lost_answer 20                     sets a knob; knob feature_off on
//	downtime 10m                            announces that UPI is down
//	mandate pause MILK1                     the payer of the mandate with this reference; also: approve, decline,
//	                                        resume, revoke, expire, halt
//	debit pay D1                            the end of a debit that hangs; also: fail
//
// Requests are counted by gateway and operation from the simulator's start; a later rule does not hide an earlier one.
// "at" stands in front of any line but "on". Empty lines and lines beginning with # say nothing.
func (s *Sim) Script(name, text string) error {
	type line struct {
		at time.Duration
		do func() error
		no int
	}
	var lines []line
	for i, raw := range strings.Split(text, "\n") {
		words := strings.Fields(raw)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		l := line{no: i + 1}
		var err error
		if words[0] == "at" {
			if len(words) < 3 || words[2] == "on" || words[2] == "at" {
				err = fmt.Errorf("\"at\" needs a time and what happens then, like: at 30s pay last")
			} else {
				l.at, err = parseDuration(words[1])
				words = words[2:]
			}
		}
		if err == nil {
			l.do, err = s.command(words)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %q: %w", name, i+1, strings.TrimSpace(raw), err)
		}
		lines = append(lines, l)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range lines {
		if l.at > 0 {
			s.at(s.now().Add(l.at), func() {
				if err := l.do(); err != nil {
					s.log.Warn("a line of the script could not happen", "script", name, "line", l.no, "why", err)
				}
			})
		} else if err := l.do(); err != nil {
			return fmt.Errorf("%s:%d: %w", name, l.no, err)
		}
	}

	return nil
}

// command reads one line; what it returns runs with the mutex held.
func (s *Sim) command(w []string) (func() error, error) {
	switch w[0] {
	case "on":
		r, err := parseRule(w[1:])
		return func() error { s.rules = append(s.rules, r); return nil }, err
	case "clock":
		if len(w) != 2 {
			return nil, fmt.Errorf("\"clock\" needs one time, like: clock +2d")
		}
		d, err := parseDuration(w[1])
		return func() error { s.clock.ahead.Add(int64(d)); s.settle(); s.nudge(); return nil }, err
	case "knob":
		if len(w) != 3 {
			return nil, fmt.Errorf("\"knob\" needs a name and a value, like: knob lost_answer 20")
		}
		if _, err := s.Knobs().set(w[1], w[2]); err != nil {
			return nil, err
		}
		return func() (err error) { s.knobs, err = s.knobs.set(w[1], w[2]); return err }, nil
	case "mandate", "debit":
		if len(w) != 3 {
			return nil, fmt.Errorf("%q needs what happens and a reference, like: mandate pause MILK1, debit fail D1",
				w[0])
		}
		do := s.payerDoes
		if w[0] == "debit" {
			do = s.bankEnds
		}
		return func() error { return do(w[1], w[2]) }, nil
	case "autopay":
		if len(w) == 2 && w[1] == "off" {
			return func() error { s.auto = nil; return nil }, nil
		}
		if len(w) != 2 {
			return nil, fmt.Errorf("\"autopay\" needs one time or off, like: autopay 1.5s")
		}
		d, err := parseDuration(w[1])
		return func() error { s.auto = &autopay{d, Act{Action: Pay}}; return nil }, err
	case "downtime":
		if len(w) != 2 {
			return nil, fmt.Errorf("\"downtime\" needs one time, like: downtime 10m")
		}
		d, err := parseDuration(w[1])
		return func() error {
			s.downs = append(s.downs, downtime{
				"down_" + s.dice("downtime").text("id", letters, 14),
				s.now(),
				s.now().Add(d),
				"high",
				map[string]string{"vpa_handle": "ALL"},
			})
			return nil
		}, err
	}

	if !slices.Contains(Actions, Action(w[0])) {
		return nil, fmt.Errorf(
			"%q is no command: use on, at, clock, knob, autopay, mandate, debit, downtime, or what the phone does: %v",
			w[0],
			Actions,
		)
	}

	return s.phoneCommand(w)
}

func (s *Sim) phoneCommand(w []string) (func() error, error) {
	if len(w) < 2 {
		return nil, fmt.Errorf(
			"%q needs to know which QR: last, #2 for the second handed out, or the order's reference", w[0])
	}
	a := Act{Action: Action(w[0])}
	needs, takes := withAmount[a.Action]
	switch {
	case takes && (needs || len(w) > 2):
		if len(w) != 3 {
			return nil, fmt.Errorf("%q needs a QR and an amount in rupees, like: %s last 249.00", w[0], w[0])
		}
		var err error
		if a.Amount, err = money.Parse(w[2]); err != nil {
			return nil, err
		}
	case a.Action == Decline && len(w) == 3:
		a.Reason = w[2]
	case len(w) != 2:
		return nil, fmt.Errorf("%q takes one QR and nothing else: last, #2, or the order's reference", w[0])
	}
	return func() error {
		c, err := s.named(w[1])
		if err == nil {
			a.Payload = c.payload
			_, err = s.act(a)
		}
		return err
	}, nil
}

// named finds the QR a script speaks of.
func (s *Sim) named(which string) (*code, error) {
	if which == "last" && len(s.codes) > 0 {
		return s.codes[len(s.codes)-1], nil
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(which, "#")); err == nil && strings.HasPrefix(which, "#") && n >= 1 &&
		n <= len(s.codes) {
		return s.codes[n-1], nil
	}
	for _, c := range slices.Backward(s.codes) {
		if e := c.order.entry(s.now()); slices.Contains(e.References, which) || e.ID == which {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no QR %q was handed out yet: put an \"at\" in front, or use \"on … phone\"", which)
}

// parseRule reads what stands behind "on".
func parseRule(w []string) (*rule, error) {
	if len(w) < 4 {
		return nil, fmt.Errorf("\"on\" needs gateway, operation, which request and what goes wrong, like: on " +
			"razorpay create #2 lose-answer")
	}
	r := &rule{api: API(w[0]), op: w[1]}
	known := ops[r.api]
	if known == nil {
		return nil, fmt.Errorf("gateway %q is not simulated: use enkash or razorpay", w[0])
	}
	if r.op != "*" && !slices.Contains(known, r.op) {
		return nil, fmt.Errorf("%s has no operation %q: use one of %s, or *", w[0], w[1], strings.Join(known, ", "))
	}
	var err error
	if r.first, r.last, err = parseRange(w[2]); err != nil {
		return nil, err
	}
	r.fault, err = parseFault(w[3:])
	return r, err
}

func parseRange(s string) (first, last int, err error) {
	if s == "*" {
		return 1, math.MaxInt, nil
	}
	bad := fmt.Errorf("%q names no request: use #2, #2-5, #2- or *", s)
	t, ok := strings.CutPrefix(s, "#")
	a, b, span := strings.Cut(t, "-")
	if first, err = strconv.Atoi(a); !ok || err != nil || first < 1 {
		return 0, 0, bad
	}
	switch {
	case !span:
		return first, first, nil
	case b == "":
		return first, math.MaxInt, nil
	}
	if last, err = strconv.Atoi(b); err != nil || last < first {
		return 0, 0, bad
	}
	return first, last, nil
}

func parseFault(w []string) (fault, error) {
	f := fault{name: strings.Join(w, " "), effect: true}
	var err error
	for i := 0; i < len(w) && err == nil; i++ {
		word := w[i]
		arg := func() string {
			if i++; i < len(w) {
				return w[i]
			}
			err = fmt.Errorf("%q needs a value behind it, like: status 503, delay 2s, retry-after 3s", word)
			return ""
		}
		switch word {
		case "none":
		case "lose-answer":
			f.cut = true
		case "cut":
			f.cut, f.effect = true, false
		case "truncate":
			f.truncate = true
		case "garbage":
			f.garbage = true
		case "after":
			f.effect = true // "status 500 after": the error comes after the effect
		case "status":
			v := arg()
			n, bad := strconv.Atoi(v)
			if err == nil && (bad != nil || n < 400 || n > 599) {
				err = fmt.Errorf("status %q is no error: use 400 to 599", v)
			}
			f.status, f.effect = n, false
		case "delay":
			v := arg()
			if err == nil {
				f.before, err = parseDuration(v)
			}
		case "hold":
			v := arg()
			if err == nil {
				f.after, err = parseDuration(v)
			}
		case "refuse":
			f.code, f.text = arg(), strings.Join(w[min(i+1, len(w)):], " ")
			i = len(w)
		case "retry-after":
			v := arg()
			if err == nil {
				f.retryAfter, err = parseDuration(v)
			}
		case "phone":
			a := Action(arg())
			if err == nil && !slices.Contains(Actions, a) {
				err = unknownAction(a)
			}
			f.act = &Act{Action: a}
			if i+2 < len(w) && w[i+1] == "after" {
				f.actAfter, err = parseDuration(w[i+2])
				i += 2
			}
		default:
			err = fmt.Errorf("%q is no fault: use lose-answer, cut, truncate, garbage, none, status CODE [after], "+
				"refuse CODE TEXT, delay TIME, hold TIME, retry-after TIME, or phone ACTION [after TIME]", word)
		}
	}

	return f, err
}
