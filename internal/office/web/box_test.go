package web

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/office"
	"galla/internal/office/joining"
	"galla/internal/segment"
	"galla/internal/signature"
)

var now = time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)

func keyOf(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func idOf(n byte) string { return segment.TerminalID(keyOf(n).Public().(ed25519.PublicKey)) }

// inside is the office behind the calls, in memory. It is strict.
type inside struct {
	t *testing.T

	mu      sync.Mutex
	callers map[string]Caller
	beats   map[string]time.Time
	batches [][]office.Submission
	take    func(ctx context.Context, s []office.Submission) ([]segment.Taken, error) // nil: append
	err     error                                                                     // of all but Take
	refused error                                                                     // of members
	asked   joining.Request
	from    netip.Addr
	left    []string
	calls   []int // statuses
}

func newInside(t *testing.T) *inside {
	return &inside{t: t, beats: map[string]time.Time{}, callers: map[string]Caller{
		idOf(1): {Key: keyOf(1).Public().(ed25519.PublicKey), State: joining.Joined},
	}}
}

func (i *inside) Caller(_ context.Context, id string) (Caller, bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, found := i.callers[id]
	return c, found, i.err
}

func (i *inside) Take(ctx context.Context, all []office.Submission) ([]segment.Taken, error) {
	i.mu.Lock()
	if len(all) == 0 || len(all) > office.MaxBatch {
		i.t.Errorf("a batch of %d", len(all))
	}
	for _, s := range all {
		if c := i.callers[s.Terminal]; c.State != joining.Joined {
			i.t.Errorf("terminal %q is %q, and its segment is taken", s.Terminal, c.State)
		}
	}
	i.batches = append(i.batches, all)
	take := i.take
	i.mu.Unlock()
	if take != nil {
		return take(ctx, all)
	}
	taken := make([]segment.Taken, len(all))
	for n := range all {
		taken[n] = segment.Taken{Verdict: segment.Append}
	}
	return taken, nil
}

func (i *inside) Heads(context.Context, string) (segment.Heads, error) {
	return segment.Heads{Heads: []segment.Place{{Seq: 7}}}, i.err
}

func (i *inside) Known(_ context.Context, _ string, m segment.Places) (segment.Located, error) {
	return segment.Located{Place: &m.Places[0]}, i.err
}

func (i *inside) TakeZ(_ context.Context, _ string, m segment.Z) error {
	if string(m.Z) != "z" {
		return office.ErrNotZ
	}
	return i.err
}

func (i *inside) Look(_ context.Context, code string, from netip.Addr) (joining.Offer, error) {
	i.from = from
	return joining.Offer{Office: "Sharma", Shop: "MG Road", Counter: "Till 1", Expires: now}, i.refused
}

func (i *inside) Join(_ context.Context, r joining.Request, from netip.Addr) (joining.Terminal, joining.Offer, error) {
	i.asked, i.from = r, from
	return joining.Terminal{
			ID:    segment.TerminalID(r.Key),
			State: joining.Waiting,
		}, joining.Offer{
			Office: "Sharma",
		}, i.refused
}

func (i *inside) Leave(_ context.Context, id string) error {
	i.left = append(i.left, id)
	return i.refused
}

func (i *inside) Heard(_ context.Context, id string, _ segment.Heartbeat, signed time.Time, ours []segment.Place) (
	bool, error) {
	if len(ours) != 1 || ours[0].Seq != 7 {
		i.t.Errorf("the office's heads are %v", ours)
	}
	newer := signed.After(i.beats[id])
	if newer {
		i.beats[id] = signed
	}
	return newer, i.err
}

func (i *inside) Call(path string, status int, _ time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !strings.HasPrefix(path, "/v1/") || status < 200 {
		i.t.Errorf("a call of %q ended with %d", path, status)
	}
	i.calls = append(i.calls, status)
}

func (i *inside) Segment(string)                  {}
func (i *inside) Batch(int, time.Duration, error) {}

func (i *inside) options() Options {
	return Options{
		Core:    i,
		Members: i,
		Callers: i,
		Beats:   i,
		Counts:  i,
		Log:     slog.New(slog.DiscardHandler),
		Wall:    func() time.Time { return now },
		From:    From("127.0.0.1"),
	}
}

// box runs the calls' handler until the test ends.
func box(t *testing.T, i *inside) *Box {
	b := NewBox(i.options())
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { b.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	return b
}

// signed is a request of terminal n's.
func signed(n byte, method, path, body string, at time.Time) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	signature.Sign(r.Header, method, path, []byte(body), idOf(n), keyOf(n), at)
	return r
}

type answer struct {
	*httptest.ResponseRecorder
	refusal
	taken segment.Taken
}

func do(t *testing.T, b *Box, r *http.Request) (a answer) {
	t.Helper()
	a.ResponseRecorder = httptest.NewRecorder()
	b.Handler().ServeHTTP(a, r)
	if raw := a.Body.Bytes(); len(raw) > 0 && a.Header().Get("Content-Type") == "application/json" {
		if err := errors.Join(json.Unmarshal(raw, &a.refusal), json.Unmarshal(raw, &a.taken)); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	return a
}

const (
	beat = `{"head":{"seq":1,"hash":"0000000000000000000000000000000000000000000000000000000000000000"},` +
		`"at":"2026-12-01T04:30:00Z"}`
	look = `{"code":"1234-5678"}`
)

func joinBody(n byte) string {
	raw, err := json.Marshal(segment.Join{Code: "1234-5678", Key: keyOf(n).Public().(ed25519.PublicKey), Label: "T1"})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// TestRefusals: a row for everything that can be wrong with a call, and for each that is right.
func TestRefusals(t *testing.T) {
	is := func(state joining.State) func(*inside) {
		return func(i *inside) {
			c := i.callers[idOf(1)]
			c.State = state
			i.callers[idOf(1)] = c
		}
	}
	heard := func(at time.Time) func(*inside) {
		return func(i *inside) {
			c := i.callers[idOf(1)]
			c.Heard = at
			i.callers[idOf(1)] = c
		}
	}
	fails := func(i *inside) { i.err = errors.New("the database stopped") }
	says := func(reason joining.Reason) func(*inside) {
		return func(i *inside) { i.refused = &joining.Problem{Reason: reason, Says: "no"} }
	}
	takes := func(t segment.Taken, err error) func(*inside) {
		return func(i *inside) {
			i.take = func(context.Context, []office.Submission) ([]segment.Taken, error) {
				return []segment.Taken{t}, err
			}
		}
	}
	changed := func(change func(r *http.Request)) *http.Request {
		r := signed(1, "POST", segment.PathSegments, "abc", now)
		change(r)
		return r
	}
	segments := func() *http.Request { return signed(1, "POST", segment.PathSegments, "abc", now) }
	get := func() *http.Request { return signed(1, "GET", segment.PathHeads, "", now) }
	post := func(path, body string) *http.Request { return signed(1, "POST", path, body, now) }
	looks := func(body string) *http.Request {
		return httptest.NewRequest("POST", segment.PathLook, strings.NewReader(body))
	}
	joins := func() *http.Request { return signed(2, "POST", segment.PathJoin, joinBody(2), now) }
	unsigned := httptest.NewRequest("POST", segment.PathJoin, strings.NewReader(joinBody(2)))
	early := signed(2, "POST", segment.PathJoin, joinBody(2), now.AddDate(0, 0, -1))
	place := `{"places":[{"seq":3,"hash":"` + strings.Repeat("ab", 32) + `"}]}`
	places := `{"places":[` + strings.Repeat("{},", 70) + `{}]}`
	gap := segment.Taken{Verdict: segment.Gap, Heads: []segment.Place{{Seq: 3}}}

	for name, c := range map[string]struct {
		with   func(*inside)
		r      *http.Request
		status int
		error  string // or state
	}{
		"heads":            {nil, get(), 200, ""},
		"a place":          {nil, post(segment.PathLocate, place), 200, ""},
		"a heartbeat":      {nil, post(segment.PathHeartbeat, beat), 200, ""},
		"a segment":        {nil, segments(), 200, ""},
		"a duplicate":      {takes(segment.Taken{Verdict: segment.Duplicate}, nil), segments(), 200, ""},
		"a code":           {nil, looks(look), 200, ""},
		"a joining":        {nil, joins(), 200, "waiting"},
		"a Z report":       {nil, post(segment.PathZ, `{"operation":"op_1","z":"eg=="}`), 200, ""},
		"another Z report": {nil, post(segment.PathZ, `{"operation":"op_1","z":"eA=="}`), 422, "z"},
		"a junk Z report":  {nil, post(segment.PathZ, `{"operation":"op_1","z":"?"}`), 400, "message"},
		"a Z, no database": {fails, post(segment.PathZ, `{"operation":"op_1","z":"eg=="}`), 503, "busy"},
		"a leaving":        {nil, post(segment.PathLeave, ""), 204, ""},
		"a leaving again":  {is(joining.Left), post(segment.PathLeave, ""), 204, ""},
		"a waiting leaves": {is(joining.Waiting), post(segment.PathLeave, ""), 204, ""},
		"a little late":    {heard(now.Add(20 * time.Second)), segments(), 200, ""},
		"nearly too early": {nil, signed(1, "POST", segment.PathSegments, "abc", now.Add(signature.Skew)), 200, ""},

		"a gap":             {takes(gap, nil), segments(), 409, ""},
		"a junk segment":    {takes(segment.Taken{Verdict: segment.Refused, Reason: "junk"}, nil), segments(), 422, ""},
		"a failed commit":   {takes(segment.Taken{}, office.ErrEither), segments(), 503, "busy"},
		"left meanwhile":    {takes(segment.Taken{}, office.ErrUnknown), segments(), 403, "left"},
		"no database":       {fails, get(), 503, "busy"},
		"no database, beat": {fails, post(segment.PathHeartbeat, beat), 503, "busy"},

		"waiting":             {is(joining.Waiting), get(), 403, "waiting"},
		"left":                {is(joining.Left), get(), 403, "left"},
		"revoked":             {is(joining.Revoked), get(), 403, "left"},
		"revoked, and leaves": {is(joining.Revoked), post(segment.PathLeave, ""), 403, "left"},
		"unknown":             {nil, signed(2, "GET", segment.PathHeads, "", now), 403, "unknown"},

		"a day behind": {nil, signed(1, "GET", segment.PathHeads, "", now.AddDate(0, 0, -1)), 401, "clock"},
		"a day ahead":  {nil, signed(1, "GET", segment.PathHeads, "", now.AddDate(0, 0, 1)), 401, "clock"},
		"a replay":     {heard(now.Add(31 * time.Second)), segments(), 401, "replay"},
		"a stranger's, and its clock": {nil, changed(func(r *http.Request) {
			tomorrow := now.AddDate(0, 0, 1)
			signature.Sign(r.Header, "POST", segment.PathSegments, []byte("abc"), idOf(1), keyOf(2), tomorrow)
		}), 401, "signature"},
		"not signed": {nil, httptest.NewRequest("GET", segment.PathHeads, nil), 401, "signature"},
		"another's id": {nil, changed(func(r *http.Request) {
			signature.Sign(r.Header, "POST", segment.PathSegments, []byte("abc"), idOf(1), keyOf(2), now)
		}), 401, "signature"},
		"another's state is not told": {is(joining.Left), changed(func(r *http.Request) {
			signature.Sign(r.Header, "POST", segment.PathSegments, []byte("abc"), idOf(1), keyOf(2), now)
		}), 401, "signature"},
		"another body": {nil, changed(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("abd"))
		}), 401, "signature"},
		"another path": {nil, func() *http.Request {
			r := post(segment.PathHeartbeat, beat)
			r.URL.Path = segment.PathLocate
			return r
		}(), 401, "signature"},
		"another method": {nil, changed(func(r *http.Request) { r.Method = "PUT" }), 405, ""},
		"no such call":   {nil, signed(1, "GET", "/v1/terminals/me/money", "", now), 404, ""},

		"too large, and says so": {nil, changed(func(r *http.Request) {
			r.ContentLength = segment.MaxSize + 1
		}), 413, "size"},
		"too large": {nil, changed(func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", segment.MaxSize+1))), -1
		}), 413, "size"},
		"a body where none is": {nil, post(segment.PathLeave, "x"), 413, "size"},
		"cut":                  {nil, changed(func(r *http.Request) { r.Body = io.NopCloser(failing{}) }), 408, "body"},

		"a junk heartbeat":  {nil, post(segment.PathHeartbeat, "<html>"), 400, "message"},
		"too many places":   {nil, post(segment.PathLocate, places), 400, "message"},
		"a junk code":       {nil, looks("1234"), 400, "message"},
		"no code":           {says(joining.CodeUnknown), looks(look), 404, "code"},
		"a used code":       {says(joining.CodeOver), looks(look), 404, "code"},
		"too many tries":    {says(joining.TooManyTries), looks(look), 429, "tries"},
		"joins with none":   {says(joining.CodeUnknown), joins(), 404, "code"},
		"joins too late":    {says(joining.CodeOver), joins(), 410, "code"},
		"joins too often":   {says(joining.TooManyTries), joins(), 429, "tries"},
		"joins revoked":     {says(joining.TerminalRevoked), joins(), 403, "left"},
		"joins unsigned":    {nil, unsigned, 401, "signature"},
		"joins for another": {nil, signed(2, "POST", segment.PathJoin, joinBody(3), now), 401, "signature"},
		"joins yesterday":   {nil, early, 401, "clock"},
		"joins with no key": {nil, signed(2, "POST", segment.PathJoin, `{"code":"1234-5678"}`, now), 401, "signature"},
		"joins with junk":   {nil, signed(2, "POST", segment.PathJoin, `[]`, now), 400, "message"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInside(t)
			if c.with != nil {
				c.with(i)
			}
			a := do(t, box(t, i), c.r)
			what := a.Error
			if what == "" {
				what = a.State
			}
			if a.Code != c.status || c.error != what {
				t.Fatalf("%d %q %s, want %d %q", a.Code, what, a.Body, c.status, c.error)
			}
			if a.Code >= 400 && a.Code != 404 && a.Code != 405 && a.Reason == "" && a.Code != 409 {
				t.Error("it does not say why")
			}
			if a.Code == 401 {
				at, err := http.ParseTime(a.Header().Get("Date"))
				if err != nil || !at.Equal(now) || a.Header().Get("WWW-Authenticate") == "" {
					t.Errorf("%v, and the office's time is %s", a.Header(), now)
				}
			}
			if n, err := strconv.Atoi(
				a.Header().Get("Retry-After"),
			); (a.Code == 503 || a.Code == 429) &&
				(err != nil || n < 5) {
				t.Errorf("come again in %d: %v", n, err)
			}
			if a.Code == 409 && len(a.taken.Heads) != 1 {
				t.Errorf("a gap without heads: %s", a.Body)
			}
			// What is refused did nothing.
			if a.Code >= 400 && a.Code < 500 && c.with == nil && len(i.batches)+len(i.beats)+len(i.left) > 0 {
				t.Errorf("and yet: %v %v %v", i.batches, i.beats, i.left)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("reset") }

// TestReplay: a heartbeat that is sent twice is heard once, and no older one after it.
func TestReplay(t *testing.T) {
	i := newInside(t)
	b := box(t, i)
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{now, 200},
		{now, 401},
		{now.Add(-time.Second), 401},
		{now.Add(time.Second), 200},
	} {
		if a := do(t, b, signed(1, "POST", segment.PathHeartbeat, beat, c.at)); a.Code != c.want ||
			c.want == 401 && a.Error != "replay" {
			t.Errorf("signed at %s: %d %s", c.at, a.Code, a.Body)
		}
	}
}

// TestPrefix: boxes sign the path of the office's address, whether the proxy leaves it there or not.
func TestPrefix(t *testing.T) {
	for _, path := range []string{"/chain" + segment.PathHeads, segment.PathHeads} {
		i := newInside(t)
		o := i.options()
		o.Prefix = "/chain"
		r := httptest.NewRequest("GET", path, nil)
		signature.Sign(r.Header, "GET", "/chain"+segment.PathHeads, nil, idOf(1), keyOf(1), now)
		if a := do(t, NewBox(o), r); a.Code != 200 {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
}

// TestFrom: only the proxy is believed, and only what it wrote itself.
func TestFrom(t *testing.T) {
	for _, c := range []struct {
		proxy, remote string
		said          []string
		want          string
	}{
		{"", "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"127.0.0.1", "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"127.0.0.1", "127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1", "[::ffff:127.0.0.1]:1", []string{"10.0.0.1, 198.51.100.1"}, "198.51.100.1"},
		{"127.0.0.1", "127.0.0.1:1", []string{"10.0.0.1", "2001:db8::1"}, "2001:db8::1"},
		{"127.0.0.1", "127.0.0.1:1", []string{"unknown"}, "127.0.0.1"},
		{"127.0.0.1", "127.0.0.1:1", nil, "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.remote, c.said
		if got := From(c.proxy)(r).String(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestJoins: what a box says reaches those who decide, with the address it came from.
func TestJoins(t *testing.T) {
	i := newInside(t)
	r := signed(2, "POST", segment.PathJoin, joinBody(2), now)
	r.RemoteAddr = "127.0.0.1:5"
	r.Header.Set("X-Forwarded-For", "198.51.100.9")
	a := do(t, box(t, i), r)
	var is segment.Joined
	if err := json.Unmarshal(a.Body.Bytes(), &is); err != nil || is.Terminal != idOf(2) || is.State != "waiting" ||
		i.asked.Code != "1234-5678" || i.asked.Label != "T1" || i.from.String() != "198.51.100.9" {
		t.Errorf("%v %+v %+v %s", err, is, i.asked, i.from)
	}
}

// TestByOpenssl: a second reading of RFC 9421 that shares no code with ours: a request that openssl signed is taken,
// and one that was changed afterwards is not.
func TestByOpenssl(t *testing.T) {
	der, err := x509.MarshalPKCS8PrivateKey(keyOf(1))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	key, file := filepath.Join(folder, "key.pem"), filepath.Join(folder, "body")
	body := strings.Repeat("segment\x00", 1000)
	if err := errors.Join(os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
		os.WriteFile(file, []byte(body), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method, path string
		at           time.Time
		change       func(*http.Request)
		want         int
	}{
		"as it was signed": {"POST", segment.PathSegments, now, nil, 200},
		"another path":     {"POST", segment.PathHeartbeat, now, nil, 401},
		"another method":   {"GET", segment.PathSegments, now, nil, 401},
		"a day off":        {"POST", segment.PathSegments, now.AddDate(0, 0, 1), nil, 401},
		"another time": {"POST", segment.PathSegments, now, func(r *http.Request) {
			was := r.Header.Get("Signature-Input")
			r.Header.Set("Signature-Input", strings.Replace(was, fmt.Sprint(now.Unix()), fmt.Sprint(now.Unix()+1), 1))
		}, 401},
	} {
		cmd := exec.Command("testdata/sign.sh", key, c.method, c.path, file, fmt.Sprint(c.at.Unix()), idOf(1))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl: %v", err)
		}
		r := httptest.NewRequest("POST", segment.PathSegments, strings.NewReader(body))
		for line := range strings.Lines(string(out)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Set(name, value)
		}
		if c.change != nil {
			c.change(r)
		}
		if a := do(t, box(t, newInside(t)), r); a.Code != c.want {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
}

// line serves over pipes, so that a bubble's time is the connections' too.
type line struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l line) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l line) Close() error   { close(l.done); return nil }
func (l line) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowBody: a body that comes drop by drop, or never ends, is given up, and its place is free again.
func TestSlowBody(t *testing.T) {
	for name, drip := range map[string]time.Duration{"never another byte": time.Hour, "a byte a second": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newInside(t)
				o := i.options()
				o.Wall = time.Now
				b := NewBox(o)
				l := line{make(chan net.Conn), make(chan struct{})}
				srv := &http.Server{Handler: b.Handler()}
				go srv.Serve(l)
				defer srv.Close()
				near, far := net.Pipe()
				defer near.Close()
				l.conns <- far

				h := http.Header{}
				signature.Sign(h, "POST", segment.PathSegments, []byte("x"), idOf(1), keyOf(1), time.Now())
				began := time.Now()
				go func() {
					fmt.Fprintf(
						near,
						"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n",
						segment.PathSegments,
					)
					for name, v := range h {
						fmt.Fprintf(near, "%s: %s\r\n", name, v[0])
					}
					fmt.Fprint(near, "\r\n")
					for {
						time.Sleep(drip)
						if _, err := near.Write([]byte("x")); err != nil {
							return
						}
					}
				}()
				raw := make([]byte, 4096)
				n, err := near.Read(raw)
				if took := time.Since(began); err != nil || !strings.HasPrefix(string(raw[:n]), "HTTP/1.1 408 ") ||
					took > bodyTime+2*time.Second {
					t.Fatalf("after %s: %q %v", took, raw[:n], err)
				}
				near.Close()
				time.Sleep(2 * drip)
				if b.room.calls != 0 || b.room.bodies != 0 {
					t.Errorf("%d calls hold %d bytes", b.room.calls, b.room.bodies)
				}
			})
		})
	}
}

// many sends segments of so many terminals at once, and counts statuses.
func many(t *testing.T, b *Box, i *inside, terminals int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[int]int{}
	for n := range terminals {
		key := ed25519.NewKeyFromSeed(fmt.Appendf(nil, "%032d", n))
		id := segment.TerminalID(key.Public().(ed25519.PublicKey))
		i.mu.Lock()
		i.callers[id] = Caller{Key: key.Public().(ed25519.PublicKey), State: joining.Joined}
		i.mu.Unlock()
		body := fmt.Sprint("segment ", n)
		r := httptest.NewRequest("POST", segment.PathSegments, strings.NewReader(body))
		signature.Sign(r.Header, "POST", segment.PathSegments, []byte(body), id, key, now)
		all.Go(func() {
			w := httptest.NewRecorder()
			b.Handler().ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			statuses[w.Code]++
		})
	}
	all.Wait()
	return statuses
}

// TestBatches: segments that wait at once are taken in one transaction.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInside(t)
		i.take = func(_ context.Context, all []office.Submission) ([]segment.Taken, error) {
			time.Sleep(time.Second)
			return slices.Repeat([]segment.Taken{{Verdict: segment.Append}}, len(all)), nil
		}
		b := NewBox(i.options())
		ctx, cancel := context.WithCancel(t.Context())
		go b.Run(ctx)
		if got := many(t, b, i, 1500); got[200] != 1500 {
			t.Errorf("%v", got)
		}
		sent := 0
		for _, batch := range i.batches {
			sent += len(batch)
		}
		if len(i.batches) > 6 || sent != 1500 {
			t.Errorf("%d transactions for %d segments", len(i.batches), sent)
		}
		cancel()
	})
}

// TestNoRoom: what is too much is told when to come again, at once.
func TestNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInside(t)
		b := NewBox(i.options()) // and nobody takes anything
		began := time.Now()
		got := many(t, b, i, maxCalls+500)
		if !maps.Equal(got, map[int]int{503: maxCalls + 500}) || time.Since(began) > answerTime+time.Second {
			t.Errorf("%v after %s", got, time.Since(began))
		}
		at := slices.Index(i.calls, 503)
		if at != 0 || b.room.calls != 0 || b.room.bodies != 0 {
			t.Errorf("%d calls hold %d bytes", b.room.calls, b.room.bodies)
		}

		b = NewBox(i.options()) // One terminal takes no more than its share.
		var all sync.WaitGroup
		quick := 0
		for range maxOfOne + 3 {
			all.Go(func() {
				began := time.Now()
				do(t, b, signed(1, "POST", segment.PathSegments, "abc", now))
				if time.Since(began) < answerTime {
					i.mu.Lock()
					quick++
					i.mu.Unlock()
				}
			})
		}
		all.Wait()
		if quick != 3 {
			t.Errorf("%d were refused at once, want 3", quick)
		}
	})
}

