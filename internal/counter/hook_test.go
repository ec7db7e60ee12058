package counter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
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
