package web

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"galla/internal/office"
	"galla/internal/office/joining"
	"galla/internal/quota"
	"galla/internal/segment"
	"galla/internal/signature"
)

const (
	maxCalls  = 2000     // of boxes, under way at once
	maxBodies = 64 << 20 // bytes of their bodies, at once
	maxOfOne  = 4        // calls of one terminal at once: a segment, a heartbeat, and those that it has given up

	bodyTime   = 20 * time.Second // a body has to come in
	answerTime = 25 * time.Second // a box waits half a minute for an answer

	// lateness is how much older than the newest heartbeat another call may be: a box sends both at once, and a segment
	// takes its time on a slow line. A heartbeat must be newer.
	lateness = 30 * time.Second

	busyLeast, busyMost = 5, 30 // seconds of Retry-After, at random: boxes that were refused together come back apart
)

// Core takes segments: galla/internal/office.
type Core interface {
	Take(ctx context.Context, submissions []office.Submission) ([]segment.Taken, error)
	Heads(ctx context.Context, terminal string) (segment.Heads, error)
	Known(ctx context.Context, terminal string, m segment.Places) (segment.Located, error)
	TakeZ(ctx context.Context, terminal string, m segment.Z) error
}

// Members are who belongs to the office: galla/internal/office/joining.
type Members interface {
	Look(ctx context.Context, code string, from netip.Addr) (joining.Offer, error)
	Join(ctx context.Context, r joining.Request, from netip.Addr) (joining.Terminal, joining.Offer, error)
	Leave(ctx context.Context, id string) error
}

// Caller is what a call of a terminal is held against.
type Caller struct {
	Key   ed25519.PublicKey
	State joining.State
	Heard time.Time // when its newest heartbeat was signed; zero: none yet
}

// Callers knows them.
type Callers interface {
	Caller(ctx context.Context, id string) (c Caller, found bool, err error)
}

// Beats keeps heartbeats: galla/internal/office/watch.
type Beats interface {
	// Heard keeps one, with what the office had of the terminal then, the newest first. newer is false for one that was
	// not signed after the newest: nothing is kept of it.
	Heard(ctx context.Context, id string, m segment.Heartbeat, signed time.Time, ours []segment.Place) (
		newer bool, err error)
}

// Counts are told what happens.
type Counts interface {
	Call(path string, status int, took time.Duration)
	Segment(verdict string) // a Kind
	Batch(submissions int, took time.Duration, err error)
}

// Options is what the calls of boxes need.
type Options struct {
	Core    Core
	Members Members
	Callers Callers
	Beats   Beats
	Counts  Counts
	Log     *slog.Logger
	Wall    func() time.Time                 // nil: time.Now
	From    func(r *http.Request) netip.Addr // whom a call is of
	Prefix  string                           // path of the office's address, "" or like "/chain": boxes sign it
}

// Box answers the calls of boxes. Run must run beside its Handler.
type Box struct {
	o      Options
	room   room
	each   quota.Count
	queue  *queue
	routes *http.ServeMux
}

// NewBox makes the calls' handler.
func NewBox(o Options) *Box {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	b := &Box{o: o, queue: newQueue(o), routes: http.NewServeMux()}
	b.route("POST "+segment.PathLook, segment.MaxMessage, b.look)
	b.route("POST "+segment.PathJoin, segment.MaxMessage, b.join)
	for path, does := range map[string]struct {
		method string
		most   int64
		do     func(*call)
	}{
		segment.PathHeads:     {http.MethodGet, 0, b.heads},
		segment.PathLocate:    {http.MethodPost, segment.MaxMessage, b.locate},
		segment.PathSegments:  {http.MethodPost, segment.MaxSize, b.segments},
		segment.PathHeartbeat: {http.MethodPost, segment.MaxMessage, b.heartbeat},
		segment.PathZ:         {http.MethodPost, segment.MaxZMessage, b.z},
		segment.PathLeave:     {http.MethodPost, 0, b.leave},
	} {
		b.route(does.method+" "+path, does.most, func(c *call) {
			if give, ok := b.caller(c); ok {
				defer give()
				does.do(c)
			}
		})
	}
	return b
}

// Handler answers the paths of galla/internal/segment, below the prefix or without it.
func (b *Box) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, below := strings.CutPrefix(r.URL.Path, b.o.Prefix); below && b.o.Prefix != "" {
			to := *r.URL
			to.Path, to.RawPath = path, ""
			r = r.Clone(r.Context())
			r.URL = &to
		}
		b.routes.ServeHTTP(w, r)
	})
}

// Waiting is how many segments wait for their transaction.
func (b *Box) Waiting() int { return len(b.queue.in) }

// Run takes the segments that come, until ctx ends; what waits then is answered that it has to come again.
func (b *Box) Run(ctx context.Context) { b.queue.run(ctx) }

// call is one call under way.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context // ends when the box has stopped waiting
	body   []byte
	most   int64 // bytes that its body may have
	id     string
	signed time.Time
	now    time.Time
	status int
}

