package counter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
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
	if got := req.Header.Get("Galla-Signature"); got != sign([]byte(secret), time.Unix(at, 0), body) || time.Since(time.Unix(at, 0)).Abs() > 2*time.Second {
		r.t.Errorf("signature %q", got)
	}
	if r.err != nil {
		return nil, r.err
	}
	if r.status == 200 {
		var m struct{ Events []wire.Event }
		if err := json.Unmarshal(body, &m); err != nil {
			r.t.Error(err)
		}
		for _, e := range m.Events {
			r.seqs = append(r.seqs, e.Seq)
		}
	}
	return &http.Response{StatusCode: r.status, Body: io.NopCloser(strings.NewReader("ok")), Header: http.Header{"Location": {"https://evil.example/"}}}, nil
}

const secret = "0123456789abcdef"

func TestHookDeliversOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		tl, v, r := countertest.New(), countertest.NewVault(), &receiver{t: t, status: 200}
		open(t, tl, 100) // before the hook was set up: nobody's business
		run := func() (stop func()) {
			h, err := NewHook(HookOptions{Till: tl, Vault: v, Log: slog.New(slog.NewTextHandler(&log, nil)), URL: "https://billing.example/hidden-path", Secret: []byte(secret), HTTP: r})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- h.Run(ctx) }()
			synctest.Wait()
			return func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		}
		stop := run()
		open(t, tl, 100)
		synctest.Wait()
		r.answer(0, errors.New("connection refused"))
		open(t, tl, 100)
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
		if want != tl.Health().Seq+1 {
			t.Errorf("delivered %v of %d events", r.seqs, tl.Health().Seq)
		}
		if tried < 5 || tried > 20 {
			t.Errorf("%d tries in two minutes", tried)
		}
		if strings.Contains(log.String(), "hidden-path") || strings.Contains(log.String(), secret) {
			t.Errorf("the log has a secret: %s", log.String())
		}
	})
}

// software is billing software that takes each event once, over a bad line: a delivery may be lost before it is applied, or be
// applied and its answer lost.
type software struct {
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
	var m struct{ Events []wire.Event }
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	for _, e := range m.Events {
		if n := len(l.applied); n > 0 && e.Seq <= l.applied[n-1] {
			l.twice++
			continue
		}
		l.applied = append(l.applied, e.Seq)
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

// TestHookFailedAppliedOrNot: whatever a delivery that failed has done, and however often gallad restarts or its vault fails
// in between, software that takes each seq once ends with every event, once and in order.
func TestHookFailedAppliedOrNot(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			tl, v := countertest.New(), countertest.NewVault()
			l := &software{r: rand.New(rand.NewPCG(seed, 1)), bad: 6}
			r := rand.New(rand.NewPCG(seed, 2))
			var stop func()
			run := func() {
				h, err := NewHook(HookOptions{Till: tl, Vault: v, Log: slog.New(slog.DiscardHandler), URL: "https://billing.example/", Secret: []byte(secret), HTTP: l})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan error, 1)
				go func() { done <- h.Run(ctx) }()
				synctest.Wait()
				stop = func() { cancel(); <-done } // a vault that failed has ended it: systemd starts it again
			}
			run()
			for range 40 {
				open(t, tl, 100)
				time.Sleep(time.Duration(r.IntN(5000)) * time.Millisecond)
				switch r.IntN(8) {
				case 0:
					stop()
					run()
				case 1: // delivered, and then it can't be remembered: the same events go out once more
					v.Refuse(errors.New("disk full"))
					open(t, tl, 100)
					time.Sleep(time.Minute)
					v.Refuse(nil)
					stop()
					run()
				}
			}
			time.Sleep(time.Hour)
			stop()
			if n := len(l.applied); n == 0 || uint64(n) != tl.Health().Seq || l.applied[0] != 1 || l.applied[n-1] != uint64(n) {
				t.Errorf("seed %d: %d events, the receiver has %v", seed, tl.Health().Seq, l.applied)
			}
			if l.early == 0 || l.late == 0 || l.twice == 0 {
				t.Errorf("seed %d: %d lost before and %d after they were applied, %d events came twice: not the line that was meant", seed, l.early, l.late, l.twice)
			}
		})
	}
}

func TestHookOptions(t *testing.T) {
	for url, ok := range map[string]bool{"https://billing.example/x": true, "http://127.0.0.1:9/x": true, "http://localhost/x": true,
		"http://billing.example/x": false, "ftp://x/": false, "": false, "https://u:p@billing.example/": false} {
		if _, err := NewHook(HookOptions{Till: countertest.New(), Vault: countertest.NewVault(), URL: url, Secret: []byte(secret)}); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := NewHook(HookOptions{URL: "https://x/", Secret: []byte("short")}); err == nil {
		t.Error("a short secret was taken")
	}
}
