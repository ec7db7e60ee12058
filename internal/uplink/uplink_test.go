package uplink

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/state"
	"galla/state/statetest"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func options(b *box, o http.RoundTripper) Options {
	return Options{
		Office:  "https://office.example/chain/",
		Key:     key,
		Chain:   b,
		Changed: b.Changed,
		Health:  func(context.Context) (wire.Health, error) { return wire.Health{Ready: true, Version: "1.2.3"}, nil },
		Log:     quiet(),
		HTTP:    o,
	}
}

// running runs an uplink in a bubble of its own time, and stops it.
func running(t *testing.T, do func(b *box, o *office, u *Uplink)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, o := newBox(t), newOffice(t, key)
		u, err := New(options(b, o))
		if err != nil {
			t.Fatal(err)
		}
		start(t, u, func() { do(b, o, u) })
	})
}

// start runs an uplink from the moment on at which do first waits. It must stop at once.
func start(t *testing.T, u *Uplink, do func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		time.Sleep(time.Nanosecond)
		done <- u.Run(ctx)
	}()
	do()
	cancel()
	stopped := time.Now()
	if err := <-done; err != nil || time.Since(stopped) > 0 {
		t.Errorf("it took %s to stop: %v", time.Since(stopped), err)
	}
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestSends: what there is goes at once, in segments of 32 KiB, and what comes follows.
func TestSends(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(5000, "sale.opened")
		after(2 * time.Minute)
		o.has(b)
		if n := o.count(segment.PathSegments); n > 5000*190/(30<<10) {
			t.Errorf("%d segments", n)
		}
		for range 20 {
			b.commit(1+rand.IntN(300), "attempt.closed")
			after(time.Second)
			o.has(b)
		}
		if s := u.Status(); s.Problem != "" || s.Seq != uint64(len(b.log)) || s.Heard.IsZero() ||
			s.Office != "office.example" {
			t.Errorf("%+v", s)
		}
		if o.kinds[segment.Append] == 0 || len(o.kinds) != 1 {
			t.Errorf("%v", o.kinds)
		}
	})
}

// TestPace: what nobody waits for comes within a minute, in one segment; what a person waits for comes at once, and all
// that waited with it.
func TestPace(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(1, "attempt.closed")
		after(time.Second)
		o.has(b)
		sent := o.count(segment.PathSegments)
		for range 10 {
			b.commit(1, "qr.shown")
			after(5 * time.Second)
		}
		if n := o.count(segment.PathSegments); n != sent {
			t.Errorf("%d segments went before anybody waited", n-sent)
		}
		after(10 * time.Second)
		o.has(b)
		if n := o.count(segment.PathSegments); n != sent+1 {
			t.Errorf("%d segments for what nobody waits for", n-sent)
		}
		b.commit(3, "qr.shown")
		after(time.Second)
		b.commit(1, "refund.seen")
		after(0)
		o.has(b)
		if n := o.count(segment.PathSegments); n != sent+2 {
			t.Errorf("%d segments", n-sent)
		}
		after(time.Hour)
		if n := o.count(segment.PathSegments); n != sent+2 {
			t.Errorf("%d segments, and nothing happened", n-sent)
		}
		if n := o.count(segment.PathHeads); n != 1 {
			t.Errorf("the heads were asked for %d times", n)
		}
	})
}

// TestPaceOutlivesFailures: what waited for a minute does not wait for another one because a call failed.
func TestPaceOutlivesFailures(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		after(time.Second)
		failures := 0
		o.befalls(func(req *http.Request) *trouble {
			if strings.HasSuffix(req.URL.Path, segment.PathSegments) && failures < 3 {
				failures++
				return &trouble{answer: page(500, "")}
			}
			return nil
		})
		b.commit(1, "qr.shown")
		after(Pace + 8*time.Second) // three back-offs: 1 s, 2 s, 4 s at most
		o.has(b)
	})
}

// TestUrgent holds the pace against what state makes of a shop's traffic: whenever a sale ends, kept money or surplus
// changes, or an item opens or closes, the event is urgent; and few others are.
func TestUrgent(t *testing.T) {
	tr := statetest.NewTraffic(3, 5, 60)
	sales := map[string]state.Sale{}
	events, hurried, needed := 0, 0, 0
	for range 12000 {
		for _, e := range tr.Next().Events {
			was := sales[e.SaleID]
			is, _, err := state.Apply(was, e)
			if err != nil {
				t.Fatal(err)
			}
			sales[e.SaleID] = is
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			events++
			now := urgent(raw)
			if now {
				hurried++
			}
			waits := was.Phase.Final() != is.Phase.Final() || len(was.Attention) != len(is.Attention) ||
				was.Kept() != is.Kept() || was.WentBack() != is.WentBack()
			if waits {
				needed++
			}
			if waits && !now {
				t.Fatalf("%s waits: %s", e.Kind, raw)
			}
		}
	}
	if per := float64(hurried) / float64(len(sales)); needed < len(sales)/2 || hurried > events/2 || per > 6 {
		t.Errorf("%d of %d events are urgent, %d must be, in %d sales", hurried, events, needed, len(sales))
	}
	t.Logf("%d of %d events are urgent, %d must be, in %d sales", hurried, events, needed, len(sales))
}