// TestPoison: a segment that can't be taken keeps nobody else's out; where none can be, the database is not asked a
// thousand times.
func TestPoison(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInside(t)
		fails := func(s office.Submission) bool { return strings.HasSuffix(string(s.Raw), "7") }
		i.take = func(_ context.Context, all []office.Submission) ([]segment.Taken, error) {
			time.Sleep(time.Millisecond)
			if slices.ContainsFunc(all, fails) {
				return nil, errors.New("a bug")
			}
			return slices.Repeat([]segment.Taken{{Verdict: segment.Append}}, len(all)), nil
		}
		b := NewBox(i.options())
		ctx, cancel := context.WithCancel(t.Context())
		go b.Run(ctx)
		if got := many(t, b, i, 100); got[200] != 90 || got[503] != 10 {
			t.Errorf("%v", got)
		}
		i.batches = nil
		fails = func(office.Submission) bool { return true }
		if got := many(t, b, i, 100); got[503] != 100 || len(i.batches) > 20 {
			t.Errorf("%v in %d transactions", got, len(i.batches))
		}
		cancel()
		synctest.Wait()
	})
}

// TestStop: what waits when the office stops is answered, and what was begun is finished.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInside(t)
		i.take = func(ctx context.Context, all []office.Submission) ([]segment.Taken, error) {
			time.Sleep(2 * time.Second)
			return slices.Repeat([]segment.Taken{{Verdict: segment.Append}}, len(all)), ctx.Err()
		}
		b := NewBox(i.options())
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() { b.Run(ctx); close(stopped) }()
		go func() { time.Sleep(time.Second); cancel() }()
		got := many(t, b, i, 10)
		<-stopped
		if got[200] == 0 || got[200]+got[503] != 10 {
			t.Errorf("%v", got)
		}
	})
}

