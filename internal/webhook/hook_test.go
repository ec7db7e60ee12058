package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/till"
	"galla/state"
)

// receiver is billing software in memory.
type receiver struct {
	t *testing.T

	mu     sync.Mutex
	status int
	err    error
	calls  int
	seqs   []uint64
}

// answer sets how the next calls end.
func (r *receiver) answer(status int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.err = status, err
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	var at int64
	for _, part := range strings.Split(req.Header.Get("Galla-Signature"), ",") {
		if v, ok := strings.CutPrefix(part, "t="); ok {
			if err := json.Unmarshal([]byte(v), &at); err != nil {
				r.t.Error(err)
			}
		}
	}
	if got := req.Header.Get("Galla-Signature"); got != sign([][]byte{[]byte(secret)}, time.Unix(at, 0), body) ||
		time.Since(time.Unix(at, 0)).Abs() > 2*time.Second {
		r.t.Errorf("signature %q", got)
	}
	if r.err != nil {
		return nil, r.err
	}
	if r.status == 200 {
		r.seqs = append(r.seqs, seqs(r.t, body)...)
	}
	return &http.Response{
		StatusCode: r.status,
		Body:       io.NopCloser(strings.NewReader("ok")),
		Header:     http.Header{"Location": {"https://evil.example/"}},
	}, nil
}

const secret = "0123456789abcdef"

// encode writes what the receivers of these tests read of an event; the counter's own encoding is tested there.
func encode(_ context.Context, events []state.Event) ([]byte, error) {
	type event struct {
		Seq uint64 `json:"seq"`
	}
	var m struct {
		Events []event `json:"events"`
	}
	for _, e := range events {
		m.Events = append(m.Events, event{e.Seq})
	}
	return json.Marshal(m)
}

// seqs reads a body.
func seqs(t *testing.T, body []byte) (out []uint64) {
	t.Helper()
	var m struct{ Events []struct{ Seq uint64 } }
	if err := json.Unmarshal(body, &m); err != nil {
		t.Error(err)
	}
	for _, e := range m.Events {
		out = append(out, e.Seq)
	}
	return out
}

// open opens a sale: three events.
func open(t *testing.T, tl *countertest.Till) {
	t.Helper()
	if _, err := tl.Open(t.Context(), till.OpenRequest{Key: fmt.Sprint("k", newest(t, tl)), Amount: 100}); err != nil {
		t.Fatal(err)
	}
}

func newest(t *testing.T, tl *countertest.Till) uint64 {
	t.Helper()
	seq, err := tl.Seq()
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// start runs a hook until stop, which returns what Run did.
func start(t *testing.T, tl Till, v Settings, log *slog.Logger, line http.RoundTripper) (stop func() error) {
	t.Helper()
	h, err := New(Options{Till: tl, Settings: v, Encode: encode, Log: log, URL: "https://billing.example/hidden-path",
		Secrets: []byte(secret), HTTP: line})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	synctest.Wait()
	return func() error { cancel(); return <-done }
}

func TestHookDeliversOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		tl, v, r := countertest.New(), countertest.NewSettings(), &receiver{t: t, status: 200}
		open(t, tl) // before the hook was set up: nobody's business
		run := func() func() {
			stop := start(t, tl, v, slog.New(slog.NewTextHandler(&log, nil)), r)
			return func() {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}
		}
		stop := run()
		open(t, tl)
		synctest.Wait()
		r.answer(0, errors.New("connection refused"))
		open(t, tl)
		synctest.Wait()
		r.answer(500, nil)
		<-time.After(time.Minute)
		synctest.Wait()
		r.answer(307, nil) // a redirect is not followed
		<-time.After(time.Minute)
		synctest.Wait()
		stop()
		tried := r.calls
		r.answer(200, nil)
		stop = run() // a restart goes on where it was
		<-time.After(hookLongWait)
		stop()
		want := uint64(4)
		for _, s := range r.seqs {
			if s != want {
				t.Fatalf("delivered %v", r.seqs)
			}
			want++
		}
		if want != newest(t, tl)+1 {
			t.Errorf("delivered %v of %d events", r.seqs, newest(t, tl))
		}
		if tried < 5 || tried > 20 {
			t.Errorf("%d tries in two minutes", tried)
		}
		if strings.Contains(log.String(), "hidden-path") || strings.Contains(log.String(), secret) {
			t.Errorf("the log has a secret: %s", log.String())
		}
	})
}