// TestTroubles: whatever befalls one call in three, the office ends with the box's chain, each place once.
func TestTroubles(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			running(t, func(b *box, o *office, u *Uplink) {
				r, bad := rand.New(rand.NewPCG(seed, 3)), rand.New(rand.NewPCG(seed, 4))
				o.befalls(func(*http.Request) *trouble {
					switch bad.IntN(20) {
					case 0:
						return &trouble{before: errLine}
					case 1:
						return &trouble{after: errLine} // carried out, and nobody knows
					case 2:
						return &trouble{wait: 29 * time.Second}
					case 3:
						return &trouble{wait: time.Minute}
					case 4:
						return &trouble{answer: page(500+bad.IntN(5), "<html>")}
					case 5:
						return &trouble{answer: page(200, "{")}
					case 6:
						return &trouble{twice: true}
					}
					return nil
				})
				for range 60 {
					b.commit(1+r.IntN(400), []string{"qr.shown", "attempt.closed"}[r.IntN(2)])
					after(time.Duration(r.IntN(40)) * time.Second)
				}
				o.befalls(nil)
				after(15 * time.Minute)
				o.has(b)
				if len(o.branches) != 1 || o.kinds[segment.Fork] > 0 {
					t.Errorf("%d branches of one chain", len(o.branches))
				}
			})
		})
	}
}

// TestAway: an office that is away for seven days costs a call every few minutes, and then has all.
func TestAway(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		o.befalls(func(*http.Request) *trouble { return &trouble{before: errLine} })
		for range 7 * 24 {
			b.commit(20, "attempt.closed")
			after(time.Hour)
		}
		calls, beats := o.count(segment.PathHeads), o.count(segment.PathHeartbeat)
		if calls < 2500 || calls > 6000 || beats < 10000 || beats > 10100 || o.count(segment.PathSegments) > 0 {
			t.Errorf("%d calls and %d heartbeats in seven days", calls, beats)
		}
		if s := u.Status(); !strings.Contains(s.Problem, "connection reset") || s.Next.IsZero() || s.Seq != 0 {
			t.Errorf("%+v", s)
		}
		o.befalls(nil)
		after(longWait)
		o.has(b)
	})
}

// TestRetryAfter: an office that asks for silence gets it, of segments and heartbeats, up to an hour.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		says  string
		quiet time.Duration
	}{
		{"600", 10 * time.Minute},
		{"date", 10 * time.Minute},
		{"99999999999999999999", time.Hour},
		{"864000", time.Hour},
	} {
		t.Run(c.says, func(t *testing.T) {
			running(t, func(b *box, o *office, u *Uplink) {
				after(time.Minute)
				says := c.says
				if says == "date" {
					says = time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)
				}
				o.befalls(func(*http.Request) *trouble {
					return &trouble{answer: page(503, "busy", "Retry-After", says)}
				})
				b.commit(1, "attempt.closed")
				after(0)
				o.befalls(nil)
				before := o.count(segment.PathHeads) + o.count(segment.PathSegments) + o.count(segment.PathHeartbeat)
				after(c.quiet - 2*time.Second)
				n := o.count(segment.PathHeads) + o.count(segment.PathSegments) + o.count(segment.PathHeartbeat)
				if n != before {
					t.Errorf("%d calls before the time", n-before)
				}
				after(4 * time.Second)
				o.has(b)
			})
		})
	}
	for _, bad := range []string{"", "-5", "soon", "Mon, 02 Jan 2006 15:04:05 GMT"} {
		if d := retryAfter(bad, time.Now()); d != 0 {
			t.Errorf("%q is %s", bad, d)
		}
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }
func (endless) Close() error               { return nil }

