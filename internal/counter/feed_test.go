package counter

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/feed"
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
	total := b.till.Newest()
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

func open(t *testing.T, tl column, amount money.Paise) string {
	t.Helper()
	s, err := tl.Open(t.Context(), till.OpenRequest{Key: fmt.Sprint("k", tl.Newest()), Amount: amount, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// TestFeedKeepsOrderForEveryone: clients at every distance from the newest event get every event once, in order,
// whether it comes from the kept frames or from the till.
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
	f := feed.New(tl)
	if got, err := f.After(t.Context(), 0); err != nil || len(got) != 0 {
		t.Fatalf("empty: %d frames, %v", len(got), err)
	}
	for range 500 { // 1500 events: more than are kept
		open(t, tl, 100)
	}
	newest := tl.Newest()
	for _, since := range []uint64{0, 1, 255, 256, newest - feed.Kept - 1, newest - feed.Kept,
		newest - 257, newest - 1, newest} {
		at := since
		for at < newest {
			frames, err := f.After(t.Context(), at)
			if err != nil || len(frames) == 0 {
				t.Fatalf("from %d, at %d: %d frames, %v", since, at, len(frames), err)
			}
			for _, fr := range frames {
				if fr.Seq != at+1 || !strings.HasPrefix(string(fr.Data), fmt.Sprintf("id: %d\n", fr.Seq)) {
					t.Fatalf("from %d: event %d after %d", since, fr.Seq, at)
				}
				at = fr.Seq
			}
		}
		if rest, _ := f.After(t.Context(), at); len(rest) != 0 {
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
	want := []string{"retry: 1000", "id: 2", "event: hello", `data: {"seq":2}`, "", "id: 3",
		"event: attempt.quoted", "", ""}
	for i, l := range lines {
		if i == 7 {
			var e wire.Event
			if err := json.Unmarshal([]byte(strings.TrimPrefix(l, "data: ")), &e); err != nil || e.Sale == nil ||
				e.Sale.QR == nil {
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

// TestBooks_6_FeedBeforeReady: a client that comes back to a till that is starting goes on where it was, and is not
// told that the store was replaced; nobody is told the whole history as news.
func TestBooks_6_FeedBeforeReady(t *testing.T) {
	b := newBench(t)
	for range 5 {
		open(t, b.till, 100)
	}
	newest, _ := b.till.Seq()
	b.till.SetHealth(till.Health{Problem: "the till is starting"})
	if b.till.Health().Ready {
		t.Fatal("the till is ready: this test shows nothing")
	}
	for _, last := range []uint64{newest, newest - 1, newest - 7, 0} {
		b.restart(t)
		r := httptest.NewRequest("GET", "/v1/events", nil)
		r.Header.Set("Last-Event-ID", fmt.Sprint(last))
		at, err := b.since(r)
		if err != nil || at != last {
			t.Fatalf("from %d: %d, %v", last, at, err)
		}
		for at < newest {
			frames, err := b.feed.After(t.Context(), at)
			if err != nil || len(frames) == 0 || frames[0].Seq != at+1 {
				t.Fatalf("from %d, at %d: %d frames, %v", last, at, len(frames), err)
			}
			at = frames[len(frames)-1].Seq
		}
		if frames, err := b.feed.After(t.Context(), at); err != nil || len(frames) != 0 {
			t.Errorf("from %d: %d frames too many, %v", last, len(frames), err)
		}
	}
	r := httptest.NewRequest("GET", "/v1/events", nil)
	if at, err := b.since(r); err != nil || at != newest {
		t.Errorf("from now on is from %d, %v", at, err)
	}
	r.Header.Set("Last-Event-ID", fmt.Sprint(newest+1))
	if _, err := b.since(r); asProblem(err).Status != 409 {
		t.Errorf("an event that the store doesn't have: %v", err)
	}
	w := b.call(trusted, "GET", "/v1/health", "")
	if !strings.Contains(w.Body.String(), fmt.Sprintf(`"seq":%d,`, newest)) {
		t.Errorf("health: %s", w.Body)
	}
}

// TestDelivery: a webhook is told what the feed tells, byte for byte.
func TestDelivery(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/gateways/enkash/qrs", `{"name":"x"}`)
	b.till.Pay(open(t, b.till, 100), 0)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":200,"note":"<tea> & \u2028"}`)
	events, err := b.till.Events(t.Context(), 0, feed.Batch)
	if err != nil || len(events) < 8 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	frames, err := b.feed.After(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range frames {
		_, data, _ := strings.Cut(string(f.Data), "\ndata: ")
		want = append(want, strings.TrimSpace(data))
	}
	encode, err := feed.Delivery(b.till, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := encode(t.Context(), events)
	if err != nil || string(body) != `{"events":[`+strings.Join(want, ",")+`]}` {
		t.Errorf("%v: %s", err, body)
	}
}

// TestIntegrator_8_Milestones: who waits for "paid" finds it by name, once a sale, in the feed and in a webhook that
// asks for nothing else; the event that says it carries the sale.
func TestIntegrator_8_Milestones(t *testing.T) {
	b := newBench(t)
	paid, gone := open(t, b.till, 100), open(t, b.till, 200)
	b.till.Pay(paid, 0)
	b.call(trusted, "POST", "/v1/sales/"+gone+"/cancel", "")
	b.till.Pay(gone, 0) // after its end: somebody has to decide
	events, err := b.till.Events(t.Context(), 0, feed.Batch)
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		kinds []string
		want  map[string]string // sale by milestone
	}{
		{[]string{"sale.paid"}, map[string]string{"sale.paid": paid}},
		{[]string{"sale.closed", "sale.needs_decision"},
			map[string]string{"sale.closed": gone, "sale.needs_decision": gone}},
	} {
		encode, err := feed.Delivery(b.till, c.kinds)
		if err != nil {
			t.Fatal(err)
		}
		body, err := encode(t.Context(), events)
		if err != nil {
			t.Fatal(err)
		}
		var d wire.Delivery
		if err := json.Unmarshal(body, &d); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range d.Events {
			for _, m := range e.Milestones {
				if got[m] != "" {
					t.Errorf("%s comes twice: %s", m, body)
				}
				got[m] = e.SaleID
			}
		}
		if !maps.Equal(got, c.want) || d.Events[len(d.Events)-1].Sale == nil {
			t.Errorf("%v: got %v, want %v: %s", c.kinds, got, c.want, body)
		}
		if none, err := encode(t.Context(), events[:1]); err != nil || none != nil {
			t.Errorf("%v: of an opening %s, %v", c.kinds, none, err)
		}
	}
	if _, err := feed.Delivery(b.till, []string{"sale.payed"}); err == nil ||
		!strings.Contains(err.Error(), "sale.payed") {
		t.Errorf("a kind that doesn't exist: %v", err)
	}
}

// TestIntegrator_8_Message: an EventSource that only has onmessage hears everything but the hello.
func TestIntegrator_8_Message(t *testing.T) {
	b := newBench(t)
	open(t, b.till, 100)
	frames, err := b.feed.After(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		plain := string(f.Plain())
		if strings.Contains(plain, "\nevent:") || !strings.HasPrefix(plain, fmt.Sprintf("id: %d\ndata: {", f.Seq)) ||
			!strings.HasSuffix(plain, "}\n\n") {
			t.Errorf("%q", plain)
		}
	}
	if w := b.call(trusted, "GET", "/v1/events?as=text", ""); w.Code != 400 {
		t.Errorf("as=text: %d %s", w.Code, w.Body)
	}
}

// BenchmarkFeed measures how events reach 20 consoles: the delay from the opening of a sale (three events) until the
// last console has read them, deliveries per second, and what a connected console costs in memory, its client's side
// included.
func BenchmarkFeed(b *testing.B) {
	bb := newBench(b)
	bb.till.Now = time.Now
	bb.Counter.heartbeat = time.Minute
	srv := httptest.NewServer(bb.Handler(trusted))
	defer srv.Close()
	const consoles = 20
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	got := make(chan uint64, consoles*1024)
	before := memory()
	var wg sync.WaitGroup
	for range consoles {
		c := client.NewHTTP(srv.URL, "", srv.Client())
		wg.Go(func() {
			c.Follow(ctx, 0, func(e wire.Event) error { got <- e.Seq; return nil }, nil)
		})
	}
	wait := func(n int) {
		for range n {
			<-got
		}
	}
	if _, err := bb.till.Open(ctx, till.OpenRequest{Key: "first", Amount: 100}); err != nil {
		b.Fatal(err)
	}
	wait(3 * consoles)
	each := float64(memory()-before) / consoles / 1024
	var delays []time.Duration
	b.ResetTimer()
	for b.Loop() {
		start := time.Now()
		if _, err := bb.till.Open(ctx, till.OpenRequest{Key: fmt.Sprint(len(delays)), Amount: 100}); err != nil {
			b.Fatal(err)
		}
		wait(3 * consoles)
		delays = append(delays, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds()), "µs/p99")
	b.ReportMetric(float64(3*len(delays)*consoles)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(each, "KiB/console")
	cancel()
	wg.Wait()
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// TestFeedHead: who asks for the feed's head alone holds no feed.
func TestFeedHead(t *testing.T) {
	b := newBench(t)
	code := make(chan int, 1)
	go func() { code <- b.call(trusted, "HEAD", "/v1/events", "").Code }()
	select {
	case got := <-code:
		if got != 200 {
			t.Errorf("HEAD: %d", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("HEAD has no end")
	}
}