// route answers one path: within the room that there is, and counted.
func (b *Box) route(pattern string, most int64, do func(*call)) {
	_, path, _ := strings.Cut(pattern, " ")
	b.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := &call{w: w, r: r, most: most, now: b.o.Wall()}
		defer func() { b.o.Counts.Call(path, c.status, time.Since(began)) }()
		size := most
		if r.ContentLength >= 0 {
			size = min(size, r.ContentLength)
		}
		if !b.room.take(size) {
			c.busy("too many boxes call at once")
			return
		}
		defer b.room.give(size)
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		c.ctx = ctx
		do(c)
	})
}

// caller reads a call's body and proves whose it is; what is wrong is answered. give ends the call's place.
func (b *Box) caller(c *call) (give func(), ok bool) {
	id, err := signature.KeyID(c.r.Header)
	if err != nil {
		c.no(http.StatusUnauthorized, "signature", err.Error())
		return nil, false
	}
	known, found, err := b.o.Callers.Caller(c.ctx, id)
	switch {
	case err != nil:
		b.fault(c, err)
		return nil, false
	case !found:
		c.state("unknown", "this office does not know the terminal: join it")
		return nil, false
	}
	if !c.read() || !b.verify(c, known.Key) {
		return nil, false
	}
	if c.signed.Before(known.Heard.Add(-lateness)) {
		c.no(http.StatusUnauthorized, "replay", "the request is older than what this terminal said since")
		return nil, false
	}

	c.id = id
	leaving := c.r.URL.Path == segment.PathLeave
	switch {
	case known.State == joining.Waiting && !leaving:
		c.state(segment.StateWaiting, "the owner has not confirmed this terminal yet: confirm it on the office's page")
		return nil, false
	case known.State == joining.Left && !leaving:
		c.state("left", "this terminal has left the office: join again")
		return nil, false
	case known.State == joining.Revoked:
		c.state("left", "this terminal was revoked at the office: remove its key, and join with a new code")
		return nil, false
	}
	if give, ok = b.each.Take(id, maxOfOne); !ok {
		c.busy("this terminal has too many calls under way")
	}
	return give, ok
}

// verify holds a call against a key.
func (b *Box) verify(c *call, key ed25519.PublicKey) (ok bool) {
	path := b.o.Prefix + c.r.URL.EscapedPath()
	signed, err := signature.Verify(c.r.Header, c.r.Method, path, c.body, key, c.now)
	switch {
	case errors.Is(err, signature.ErrClock):
		c.no(http.StatusUnauthorized, "clock", err.Error())
	case err != nil:
		c.no(http.StatusUnauthorized, "signature", err.Error())
	}
	c.signed = signed
	return err == nil
}

// read reads the body; what is wrong with it is answered.
func (c *call) read() (ok bool) {
	if c.r.ContentLength > c.most {
		c.no(http.StatusRequestEntityTooLarge, "size", "the body has more than "+strconv.FormatInt(c.most, 10)+" bytes")
		return false
	}
	line := http.NewResponseController(c.w)
	if err := line.SetReadDeadline(time.Now().Add(bodyTime)); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return false // the line is gone
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.most))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		c.no(http.StatusRequestEntityTooLarge, "size", "the body has more than "+strconv.FormatInt(c.most, 10)+" bytes")
		return false
	}
	if err != nil {
		c.Header().Set("Connection", "close")
		c.no(http.StatusRequestTimeout, "body", "the body did not come whole within "+bodyTime.String())
		return false
	}
	_ = line.SetReadDeadline(time.Time{}) // where it fails, the next read says so
	c.body = body
	return true
}

// Header is the answer's.
func (c *call) Header() http.Header { return c.w.Header() }

// refusal is the body of a no.
type refusal struct {
	Error  string `json:"error,omitempty"` // signature, clock, replay, size, body, message, code, tries, busy, fault
	State  string `json:"state,omitempty"` // of a terminal: waiting, left, unknown
	Reason string `json:"reason"`
}

func (c *call) no(status int, what, reason string) {
	if status == http.StatusUnauthorized {
		c.Header().Set("WWW-Authenticate", "Signature")
	}
	c.answer(status, refusal{Error: what, Reason: reason})
}

func (c *call) state(state, reason string) {
	c.answer(http.StatusForbidden, refusal{State: state, Reason: reason})
}

// busy asks to come again.
func (c *call) busy(reason string) {
	c.Header().Set("Retry-After", strconv.Itoa(busyLeast+rand.IntN(busyMost-busyLeast+1)))
	c.no(http.StatusServiceUnavailable, "busy", reason)
}

// fault is of the office: the box comes again, and the log says why.
func (b *Box) fault(c *call, err error) {
	switch {
	case errors.Is(err, office.ErrUnknown):
		c.state("left", "this terminal has left the office: join again")
		return
	case c.r.Context().Err() == nil:
		b.o.Log.Error("a box's call failed", "path", c.r.URL.Path, "terminal", c.id, "error", err)
	}
	c.busy("the office can't do it now")
}

// answer writes JSON; nil is no body.
func (c *call) answer(status int, m any) {
	h := c.Header()
	h.Set("Date", c.now.UTC().Format(http.TimeFormat)) // boxes set their signatures' time by it
	h.Set("Cache-Control", "no-store")
	c.status = status
	if m == nil {
		c.w.WriteHeader(status)
		return
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err) // none of our types can't be written
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(raw) // a box that is gone asks again
}
