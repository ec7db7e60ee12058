package counter

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestIntegrator_13_HTTP2: over TLS a browser's pages share one connection, a feed and calls side by side; each answer
// has a request id of its own, which stands in the log beside a refusal.
func TestIntegrator_13_HTTP2(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	addr := b.serveTCP(t, true)
	h := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // what is tried is the protocol
		ForceAttemptHTTP2: true,
	}}
	var dialled atomic.Int32
	call := func(method, path, body string) *http.Response {
		t.Helper()
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{ConnectDone: func(string, string, error) {
			dialled.Add(1)
		}})
		req, err := http.NewRequestWithContext(ctx, method, "https://"+addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}

	feed := call("GET", "/v1/events", "")
	defer feed.Body.Close()
	if feed.ProtoMajor != 2 || feed.StatusCode != 200 {
		t.Fatalf("the feed: %s, %d", feed.Proto, feed.StatusCode)
	}
	lines := bufio.NewScanner(feed.Body)
	lines.Scan()

	var mu sync.Mutex
	ids := map[string]bool{}
	var wg sync.WaitGroup
	room := make(chan struct{}, maxStreams/2) // Go's client dials anew where a browser waits
	for i := range 40 {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			resp := call("GET", fmt.Sprintf("/v1/sales/NONE%d", i), "")
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 404 || resp.ProtoMajor != 2 {
				t.Errorf("%s %d", resp.Proto, resp.StatusCode)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[resp.Header.Get("Request-Id")] = true
		})
	}
	wg.Wait()
	if len(ids) != 40 || ids[""] || dialled.Load() != 1 {
		t.Errorf("%d request ids, %d connections", len(ids), dialled.Load())
	}

	p.want(t, 201, "POST", "/v1/sales", `{"amount_paise":700}`)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"amount_paise":700`) {
			return
		}
	}
	t.Errorf("the feed said nothing of the sale: %v", lines.Err())
}
