package gatewaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody bounds what the simulator reads of a request.
const maxBody = 1 << 20

// call is one request on its way through the simulator.
type call struct {
	api   API
	op    string // "create", "payments", … as the fault script names it
	nth   int    // which request of this op it is, from 1
	r     *http.Request
	body  []byte
	dice  dice
	knobs Knobs
	host  string // scheme and host the client used, for links in answers
	about *order // the order the call turned out to be about, for scripts; may stay nil
	now   time.Time
}

// answer is what a handler wants to say.
type answer struct {
	status int
	body   any // nil, []byte, or what encoding/json writes
	header http.Header
}

// handler answers one call; it runs with the simulator's mutex held and is the only place with effects.
type handler func(*call) answer

// subject says what a request is about, so that its chance does not depend on what other sales do meanwhile.
type subject func(*call) string

func byPath(c *call) string { return c.r.URL.Path }

// handle wraps a handler into the journey of a request: count, delay, faults before, effect, delay, faults after.
func (s *Sim) handle(
	api API,
	op string,
	about subject,
	fail func(status int, c *call) any,
	h handler,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge) // or the client went away, and nobody reads this
			return
		}
		c := &call{api: api, op: op, r: r, body: body, host: origin(r)}
		s.mu.Lock()
		s.requests[string(api)+" "+op]++
		c.nth = s.requests[string(api)+" "+op]
		subject := string(api) + " " + op + " " + about(c)
		c.dice = s.dice(subject + " " + strconv.Itoa(s.nth(subject)))
		c.knobs = s.knobs
		f := s.fault(c)
		s.faults[f.name]++
		s.mu.Unlock()

		pause(f.before)
		var a answer
		switch {
		case f.cut && !f.effect:
			s.note(c, "cut before the effect", f)
			panic(http.ErrAbortHandler)
		case f.code != "":
			a = f.refusal(c)
		case f.status != 0 && !f.effect:
			a = answer{status: f.status, body: fail(f.status, c)}
		default:
			s.mu.Lock()
			s.settle()
			c.now = s.now()
			a = h(c)
			s.followed(f, c)
			s.mu.Unlock()
			if f.status != 0 {
				a = answer{status: f.status, body: fail(f.status, c)}
			}
		}
		if f.retryAfter > 0 {
			a.header = http.Header{"Retry-After": {strconv.Itoa(int(f.retryAfter.Seconds()))}}
		}
		pause(f.after)
		s.note(c, strconv.Itoa(a.status), f)
		if f.cut {
			panic(http.ErrAbortHandler)
		}
		s.write(w, c, a, f)
	}
}

// write sends an answer, or as much of it as the fault lets through.
func (s *Sim) write(w http.ResponseWriter, c *call, a answer, f fault) {
	kind, out := "application/json", []byte(nil)
	switch b := a.body.(type) {
	case nil:
	case []byte:
		kind, out = http.DetectContentType(b), b
	default:
		out = encode(b)
	}
	if f.garbage {
		kind, out = "text/html", []byte(
			"<html><head><title>One moment</title></head><body>Please wait while we check your browser.</body></html>",
		)
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	if f.truncate {
		out = out[:len(out)/2]
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(out); err != nil {
		s.log.Info("the client did not wait for its answer", "api", c.api, "op", c.op)
	}
	if f.truncate {
		if err := http.NewResponseController(w).Flush(); err != nil {
			s.log.Info("the client did not wait for its answer", "api", c.api, "op", c.op)
		}
		panic(http.ErrAbortHandler)
	}
}

// encode writes an answer of ours as JSON, with a bare & in QR strings, as the gateways send them.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("gatewaytest: %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// note logs one request in one line, without headers and bodies: those hold credentials and customers.
func (s *Sim) note(c *call, what string, f fault) {
	s.log.Info(string(c.api), "op", c.op, "nth", c.nth, "method", c.r.Method, "path", c.r.URL.Path,
		"answer", what, "fault", f.name)
}

// pause waits. The client's going away does not shorten it: a gateway goes on with what it was asked.
func pause(d time.Duration) {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		<-t.C
	}
}

// origin is the scheme and host a client used, so that links in answers lead back here.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