// software is billing software that takes each event once, over a bad line: a delivery may be lost before it is
// applied, or be applied and its answer lost.
type software struct {
	t       *testing.T
	r       *rand.Rand
	bad     int // of ten deliveries, so many end badly
	applied []uint64
	twice   int // events that came again after they were applied
	early   int // deliveries that failed and were not applied
	late    int // that failed and were
}

func (l *software) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	failed := l.r.IntN(10) < l.bad
	if failed && l.r.IntN(2) == 0 {
		l.early++
		if l.r.IntN(2) == 0 {
			return nil, errors.New("connection refused")
		}
		return &http.Response{StatusCode: 503, Body: io.NopCloser(strings.NewReader("restarting"))}, nil
	}
	for _, seq := range seqs(l.t, body) {
		if n := len(l.applied); n > 0 && seq <= l.applied[n-1] {
			l.twice++
			continue
		}
		l.applied = append(l.applied, seq)
	}
	if failed {
		l.late++
		if l.r.IntN(2) == 0 {
			return nil, errors.New("connection reset by peer")
		}
		return &http.Response{StatusCode: 500, Body: io.NopCloser(strings.NewReader("committed, then fell over"))}, nil
	}
	return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
}

// TestHookFailedAppliedOrNot: whatever a delivery that failed has done, and however often gallad restarts or its
// settings fail in between, software that takes each seq once ends with every event, once and in order.
func TestHookFailedAppliedOrNot(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			tl, v := countertest.New(), countertest.NewSettings()
			l := &software{t: t, r: rand.New(rand.NewPCG(seed, 1)), bad: 6}
			r := rand.New(rand.NewPCG(seed, 2))
			var stop func() error
			// settings that failed have ended it: systemd starts it again
			run := func() { stop = start(t, tl, v, slog.New(slog.DiscardHandler), l) }
			run()
			for range 40 {
				open(t, tl)
				time.Sleep(time.Duration(r.IntN(5000)) * time.Millisecond)
				switch r.IntN(8) {
				case 0:
					stop()
					run()
				case 1: // delivered, and then it can't be remembered: the same events go out once more
					v.Refuse(errors.New("disk full"))
					open(t, tl)
					time.Sleep(time.Minute)
					v.Refuse(nil)
					stop()
					run()
				}
			}
			time.Sleep(time.Hour)
			stop()
			if n := len(l.applied); n == 0 || uint64(n) != newest(t, tl) || l.applied[0] != 1 ||
				l.applied[n-1] != uint64(n) {
				t.Errorf("seed %d: %d events, the receiver has %v", seed, newest(t, tl), l.applied)
			}
			if l.early == 0 || l.late == 0 || l.twice == 0 {
				t.Errorf("seed %d: %d lost before and %d after they were applied, %d events came twice: not the "+
					"line that was meant", seed, l.early, l.late, l.twice)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for url, ok := range map[string]bool{"https://billing.example/x": true, "http://127.0.0.1:9/x": true,
		"http://localhost/x":       true,
		"http://billing.example/x": false, "ftp://x/": false, "": false, "https://u:p@billing.example/": false} {
		if _, err := New(Options{Till: countertest.New(), Settings: countertest.NewSettings(),
			URL: url, Secrets: []byte(secret)}); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := New(Options{URL: "https://x/", Secrets: []byte("short")}); err == nil {
		t.Error("a short secret was taken")
	}
}

// slow is billing software that takes a while over each delivery, and counts.
type slow struct {
	t     *testing.T
	takes time.Duration

	mu    sync.Mutex
	times map[uint64]int // deliveries of each event, answered or not
	cut   int            // deliveries whose sender did not wait for the answer
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	for _, seq := range seqs(s.t, body) {
		s.times[seq]++
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
		return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
	case <-req.Context().Done():
		s.mu.Lock()
		s.cut++
		s.mu.Unlock()
		return nil, req.Context().Err()
	}
}

// TestBooks_6_RestartsSendNothingTwice: across quick restarts, each before the till is ready and some in the middle of
// a delivery, every event is delivered, and none twice.
func TestBooks_6_RestartsSendNothingTwice(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			tl, v, s := countertest.New(), countertest.NewSettings(), &slow{
				t:     t,
				takes: time.Second,
				times: map[uint64]int{},
			}
			tl.SetHealth(till.Health{Problem: "the till is starting"}) // for good: the hook must not need it
			discard := slog.New(slog.DiscardHandler)
			stop := start(t, tl, v, discard, s)
			for range 7 {
				open(t, tl)
				time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if r.IntN(2) == 0 {
					open(t, tl) // nobody tells it now
				}
				stop = start(t, tl, v, discard, s)
			}
			time.Sleep(time.Minute)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			for seq := uint64(1); seq <= newest(t, tl); seq++ {
				if s.times[seq] != 1 {
					t.Errorf("seed %d: event %d was delivered %d times", seed, seq, s.times[seq])
				}
			}
			if uint64(len(s.times)) != newest(t, tl) || s.cut != 0 {
				t.Errorf("seed %d: %d of %d events delivered, %d deliveries cut off",
					seed, len(s.times), newest(t, tl), s.cut)
			}
		})
	}
}

