package rig

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestTwentyConsoles follows the real gallad with twenty consoles over TCP while sales are taken as fast as it takes
// them: each console hears every event, once and in order. It reports events a second, and what a connected console
// costs gallad in memory, from thirty of them at rest.
func TestTwentyConsoles(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		strings.Replace(
			string(raw),
			"[listen]\n",
			fmt.Sprintf("[listen]\ntcp = %q\ntcp_role = \"cashier\"\n", address),
			1,
		),
	)
	b.start()

	connect := func(n int) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		var there, gone sync.WaitGroup
		for range n {
			there.Add(1)
			gone.Go(func() {
				h := &http.Client{Transport: &http.Transport{}}
				defer h.CloseIdleConnections()
				req, err := http.NewRequestWithContext(ctx, "GET", "http://"+address+"/v1/events", nil)
				if err != nil {
					t.Error(err)
				}
				resp, err := h.Do(req)
				there.Done()
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				<-ctx.Done()
			})
			there.Wait() // of one address only so many may be in the door at once before they have said who they are
		}
		return func() { cancel(); gone.Wait() }
	}
	connect(10)() // what the first connections cost once
	before := b.resident()
	stop := connect(30) // one caller may hold 32 feeds
	each := float64(b.resident()-before) / 30
	stop()

	const consoles, sales = 20, 60
	heard := make([]uint64, consoles)
	var all sync.WaitGroup
	var last sync.Map
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	first, err := b.till.Health(ctx)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for i := range consoles {
		all.Go(func() {
			c := client.NewHTTP("http://"+address, "", &http.Client{Transport: &http.Transport{}})
			at := first.Seq
			err := c.Follow(ctx, at, func(e wire.Event) error {
				if e.Seq != at+1 {
					t.Errorf("console %d heard event %d after %d", i, e.Seq, at)
				}
				at = e.Seq
				heard[i]++
				if end, ok := last.Load("seq"); ok && at >= end.(uint64) {
					return client.ErrStop
				}
				return nil
			}, nil)
			if err != nil {
				t.Errorf("console %d: %v", i, err)
			}
		})
	}
	for range sales {
		b.open(client.Key(), 100)
	}
	b.until(time.Minute, "every QR", func() bool {
		list, err := b.till.Sales(ctx, nil)
		return err == nil && len(list.Sales) > 0 && list.Sales[0].QR != nil
	})
	h, err := b.till.Health(ctx)
	if err != nil {
		t.Fatal(err)
	}
	last.Store("seq", h.Seq+1)
	b.open(client.Key(), 100) // the event everyone waits for
	all.Wait()
	took := time.Since(start)
	var total uint64
	for _, n := range heard {
		total += n
	}
	t.Logf(
		"%d events to each of %d consoles in %v: %.0f deliveries a second; a connected console costs gallad %.0f KiB",
		heard[0],
		consoles,
		took.Round(time.Millisecond),
		float64(total)/took.Seconds(),
		each,
	)
}

// resident is gallad's resident memory in KiB (proc(5), VmRSS), after a pause for its connections to settle.
func (b *box) resident() int {
	b.t.Helper()
	wait(b.t.Context(), 500*time.Millisecond)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.daemon.Process.Pid))
	if err != nil {
		b.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}
