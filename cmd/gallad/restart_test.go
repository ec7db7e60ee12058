package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestRestartsRepeatNothing (books.md 6): over seven starts the webhook is sent each event once, from the moment it was
// switched on; and a feed that asks before gallad is ready to go on after the newest event is not told that the store
// was replaced.
func TestRestartsRepeatNothing(t *testing.T) {
	dir, err := os.MkdirTemp("", "gallad") // a socket's path has 107 bytes at most (unix(7))
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var mu sync.Mutex
	var told []uint64
	software := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Events []wire.Event }
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, e := range m.Events {
			told = append(told, e.Seq)
		}
	}))
	defer software.Close()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf := fmt.Sprintf(`
[shop]
name = "Asha General Stores"
[till]
database = %q
demo = true
[listen]
socket = %q
display = %q
[[gateway]]
provider = "razorpay"
base_url = "http://127.0.0.1:1"
`, filepath.Join(dir, "sales.db"), filepath.Join(dir, "s"), filepath.Join(dir, "d"))
	write("gallad.toml", conf)
	write("gateway-razorpay", "key_id = \"rzp_test_GallaSim000001\"\nkey_secret = \"galla-sim-secret\"\n")
	write("hook-secret", "the-hook-secret-of-this-test\n")

	// A start has the api's socket before gallad runs, as systemd's is; early is asked on it at once.
	session := func(early string, work func(c *client.Client)) *http.Response {
		t.Helper()
		l, err := net.Listen("unix", filepath.Join(dir, "s"))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("unix", filepath.Join(dir, "s"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if early != "" {
			if _, err := io.WriteString(conn, early); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			log := slog.New(slog.NewTextHandler(t.Output(), nil))
			done <- serve(ctx, filepath.Join(dir, "gallad.toml"), dir, map[string][]net.Listener{"api": {l}}, log)
		}()
		defer func() { // when work gave up, too: gallad logs to this test
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()
		var answer *http.Response
		if early != "" {
			conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			if answer, err = http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Error(err)
			}
		}
		work(client.New(filepath.Join(dir, "s")))
		return answer
	}
	newest := func(c *client.Client) uint64 {
		t.Helper()
		h, err := c.Health(t.Context())
		if err != nil || !h.Ready {
			t.Fatalf("a request that waited for the start got %+v, %v", h, err)
		}
		return h.Seq
	}
	sell := func(c *client.Client) {
		t.Helper()
		s, err := c.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 25000})
		late := time.Now().Add(20 * time.Second)
		for ; err == nil && s.Phase != "closed"; <-time.After(10 * time.Millisecond) { // no gateway is there
			if s, err = c.Sale(t.Context(), s.ID); time.Now().After(late) {
				t.Fatalf("the sale is still %s", s.Phase)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var before, seq uint64
	session("", func(c *client.Client) { sell(c); before = newest(c) })

	write("gallad.toml", conf+fmt.Sprintf("[hook]\nurl = %q\n", software.URL))
	for i := range 7 {
		early := ""
		if i > 0 {
			early = fmt.Sprintf("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n"+
				"Accept: text/event-stream\r\nLast-Event-ID: %d\r\n\r\n", seq)
		}
		answer := session(early, func(c *client.Client) {
			newest(c)
			if i < 3 {
				sell(c)
			}
			seq = newest(c)
			for late := time.Now().Add(20 * time.Second); ; <-time.After(10 * time.Millisecond) {
				mu.Lock()
				through := len(told) > 0 && slices.Max(told) == seq
				mu.Unlock()
				if through {
					break
				}
				if time.Now().After(late) {
					t.Fatalf("start %d: of %d events the software was told %v", i, seq, told)
				}
			}
		})
		if answer == nil {
			continue
		}
		kind := answer.Header.Get("Content-Type")
		if answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
			t.Errorf("start %d: the feed after event %d is answered with %s", i, seq, answer.Status)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i, n := range told {
		if want := before + 1 + uint64(i); n != want {
			t.Fatalf("the software was told %v; it should begin after %d and have each event once", told, before)
		}
	}
	if len(told) == 0 || uint64(len(told)) != seq-before {
		t.Errorf("%d events were told of %d", len(told), seq-before)
	}
}