// TestHookStopsInTime: a receiver that does not answer keeps gallad from stopping for a moment only.
func TestHookStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tl, s := countertest.New(), &slow{t: t, takes: time.Hour, times: map[uint64]int{}}
		stop := start(t, tl, countertest.NewSettings(), slog.New(slog.DiscardHandler), s)
		open(t, tl)
		synctest.Wait()
		began := time.Now()
		if err := stop(); err != nil || time.Since(began) > stopGrace || s.cut != 1 {
			t.Errorf("%v after %s, %d cut off", err, time.Since(began), s.cut)
		}
	})
}

// TestBooks_6_SwitchedOnOverAHistory: a hook that is switched on tells nothing of what was before, remembers the moment
// at once, and tells everything after it, also what happens while it is down.
func TestBooks_6_SwitchedOnOverAHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tl, v, r := countertest.New(), countertest.NewSettings(), &receiver{t: t, status: 200}
		tl.SetHealth(till.Health{Problem: "the till is starting"})
		for range 200 { // more than a message holds
			open(t, tl)
		}
		before := newest(t, tl)
		discard := slog.New(slog.DiscardHandler)

		// A moment that can't be remembered is no beginning: the next start is one.
		v.Refuse(errors.New("disk full"))
		if err := start(t, tl, v, discard, r)(); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("without a disk: %v", err)
		}
		v.Refuse(nil)

		stop := start(t, tl, v, discard, r)
		if b, found, err := v.Get("hook/cursor"); err != nil || !found || string(b) != fmt.Sprint(before) {
			t.Errorf("the moment was not written at once: %q, %v, %v", b, found, err)
		}
		if err := stop(); err != nil || r.calls != 0 {
			t.Errorf("%d deliveries of the history, %v", r.calls, err)
		}

		open(t, tl)
		stop = start(t, tl, v, discard, r)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if want := []uint64{before + 1, before + 2, before + 3}; !slices.Equal(r.seqs, want) {
			t.Errorf("delivered %v, want %v", r.seqs, want)
		}
	})
}

// TestHookOfAReplacedStore: a store with fewer events than were delivered counts anew, and its next event is told.
func TestHookOfAReplacedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tl, v, r := countertest.New(), countertest.NewSettings(), &receiver{t: t, status: 200}
		if err := v.Put("hook/cursor", []byte("900")); err != nil {
			t.Fatal(err)
		}
		stop := start(t, tl, v, slog.New(slog.DiscardHandler), r)
		open(t, tl)
		synctest.Wait()
		if err := stop(); err != nil || !slices.Equal(r.seqs, []uint64{1, 2, 3}) {
			t.Errorf("delivered %v, %v", r.seqs, err)
		}
		v.Put("hook/cursor", []byte("nine"))
		if err := start(t, tl, v, slog.New(slog.DiscardHandler), r)(); err == nil {
			t.Error("a number that is none was read")
		}
	})
}
