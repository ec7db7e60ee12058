package uplink

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
	"galla/state/chain"
)

// office is a head office in memory, and the network before it. It is strict: what no box may do fails the test.
type office struct {
	t   *testing.T
	key ed25519.PublicKey

	mu       sync.Mutex
	branches []segment.Branch
	own      [][]chain.Place
	flying   int // segments under way
	calls    map[string][]time.Time
	kinds    map[segment.Kind]int
	beats    []segment.Heartbeat
	sent     int // events that came, also those it had
	wants    []string
	zs       []segment.Z

	trouble func(req *http.Request) *trouble // what befalls a call; nil: nothing
}

// trouble is what the network, or a bad office, makes of a call.
type trouble struct {
	before error         // the call does not arrive
	after  error         // it is carried out, and its answer does not arrive
	wait   time.Duration // before the answer
	twice  bool          // it arrives twice, and the second answer is heard
	answer *http.Response
}

var errLine = errors.New("connection reset")

func newOffice(t *testing.T, key ed25519.PrivateKey) *office {
	return &office{
		t:     t,
		key:   key.Public().(ed25519.PublicKey),
		calls: map[string][]time.Time{},
		kinds: map[segment.Kind]int{},
	}
}

func page(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func (o *office) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		o.t.Error(err)
	}
	o.mu.Lock()
	o.calls[req.URL.Path] = append(o.calls[req.URL.Path], time.Now())
	var trouble trouble
	if o.trouble != nil {
		if is := o.trouble(req); is != nil {
			trouble = *is
		}
	}
	posting := strings.HasSuffix(req.URL.Path, segment.PathSegments)
	if posting {
		if o.flying++; o.flying > 1 {
			o.t.Error("two segments are under way at once")
		}
	}
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if posting {
			o.flying--
		}
	}()

	if trouble.wait > 0 {
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(trouble.wait):
		}
	}
	if trouble.before != nil {
		return nil, trouble.before
	}
	resp := trouble.answer
	if trouble.twice {
		o.answer(req, body)
	}
	if resp == nil {
		resp = o.answer(req, body)
	}
	if trouble.after != nil {
		return nil, trouble.after
	}
	return resp, nil
}

// answer is what a good office answers.
func (o *office) answer(req *http.Request, body []byte) *http.Response {
	o.mu.Lock()
	defer o.mu.Unlock()
	id, err := signature.KeyID(req.Header)
	if err == nil {
		_, err = signature.Verify(req.Header, req.Method, req.URL.EscapedPath(), body, o.key, time.Now())
	}
	if errors.Is(err, signature.ErrClock) {
		return page(401, `{}`)
	}
	if err != nil || id != segment.TerminalID(o.key) {
		o.t.Errorf("a request of %q: %v", id, err)
	}

	switch path := strings.TrimPrefix(req.URL.Path, "/chain"); req.Method + " " + path {
	case "GET " + segment.PathHeads:
		return o.json(segment.Heads{Heads: o.heads()})
	case "POST " + segment.PathLocate:
		var m segment.Places
		o.decode(req, body, &m)
		place, found, err := segment.Known(m.Places, o.branches, o.at)
		if err != nil {
			o.t.Error(err)
		}
		var is segment.Located
		if found {
			is.Place = &place
		}
		return o.json(is)
	case "POST " + segment.PathHeartbeat:
		var m segment.Heartbeat
		o.decode(req, body, &m)
		o.beats = append(o.beats, m)
		return o.json(segment.Heads{Heads: o.heads(), Wants: o.wants})
	case "POST " + segment.PathZ:
		var m segment.Z
		o.decode(req, body, &m)
		o.zs = append(o.zs, m)
		return o.json(segment.Heads{Heads: o.heads()})
	case "POST " + segment.PathSegments:
		if req.Header.Get("Content-Type") != segment.Type {
			o.t.Errorf("a segment comes as %q", req.Header.Get("Content-Type"))
		}
		return o.take(body)
	}
	o.t.Errorf("%s %s is no call of the office's", req.Method, req.URL.Path)
	return page(404, "")
}