// TestLies: an office that lies is an office that is away. Nothing is believed, nothing follows, and when it is honest
// again all comes there.
func TestLies(t *testing.T) {
	long := `{"reason":"` + strings.Repeat("x", 1000) + `"}`
	refusal := `{"verdict":"refused","reason":"of version 1"}`
	hash := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		path   string
		status int
		body   string
		says   string
	}{
		"heads that are junk":     {segment.PathHeads, 200, `<html>`, "can't be read"},
		"heads with a short hash": {segment.PathHeads, 200, `{"heads":[{"seq":1,"hash":"00"}]}`, "no hash"},
		"heads without an end":    {segment.PathHeads, 200, "endless", "more than"},
		"too many heads": {segment.PathHeads, 200, `{"heads":[` + strings.Repeat(`{},`, 99) + `{}]}`,
			"than 64"},
		"no content":         {segment.PathHeads, 204, ``, "answered 204"},
		"a redirect":         {segment.PathHeads, 307, ``, "answered 307"},
		"another protocol":   {segment.PathHeads, 101, ``, "answered 101"},
		"an id that is gone": {segment.PathHeads, 403, long, "answered 403"},
		"a place nobody named": {segment.PathLocate, 200, `{"place":{"seq":3,"hash":"` + hash + `"}}`,
			"asked about"},
		"a taking that is none":     {segment.PathSegments, 200, `{"verdict":"ok"}`, "no taking"},
		"a gap that is answered so": {segment.PathSegments, 200, `{"verdict":"gap"}`, "no taking"},
		"an empty page":             {segment.PathSegments, 200, ``, "can't be read"},
		"a gap for ever":            {segment.PathSegments, 409, `{"verdict":"gap"}`, "compared again"},
		"a refusal":                 {segment.PathSegments, 422, refusal, "of version 1"},
	} {
		t.Run(name, func(t *testing.T) {
			lie := func() *trouble {
				resp := page(c.status, c.body, "Location", "https://evil.example/")
				if c.body == "endless" {
					resp.Body = endless{}
				}
				return &trouble{answer: resp}
			}
			// heads that are not its own make a box ask where both are together
			strangers := `{"heads":[{"seq":3,"hash":"` + hash + `"},{"seq":1000000,"hash":"` + hash + `"}]}`
			running(t, func(b *box, o *office, u *Uplink) {
				o.befalls(func(req *http.Request) *trouble {
					switch path := strings.TrimPrefix(req.URL.Path, "/chain"); {
					case path == c.path:
						return lie()
					case path == segment.PathHeads && c.path == segment.PathLocate:
						return &trouble{answer: page(200, strangers)}
					}
					return nil
				})
				b.commit(300, "attempt.closed")
				after(time.Hour)
				if s := u.Status(); !strings.Contains(s.Problem, c.says) || len(s.Problem) > 400 {
					t.Errorf("%q says nothing of %q", s.Problem, c.says)
				}
				if n := o.count(c.path); n < 5 || n > 80 {
					t.Errorf("%d calls in an hour", n)
				}
				for _, path := range []string{segment.PathHeads, segment.PathLocate} {
					if n := o.count(path); path != c.path && n > 200 {
						t.Errorf("%d calls of %s in an hour", n, path)
					}
				}
				o.befalls(nil)
				after(longWait + time.Second)
				o.has(b)
			})
		})
	}
}

// TestBoxPutBack: a box that goes on from an older copy finds the place where it parted in one question, and the office
// keeps both.
func TestBoxPutBack(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(3000, "attempt.closed")
		after(2 * time.Minute)
		o.has(b)
		o.sent = 0
		b.mu.Lock()
		b.log = b.log[:2000:2000]
		b.mu.Unlock()
		b.commit(700, "refund.seen")
		after(3 * time.Second) // no heartbeat is waited for
		o.has(b)
		if o.kinds[segment.Fork] != 1 || len(o.branches) != 2 || o.branches[1].From != 2000 ||
			o.branches[0].Head != 3000 {
			t.Errorf("%v %+v", o.kinds, o.branches)
		}
		// A second question where the first one came while the box was still writing.
		if n := o.count(segment.PathLocate); n < 1 || n > 2 || o.sent > 700+1024 {
			t.Errorf("%d questions, %d events sent for 700", n, o.sent)
		}
	})
}

// TestOfficePutBack: an office that goes on from an older copy, or from none, is sent again what it lost, though the
// box is at rest; what is there is not sent again.
func TestOfficePutBack(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(3000, "attempt.closed")
		after(2 * time.Minute)
		o.has(b)
		o.sent = 0
		o.backTo(1234)
		after(Beat + 2*time.Second)
		o.has(b)
		if o.sent != 3000-1234 || o.kinds[segment.Gap]+o.kinds[segment.Duplicate]+o.kinds[segment.Fork] > 0 {
			t.Errorf("%d events were sent again, of %d: %v", o.sent, 3000-1234, o.kinds)
		}

		o.mu.Lock()
		o.branches, o.own = nil, nil
		o.mu.Unlock()
		after(Beat + 5*time.Second)
		o.has(b)

		o.backTo(2999) // and while it sends
		b.commit(1, "attempt.closed")
		after(5 * time.Second)
		o.has(b)
		if o.kinds[segment.Gap] != 1 {
			t.Errorf("%v", o.kinds)
		}
	})
}

