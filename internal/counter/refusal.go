package counter

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/validator"
	"galla/internal/counter/wire"
	"galla/internal/people"
	"galla/internal/quota"
)

// How a stranger who is refused again and again is slowed, see slow.
const (
	strangerRefusals = 120
	strangerWait     = 500 * time.Millisecond
	strangerBody     = time.Second // that a stranger's body may take once it is refused
)

// asProblem says what a client is told of an error, the counter's own errors among them.
func asProblem(err error) *wire.Problem {
	if stand := (*StandError)(nil); errors.As(err, &stand) {
		return problem.New(problem.NoThing, stand.Why, stand.Next)
	}
	return problem.Of(err)
}

// refuse writes an error as its problem document.
func (c *Counter) refuse(w http.ResponseWriter, r *http.Request, who Caller, err error) {
	if r.Context().Err() != nil && !errors.As(err, new(*wire.Problem)) && !errors.As(err, new(*people.Refusal)) {
		// Nobody reads it, most likely. To return would end in an empty 200, and somebody may: a body that came too
		// slowly cancels the request as well. A connection that breaks is the truth: the outcome isn't known.
		panic(http.ErrAbortHandler)
	}
	if who.Name == "" {
		c.slow(r)
		if r.ContentLength != 0 { // the server reads the body to its end before it answers; nobody wants it
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(strangerBody))
		}
	}
	p := asProblem(err)
	if kind := strings.TrimPrefix(p.Type, "/problems/"); p.Status == 500 {
		c.log.Error("request failed", "method", r.Method, "path", quota.Path(r.URL.Path), "by", who.Name,
			"status", p.Status, "request", w.Header().Get("Request-Id"), "error", err)
	} else if c.lines.Say(who.Name, kind) {
		c.log.Info("request refused", "method", r.Method, "path", quota.Path(r.URL.Path), "by", who.Name,
			"status", p.Status, "request", w.Header().Get("Request-Id"), "problem", kind)
	}
	validator.Take(w)
	problem.Write(w, p)
}

// slow keeps a stranger who is refused again and again from taking all of the box's time: beyond strangerRefusals a
// minute from one source, each answer comes later, and a source has few connections to wait on.
func (c *Counter) slow(r *http.Request) {
	from, stopped := source(r), stopping(r.Context())
	if !from.IsValid() || stopped == nil || c.refusals.Take(quota.Source(from)) == 0 {
		return
	}
	select {
	case <-time.After(strangerWait):
	case <-r.Context().Done():
	case <-stopped:
	}
}