// take judges a segment and writes it.
func (o *office) take(body []byte) *http.Response {
	g, err := segment.Parse(body)
	if err != nil {
		o.t.Error(err)
		return page(422, "")
	}
	v, err := segment.Judge(&g, o.key, o.branches, o.at)
	if err != nil || v.Kind == segment.Refused {
		o.t.Errorf("%s: %v %v", v.Kind, v.Reason, err)
	}
	places, err := g.Open(o.key)
	size := 0
	for _, p := range places[:max(0, len(places)-1)] {
		size += max(len(p.Event), len(p.Hash))
	}
	if err != nil || size > 32<<10 {
		o.t.Errorf("a segment of %d bytes and one event more: %v", size, err)
	}
	o.sent += len(places)
	o.kinds[v.Kind]++
	switch v.Kind {
	case segment.Gap:
		resp := o.json(segment.Taken{Verdict: v.Kind, Heads: o.heads()})
		resp.StatusCode = 409
		return resp
	case segment.Append, segment.Fork, segment.Hole:
		if v.Branch == len(o.branches) {
			o.branches = append(o.branches, segment.Branch{N: v.Branch, Parent: v.Parent, From: v.From, Base: v.Base})
			o.own = append(o.own, nil)
		}
		o.own[v.Branch] = append(o.own[v.Branch], v.Places...)
		o.branches[v.Branch].Head, o.branches[v.Branch].Hash = g.Last, g.Hash
	}
	return o.json(segment.Taken{Verdict: v.Kind, Heads: o.heads()})
}

func (o *office) at(branch int, seq uint64) (chain.Hash, bool, error) {
	return o.own[branch][seq-o.branches[branch].From-1].Hash, true, nil
}

func (o *office) heads() (heads []segment.Place) {
	for i := len(o.branches) - 1; i >= 0; i-- {
		heads = append(heads, segment.Place{Seq: o.branches[i].Head, Hash: o.branches[i].Hash})
	}
	return heads
}

// backTo puts the office back to a copy of its first branch.
func (o *office) backTo(seq uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.branches, o.own = o.branches[:1], [][]chain.Place{o.own[0][:seq]}
	o.branches[0].Head, o.branches[0].Hash = seq, o.own[0][seq-1].Hash
}

// befalls sets what befalls calls from now on.
func (o *office) befalls(f func(*http.Request) *trouble) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.trouble = f
}

// count is how many calls of a path there were.
func (o *office) count(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.calls["/chain"+path])
}

func (o *office) json(v any) *http.Response {
	raw, err := json.Marshal(v)
	if err != nil {
		o.t.Error(err)
	}
	return page(200, string(raw), "Content-Length", strconv.Itoa(len(raw)))
}

func (o *office) decode(req *http.Request, body []byte, into any) {
	if req.Header.Get("Content-Type") != "application/json" {
		o.t.Errorf("%s comes as %q", req.URL.Path, req.Header.Get("Content-Type"))
	}
	if err := segment.Decode(body, into); err != nil {
		o.t.Errorf("%s: %v", req.URL.Path, err)
	}
}

// has wants the newest branch to be a box's log, place by place, with what it hangs off.
func (o *office) has(b *box) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(o.branches) == 0 {
		o.t.Fatal("the office has nothing")
	}
	n := len(o.branches) - 1
	if o.branches[n].Head != uint64(len(b.log)) {
		o.t.Fatalf("the office ends at %d, the box at %d", o.branches[n].Head, len(b.log))
	}
	for seq := uint64(len(b.log)); seq > b.root; seq-- {
		for seq <= o.branches[n].From {
			if n = o.branches[n].Parent; n < 0 {
				o.t.Fatalf("place %d is not there", seq)
			}
		}
		p := o.own[n][seq-o.branches[n].From-1]
		if p.Hash != b.log[seq-1].Hash || !bytes.Equal(p.Event, b.log[seq-1].Event) {
			o.t.Fatalf("place %d is %q, want %q", seq, p.Event, b.log[seq-1].Event)
		}
	}
}

// box is a log in memory that commits from outside and is read by the uplink.
type box struct {
	t *testing.T

	mu      sync.Mutex
	log     []chain.Place
	root    uint64
	changed chan struct{}
	err     error
}

func newBox(t *testing.T) *box { return &box{t: t, changed: make(chan struct{})} }

// commit writes events of a kind.
func (b *box) commit(n int, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range n {
		event := []byte(
			`{"seq":` + strconv.Itoa(len(b.log)+1) + `,"kind":"` + kind + `","note":"` + strings.Repeat(
				"x",
				120,
			) + `"}`,
		)
		var prev []byte
		if len(b.log) > 0 {
			prev = b.log[len(b.log)-1].Hash[:]
		}
		b.log = append(b.log, chain.Place{Hash: chain.Hash(chain.Link(prev, event)), Event: event})
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *box) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *box) Stretch(after uint64, most int) (s chain.Stretch, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if most > 32<<10 {
		b.t.Errorf("%d bytes are read at once", most)
	}
	s.After = min(max(after, b.root), uint64(len(b.log)))
	s.Root = s.After == b.root
	if s.After > 0 {
		s.Before = b.log[s.After-1].Hash
	}
	for size, i := 0, s.After; size < most && i < uint64(len(b.log)); i++ {
		s.Places = append(s.Places, b.log[i])
		size += max(len(b.log[i].Event), len(b.log[i].Hash))
	}
	return s, b.err
}