// TestPrunedBox: a box that pruned what an office never had goes on with what it has, and the office shows the hole.
func TestPrunedBox(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(500, "attempt.closed")
		after(2 * time.Minute)
		o.has(b)
		o.backTo(100)
		b.mu.Lock()
		b.root = 400
		b.mu.Unlock()
		b.commit(10, "attempt.closed")
		after(2 * time.Minute)
		o.has(b)
		if o.kinds[segment.Hole] != 1 || o.branches[1].From != 400 || o.branches[1].Parent != -1 {
			t.Errorf("%v %+v", o.kinds, o.branches)
		}
	})
}

// TestDamagedChain: a log that can't be read is said, and tried again; nothing goes out meanwhile.
func TestDamagedChain(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(1, "attempt.closed")
		after(2 * time.Minute)
		b.mu.Lock()
		b.err = errors.New("event 2 was changed")
		b.mu.Unlock()
		b.commit(5, "attempt.closed")
		after(10 * time.Minute)
		if s := u.Status(); !strings.Contains(s.Problem, "event 2 was changed") {
			t.Errorf("%+v", s)
		}
		if n := o.count(segment.PathSegments); n != 1 {
			t.Errorf("%d segments of a damaged chain", n)
		}
		b.mu.Lock()
		b.err = nil
		b.mu.Unlock()
		after(longWait)
		o.has(b)
	})
}

// TestClock: a box whose clock is a day off is heard: it signs by the office's clock, and says its own.
func TestClock(t *testing.T) {
	for _, off := range []time.Duration{24 * time.Hour, -24 * time.Hour, -26 * 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b, o := newBox(t), newOffice(t, key)
			opt := options(b, o)
			opt.Wall = func() time.Time { return time.Now().Add(off) }
			u, err := New(opt)
			if err != nil {
				t.Fatal(err)
			}
			start(t, u, func() {
				b.commit(10, "attempt.closed")
				after(3 * time.Minute)
				o.has(b)
				if len(o.beats) == 0 || time.Until(o.beats[0].At).Abs() < off.Abs()-5*time.Minute {
					t.Errorf("%s: the heartbeat hides the box's clock: %+v", off, o.beats)
				}
			})
		})
	}
}

// TestHeartbeat: one a minute, with the head as it is then and the box's health.
func TestHeartbeat(t *testing.T) {
	running(t, func(b *box, o *office, u *Uplink) {
		b.commit(10, "qr.shown")
		after(time.Hour)
		if n := len(o.beats); n < 59 || n > 61 {
			t.Errorf("%d heartbeats in an hour", n)
		}
		first := o.beats[0]
		var h wire.Health
		if err := json.Unmarshal(first.Health, &h); err != nil || h.Version != "1.2.3" || first.Head.Seq != 10 ||
			first.Head.Hash != b.log[9].Hash {
			t.Errorf("%+v %v", first, err)
		}
	})
	for name, health := range map[string]func(context.Context) (wire.Health, error){
		"too large": func(context.Context) (wire.Health, error) {
			return wire.Health{Problem: strings.Repeat("x", maxHealth)}, nil
		},
		"none": func(context.Context) (wire.Health, error) { return wire.Health{}, errors.New("starting") },
	} {
		u := &Uplink{o: Options{Health: health}}
		if raw := u.health(t.Context()); raw != nil {
			t.Errorf("%s: %d bytes", name, len(raw))
		}
	}
}

// TestFingerprint: an office that no authority knows is known by its certificate, and by no other.
func TestFingerprint(t *testing.T) {
	srv := httptest.NewTLSServer(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{}`) }),
	)
	defer srv.Close()
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	right := sha256.Sum256(srv.Certificate().Raw)
	wrong := sha256.Sum256([]byte("another"))
	for name, c := range map[string]struct {
		fingerprint, says string
	}{
		"the right one":  {hex.EncodeToString(right[:]), ""},
		"with colons":    {strings.ToUpper(fmt.Sprintf("% x", right)), ""},
		"another's":      {hex.EncodeToString(wrong[:]), "not the one that was given"},
		"no fingerprint": {"", "certificate"},
	} {
		o := options(newBox(t), nil)
		o.Office, o.Fingerprint = srv.URL, strings.ReplaceAll(c.fingerprint, " ", ":")
		u, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = u.heads(t.Context())
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestNewRefuses: what can't be an office.
func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"http":            func(o *Options) { o.Office = "http://office.example" },
		"no address":      func(o *Options) { o.Office = "" },
		"a password":      func(o *Options) { o.Office = "https://a:b@office.example" },
		"a query":         func(o *Options) { o.Office = "https://office.example?x=1" },
		"no key":          func(o *Options) { o.Key = nil },
		"half a print":    func(o *Options) { o.Fingerprint = "abcd" },
		"no print at all": func(o *Options) { o.Fingerprint = strings.Repeat("zz", 32) },
	} {
		o := options(newBox(t), nil)
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

var _ Chain = (*box)(nil)
