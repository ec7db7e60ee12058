package counter

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

func TestFeedResumesAndLives(t *testing.T) {
	b := newBench(t)
	srv := httptest.NewServer(b.Handler(trusted))
	defer srv.Close()
	c := client.NewHTTP(srv.URL, "", srv.Client())
	for range 3 {
		open(t, b.till, 100)
	}
	total := b.till.Health().Seq
	var seen []uint64
	byID := map[string]wire.Sale{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := c.Follow(ctx, 2, func(e wire.Event) error {
		seen = append(seen, e.Seq)
		if e.Sale != nil {
			byID[e.SaleID] = *e.Sale
		}
		switch e.Seq {
		case total: // caught up: now something new happens, and the line breaks
			b.till.Pay("S000002", 0)
			srv.CloseClientConnections()
		case total + 1:
			return client.ErrStop
		}
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range seen {
		if s != uint64(i)+3 {
			t.Fatalf("events came as %v", seen)
		}
	}
	if len(seen) != int(total)-1 || byID["S000002"].Phase != "paid" {
		t.Errorf("saw %v, sale 2 is %s", seen, byID["S000002"].Phase)
	}
}

func open(t *testing.T, tl Till, amount money.Paise) string {
	t.Helper()
	s, err := tl.Open(t.Context(), till.OpenRequest{Key: fmt.Sprint("k", tl.Health().Seq), Amount: amount, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// TestFeedKeepsOrderForEveryone: clients at every distance from the newest event get every event once, in order, whether
// it comes from the kept frames or from the till.
func allEvents(t *testing.T, tl *countertest.Till) []state.Event {
	t.Helper()
	events, err := tl.Events(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestFeedKeepsOrderForEveryone(t *testing.T) {
	tl := countertest.New()
	f := newFeed(tl)
	if got, err := f.after(t.Context(), 0); err != nil || len(got) != 0 {
		t.Fatalf("empty: %d frames, %v", len(got), err)
	}
	for range 500 { // 1500 events: more than are kept
		open(t, tl, 100)
	}
	newest := tl.Health().Seq
	for _, since := range []uint64{0, 1, 255, 256, newest - keptFrames - 1, newest - keptFrames, newest - 257, newest - 1, newest} {
		at := since
		for at < newest {
			frames, err := f.after(t.Context(), at)
			if err != nil || len(frames) == 0 {
				t.Fatalf("from %d, at %d: %d frames, %v", since, at, len(frames), err)
			}
			for _, fr := range frames {
				if fr.seq != at+1 || !strings.HasPrefix(string(fr.data), fmt.Sprintf("id: %d\n", fr.seq)) {
					t.Fatalf("from %d: event %d after %d", since, fr.seq, at)
				}
				at = fr.seq
			}
		}
		if rest, _ := f.after(t.Context(), at); len(rest) != 0 {
			t.Errorf("from %d: %d frames too many", since, len(rest))
		}
	}
}

func TestFeedWire(t *testing.T) {
	b := newBench(t)
	open(t, b.till, 100)
	srv := httptest.NewServer(b.Handler(trusted))
	defer srv.Close()
	req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/events?since=0", nil)
	req.Header.Set("Last-Event-ID", "2") // goes before the address
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q", ct)
	}
	in := bufio.NewScanner(resp.Body)
	var lines []string
	for len(lines) < 9 && in.Scan() {
		lines = append(lines, in.Text())
	}
	if len(lines) < 9 {
		t.Fatalf("the feed ended after %q", lines)
	}
	want := []string{"retry: 1000", "id: 2", "event: hello", `data: {"seq":2}`, "", "id: 3", "event: attempt.quoted", "", ""}
	for i, l := range lines {
		if i == 7 {
			var e wire.Event
			if err := json.Unmarshal([]byte(strings.TrimPrefix(l, "data: ")), &e); err != nil || e.Sale == nil || e.Sale.QR == nil {
				t.Errorf("line %d is %q: %v", i, l, err)
			}
		} else if l != want[i] {
			t.Errorf("line %d is %q, want %q", i, l, want[i])
		}
	}
	for in.Scan() {
		if in.Text() == ": still here" {
			return
		}
	}
	t.Error("no heartbeat")
}
