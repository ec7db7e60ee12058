package uplinktest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
	"galla/state/chain"
)

// Mode is how an office behaves.
type Mode string

// The modes of an office.
const (
	Well    Mode = "well"
	Absent  Mode = "absent"  // it cuts each connection before it has said anything
	Slow    Mode = "slow"    // each answer takes longer than an uplink waits
	Hostile Mode = "hostile" // junk, answers without an end, redirects, claims about what it has, in turn
)

// Code is the one that Office knows.
const Code = "12345678"

// Office is a head office in memory.
type Office struct {
	srv *httptest.Server

	mu        sync.Mutex
	mode      Mode
	confirmed bool
	terminals map[string]*terminal
	calls     int
	faults    []string
	quit      chan struct{}
}

// terminal is one box.
type terminal struct {
	key      ed25519.PublicKey
	joined   bool
	left     bool
	zs       map[string][]byte // by the operation that closed the day; nil: asked for
	branches []segment.Branch
	own      [][]chain.Place
	beats    int
}

// New starts an office.
func New() *Office {
	o := &Office{mode: Well, terminals: map[string]*terminal{}, quit: make(chan struct{})}
	o.srv = httptest.NewUnstartedServer(http.HandlerFunc(o.serve))
	o.srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	o.srv.StartTLS()
	return o
}

// Close ends it.
func (o *Office) Close() {
	close(o.quit)
	o.srv.CloseClientConnections()
	o.srv.Close()
}

// URL is its address, and Fingerprint that of its certificate.
func (o *Office) URL() string { return o.srv.URL }

// Fingerprint is the SHA-256 of its certificate, in hexadecimal digits.
func (o *Office) Fingerprint() string {
	return fmt.Sprintf("%x", sha256.Sum256(o.srv.Certificate().Raw))
}

// Be makes it behave otherwise from now on.
func (o *Office) Be(m Mode) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mode = m
}

// Confirm is the owner's word for every box that waits, or will.
func (o *Office) Confirm() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.confirmed = true
	for _, t := range o.terminals {
		t.joined = true
	}
}

// Terminals are the ids of the boxes that have joined or wait, and have not left.
func (o *Office) Terminals() (ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, t := range o.terminals {
		if !t.left {
			ids = append(ids, id)
		}
	}
	return ids
}

// Has is where the newest branch of a terminal ends, its events that are there, and how many branches there are.
func (o *Office) Has(id string) (head segment.Place, events, branches int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.terminals[id]
	if t == nil || len(t.branches) == 0 {
		return head, 0, 0
	}
	for _, own := range t.own {
		for _, p := range own {
			if len(p.Event) > 0 {
				events++
			}
		}
	}
	last := t.branches[len(t.branches)-1]
	return segment.Place{Seq: last.Head, Hash: last.Hash}, events, len(t.branches)
}

// Calls is how often anybody called, and Faults what no box may do and one did.
func (o *Office) Calls() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls
}

// Faults lists what no box may do, and one did.
func (o *Office) Faults() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.faults
}

func (o *Office) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

func (o *Office) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, segment.MaxSize+1))
	if err != nil {
		return // the box has gone
	}
	o.mu.Lock()
	o.calls++
	mode, n := o.mode, o.calls
	if mode == Well {
		defer o.mu.Unlock()
		o.answer(w, r, body)
		return
	}
	o.mu.Unlock()
	switch mode {
	case Absent:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-r.Context().Done():
		case <-o.quit:
		case <-time.After(31 * time.Second): // the uplink's own limit is 30 s
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	case Hostile:
		o.hurt(w, r, n)
	}
}

