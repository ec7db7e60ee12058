package enkash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"galla/gateway"
)

// replay answers from a transcript: each request must be the next recorded one of its method and path, with the same
// fields in its body.
type replay struct {
	t     *testing.T
	mu    sync.Mutex
	lines map[string][]gateway.Exchange
}

func (p *replay) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.Method + " " + r.URL.RequestURI()
	queue := p.lines[key]
	if len(queue) == 0 {
		p.t.Errorf("%s isn't in the transcript", key)
		return nil, fmt.Errorf("not recorded")
	}
	e := queue[0]
	p.lines[key] = queue[1:]
	if r.GetBody != nil || r.ContentLength > 0 {
		body, _ := io.ReadAll(r.Body)
		if got, want := fields(body), fields(e.Sent); got != want {
			p.t.Errorf("%s sends %s, recorded was %s", key, got, want)
		}
	}
	got := string(e.Got)
	if strings.HasSuffix(r.URL.Path, "/token") {
		got = strings.ReplaceAll(got, `"[redacted]"`, `"tok-1"`)
	}
	return &http.Response{
		StatusCode: e.Status,
		ProtoMajor: 2,
		Header:     http.Header{"Date": {e.Date}},
		Body:       io.NopCloser(strings.NewReader(got + e.Other)),
	}, nil
}

func fields(body []byte) string {
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		return "no object"
	}
	for k := range m {
		m[k] = json.RawMessage("0")
	}
	b, _ := json.Marshal(m) // keys come out sorted
	return string(b)
}

// TestTranscript records a sale of ₹1 as `galla doctor gateway --record` does, and plays it back to a second client.
func TestTranscript(t *testing.T) {
	f := newFake(t)
	var out bytes.Buffer
	rec := gateway.NewRecorder(&out, nil)
	walk := func(c *Client) (states []string) {
		q, err := c.Open(t.Context(), charge(100))
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, q.ID, strings.Join(q.TransactionIDs, " "), q.Amount.String())
		for range 2 {
			r, err := c.Read(t.Context(), q.Order)
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, string(r.Status))
			if r.Status == gateway.OrderOpen {
				if err := c.Close(t.Context(), q.Order); err != nil {
					t.Fatal(err)
				}
			}
		}
		return states
	}
	first := walk(f.client(func(c *Config) { c.Transport, c.CancelOrders = rec, true }))
	if err := rec.Err(); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{secretKey, accessKey, apiKey, "tok-1", payee} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the transcript holds %s:\n%s", secret, out.String())
		}
	}
	p := &replay{t: t, lines: map[string][]gateway.Exchange{}}
	for line := range strings.Lines(out.String()) {
		var e gateway.Exchange
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		p.lines[e.Method+" "+e.Path] = append(p.lines[e.Method+" "+e.Path], e)
	}
	f.srv.Close()
	second := walk(f.client(func(c *Config) { c.Transport, c.CancelOrders = p, true }))
	if fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("replayed: %v\nrecorded: %v", second, first)
	}
}
