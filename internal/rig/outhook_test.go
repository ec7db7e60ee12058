package rig

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestHookThroughKills: the shop's software is told everything, signed, over a gallad that is killed while it tells and
// a receiver that fails before and after it has applied a delivery.
func TestHookThroughKills(t *testing.T) {
	const secret = "the-hook-secret-of-the-rig"
	b := newBox(t, gatewaytest.Razorpay)
	var mu sync.Mutex
	var applied []uint64
	calls, again := 0, 0
	software := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		at, sum, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Galla-Signature"), "t="), ",v1=")
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(at + "." + string(body)))
		if got, err := hex.DecodeString(sum); !ok || err != nil || !hmac.Equal(got, mac.Sum(nil)) {
			t.Errorf("the signature %q is not right", r.Header.Get("Galla-Signature"))
		}
		mu.Lock()
		defer mu.Unlock()
		calls++
		if calls%3 == 1 { // failed, not applied
			http.Error(w, "restarting", http.StatusServiceUnavailable)
			return
		}
		var m struct{ Events []wire.Event }
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		for _, e := range m.Events {
			if n := len(applied); n > 0 && e.Seq <= applied[n-1] {
				again++
				continue
			}
			applied = append(applied, e.Seq)
		}
		if calls%3 == 2 { // failed, but applied
			panic(http.ErrAbortHandler)
		}
	}))
	defer software.Close()
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(raw)+fmt.Sprintf("[hook]\nurl = %q\n", software.URL+"/hook"))
	b.write("hook-secret", secret+"\n")
	for range 3 {
		b.start()
		for range 3 {
			b.open(client.Key(), 25000)
		}
		b.kill()
	}
	b.start()
	b.open(client.Key(), 100)
	var head uint64
	b.until(60*time.Second, "the last event to be told", func() bool {
		h, err := b.till.Health(t.Context())
		mu.Lock()
		defer mu.Unlock()
		head = h.Seq
		return err == nil && len(applied) > 0 && applied[len(applied)-1] == head
	})
	mu.Lock()
	defer mu.Unlock()
	for i, seq := range applied {
		if i > 0 && seq != applied[i-1]+1 {
			t.Fatalf("after event %d came %d", applied[i-1], seq)
		}
	}
	t.Logf("%d events by %d deliveries, %d of them again", len(applied), calls, again)
	if again == 0 || len(applied) < 20 {
		t.Errorf("%d events, %d again: not the line that was meant", len(applied), again)
	}
	if strings.Contains(b.log.String(), secret) || strings.Contains(b.log.String(), "/hook") {
		t.Error("the log has the secret or the address")
	}
}

// TestBooks_6_RestartsTellNothingTwice: the hook of a shop that has sold for a while begins when it is switched on;
// over 7 restarts each event after it is delivered once, and a feed that comes back after each of them hears every
// event once.
func TestBooks_6_RestartsTellNothingTwice(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	var mu sync.Mutex
	delivered := map[uint64]int{}
	software := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Events []wire.Event }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, e := range m.Events {
			delivered[e.Seq]++
		}
	}))
	defer software.Close()
	seq := func() uint64 {
		h, err := b.till.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h.Seq
	}
	stop := func() {
		if _, err := b.stop(); err != nil {
			t.Fatal(err)
		}
	}

	// A history without a hook: enough events that a hook which began at the first of them would be seen.
	b.start()
	for range 3 {
		b.open(client.Key(), 25000)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var heard []uint64
	followed := make(chan error, 1)
	go func() {
		followed <- b.till.Follow(ctx, 0, func(e wire.Event) error {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, e.Seq)
			return nil
		}, nil)
	}()
	before := seq()
	stop()

	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(raw)+fmt.Sprintf("[hook]\nurl = %q\n", software.URL+"/hook"))
	b.write("hook-secret", "the-hook-secret-of-the-rig\n")
	b.start()
	begun := seq()
	for i := range 7 {
		if i%2 == 0 {
			b.open(client.Key(), 10000+i)
			b.open(client.Key(), 20000+i)
		}
		stop()
		b.start()
	}
	b.open(client.Key(), 100)
	head := seq()
	b.until(60*time.Second, "the last event to be told and heard", func() bool {
		mu.Lock()
		defer mu.Unlock()
		head = max(head, seq())
		return delivered[head] > 0 && len(heard) > 0 && heard[len(heard)-1] == head
	})
	stop()
	cancel()
	if err := <-followed; !errors.Is(err, context.Canceled) {
		t.Errorf("the feed ended: %v", err)
	}

	// What gallad wrote down while it started with the hook is neither owed nor forbidden.
	for at := uint64(1); at <= head; at++ {
		if n := delivered[at]; n > 1 || n == 0 && at > begun || n > 0 && at <= before {
			t.Errorf("event %d of %d, of which %d were before the hook: delivered %d times", at, head, before, n)
		}
	}
	for i, at := range heard {
		if at != uint64(i)+1 {
			t.Fatalf("the feed told %v", heard)
		}
	}
	if head-begun < 16 {
		t.Errorf("only %d events after the hook began: not the trade that was meant", head-begun)
	}
	t.Logf("%d events before the hook, %d after, %d delivered, %d heard", begun, head-begun, len(delivered), len(heard))
}