// hurt is one of what a bad office does.
func (o *Office) hurt(w http.ResponseWriter, r *http.Request, n int) {
	switch n % 5 {
	case 0:
		w.Header().Set("Location", o.srv.URL+r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
	case 1:
		io.WriteString(w, strings.Repeat("<html>", 100))
	case 2: // without an end
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	case 3: // places that the box never had
		heads := segment.Heads{}
		for i := range segment.MaxHeads {
			heads.Heads = append(heads.Heads, segment.Place{Seq: 1<<40 + uint64(i), Hash: chain.Hash{byte(i), 1}})
		}
		json.NewEncoder(w).Encode(heads)
	case 4:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// answer is what a good office answers.
func (o *Office) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	say := func(status int, v any) {
		w.WriteHeader(status)
		if v != nil {
			json.NewEncoder(w).Encode(v)
		}
	}
	if r.URL.Path == segment.PathLook {
		var m segment.Look
		if err := segment.Decode(body, &m); err != nil || r.Method != http.MethodPost {
			o.fault("look: %v", err)
		}
		if m.Code != Code {
			say(http.StatusNotFound, nil)
			return
		}
		say(http.StatusOK, segment.Looked{Office: "Asha Stores", Shop: "Karol Bagh", Counter: "Till 1",
			Expires: time.Now().Add(15 * time.Minute).UTC()})
		return
	}

	id, err := signature.KeyID(r.Header)
	if err != nil {
		o.fault("%s is not signed: %v", r.URL.Path, err)
		say(http.StatusUnauthorized, nil)
		return
	}
	t := o.terminals[id]
	if r.URL.Path == segment.PathJoin {
		var m segment.Join
		if err := segment.Decode(body, &m); err != nil || len(m.Key) != ed25519.PublicKeySize || m.Code != Code ||
			segment.TerminalID(m.Key) != id {
			o.fault("join by %s: %v", id, err)
			say(http.StatusGone, nil)
			return
		}
		if t == nil {
			t = &terminal{key: m.Key, joined: o.confirmed, zs: map[string][]byte{}}
			o.terminals[id] = t
		}
	}

	if t == nil || t.left {
		say(http.StatusForbidden, segment.Waiting{State: "unknown"})
		return
	}
	if _, err := signature.Verify(r.Header, r.Method, r.URL.EscapedPath(), body, t.key, time.Now()); err != nil {
		if !errors.Is(err, signature.ErrClock) {
			o.fault("%s: %v", r.URL.Path, err)
		}
		say(http.StatusUnauthorized, nil)
		return
	}
	state := segment.StateWaiting
	if t.joined {
		state = segment.StateJoined
	}
	switch {
	case r.URL.Path == segment.PathJoin:
		say(http.StatusOK, segment.Joined{Terminal: id, Office: "Asha Stores", Shop: "Karol Bagh", Counter: "Till 1",
			State: state})
	case r.URL.Path == segment.PathLeave:
		t.left = true
		say(http.StatusNoContent, nil)
	case !t.joined:
		say(http.StatusForbidden, segment.Waiting{State: state})
	default:
		o.report(t, r.Method+" "+r.URL.Path, body, say)
	}
}

// report is a call of a box that has joined.
func (o *Office) report(t *terminal, call string, body []byte, say func(int, any)) {
	switch call {
	case "GET " + segment.PathHeads:
		say(http.StatusOK, segment.Heads{Heads: t.heads()})
	case "POST " + segment.PathHeartbeat:
		var m segment.Heartbeat
		if err := segment.Decode(body, &m); err != nil || m.At.IsZero() || m.Health == nil {
			o.fault("heartbeat: %v %s", err, body)
		}
		t.beats++
		say(http.StatusOK, segment.Heads{Heads: t.heads(), Wants: t.wants()})
	case "POST " + segment.PathZ:
		var m segment.Z
		if err := segment.Decode(body, &m); err != nil || m.Lost || len(m.Z) == 0 {
			o.fault("the Z report of %s: %v", m.Operation, err)
		}
		t.zs[m.Operation] = m.Z
		say(http.StatusOK, segment.Heads{Heads: t.heads()})
	case "POST " + segment.PathLocate:
		var m segment.Places
		if err := segment.Decode(body, &m); err != nil {
			o.fault("locator: %v", err)
		}
		place, found, err := segment.Known(m.Places, t.branches, t.at)
		if err != nil {
			o.fault("locator: %v", err)
		}
		var is segment.Located
		if found {
			is.Place = &place
		}
		say(http.StatusOK, is)
	case "POST " + segment.PathSegments:
		o.take(t, body, say)
	default:
		o.fault("%s is no call of an office", call)
		say(http.StatusNotFound, nil)
	}
}

// take judges a segment and keeps it.
func (o *Office) take(t *terminal, body []byte, say func(int, any)) {
	g, err := segment.Parse(body)
	if err != nil {
		o.fault("a segment: %v", err)
		say(http.StatusUnprocessableEntity, segment.Taken{Verdict: segment.Refused, Reason: err.Error()})
		return
	}
	v, err := segment.Judge(&g, t.key, t.branches, t.at)
	if err != nil || v.Kind == segment.Refused {
		o.fault("a segment of %d to %d: %v %v", g.After+1, g.Last, v.Reason, err)
	}
	status := http.StatusOK
	switch v.Kind {
	case segment.Gap:
		status = http.StatusConflict
	case segment.Refused:
		status = http.StatusUnprocessableEntity
	case segment.Append, segment.Fork, segment.Hole:
		if v.Branch == len(t.branches) {
			t.branches = append(t.branches, segment.Branch{N: v.Branch, Parent: v.Parent, From: v.From, Base: v.Base})
			t.own = append(t.own, nil)
		}
		t.own[v.Branch] = append(t.own[v.Branch], v.Places...)
		t.closings(v.Places)
		t.branches[v.Branch].Head, t.branches[v.Branch].Hash = g.Last, g.Hash
	}
	say(status, segment.Taken{Verdict: v.Kind, Heads: t.heads()})
}

func (t *terminal) at(branch int, seq uint64) (chain.Hash, bool, error) {
	return t.own[branch][seq-t.branches[branch].From-1].Hash, true, nil
}

func (t *terminal) heads() []segment.Place {
	heads := []segment.Place{}
	for i := len(t.branches) - 1; i >= 0; i-- {
		heads = append(heads, segment.Place{Seq: t.branches[i].Head, Hash: t.branches[i].Hash})
	}
	return heads
}

// closings notes which days were closed, whose Z reports it asks for then.
func (t *terminal) closings(places []chain.Place) {
	for _, p := range places {
		var e struct {
			Operation struct{ ID, Kind string } `json:"operation"`
		}
		if json.Unmarshal(p.Event, &e) == nil && e.Operation.Kind == "day.close" && t.zs[e.Operation.ID] == nil {
			t.zs[e.Operation.ID] = nil
		}
	}
}

func (t *terminal) wants() (ids []string) {
	for id, z := range t.zs {
		if z == nil && len(ids) < segment.MaxWants {
			ids = append(ids, id)
		}
	}
	return ids
}

// Zs is the stored bytes of the Z reports of a terminal that it was brought.
func (o *Office) Zs(id string) (all [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, z := range o.terminals[id].zs {
		if z != nil {
			all = append(all, z)
		}
	}
	return all
}