// FuzzBox feeds requests: whatever they hold, nothing is done for who has not signed, and the answer is a no.
func FuzzBox(f *testing.F) {
	r := signed(1, "POST", segment.PathSegments, "abc", now)
	f.Add(
		segment.PathSegments,
		r.Header.Get("Signature-Input"),
		r.Header.Get("Signature"),
		r.Header.Get("Content-Digest"),
		[]byte("abd"),
	)
	f.Add(segment.PathHeartbeat, r.Header.Get("Signature-Input"), "", "", []byte(beat))
	f.Add(segment.PathJoin, "", "", "", []byte(joinBody(2)))
	f.Add(segment.PathLook, "", "", "", []byte(look))
	f.Add("/v1/terminals/me/%2e%2e/heads", "galla=", ":", "\x00", []byte{})
	f.Fuzz(func(t *testing.T, path, input, sig, digest string, body []byte) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.URL.Path = path
		for name, v := range map[string]string{"Signature-Input": input, "Signature": sig, "Content-Digest": digest} {
			r.Header[textproto.CanonicalMIMEHeaderKey(name)] = []string{v}
		}
		i := newInside(t)
		a := do(t, box(t, i), r)
		if len(i.batches)+len(i.beats)+len(i.left) > 0 || a.Code < 300 && path != segment.PathLook {
			// The seed's own signature over its own body is the one thing that may pass.
			if string(body) != "abc" || path != segment.PathSegments {
				t.Fatalf("%d: %v %v %v", a.Code, i.batches, i.beats, i.left)
			}
		}
	})
}
