package rig

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// TestHookThroughKills: the shop's software is told everything, signed, over a gallad that is killed while it tells and a
// receiver that fails before and after it has applied a delivery.
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
