//go:build rig

package rig

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

var abuseSpan = flag.Duration("abuse.span", time.Minute, "how long each abuser, and the cashier alone, has")

// Each actor of TestAbuse is a process of its own, this program started again, so that it can be kept on one core.
func init() {
	if actor := os.Getenv("GALLA_ABUSE"); actor != "" {
		var job abuseJob
		if err := json.Unmarshal([]byte(actor), &job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		job.run()
		os.Exit(0)
	}
}

// abuseJob is what an actor does.
type abuseJob struct {
	Actor   string
	Core    int
	Address string // of the console in the shop's network
	From    string // the actor's own address
	Token   string
	Span    time.Duration
}

func (j abuseJob) run() {
	var core unix.CPUSet
	core.Set(j.Core)
	for _, thread := range threads() { // those that there are; later ones inherit it
		if err := unix.SchedSetaffinity(thread, &core); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), j.Span)
	defer cancel()
	switch j.Actor {
	case "cashier":
		j.cashier(ctx)
	case "a stranger with 1,000 connections":
		j.many(ctx, 1000, func() {
			conn, err := j.dialer().DialContext(ctx, "tcp", j.Address)
			if err == nil {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				conn.Read(make([]byte, 1)) // until it is closed
			}
			rest(ctx, time.Second)
		})
	case "a phone with 100 sign-ins":
		h := j.client(100)
		j.many(ctx, 100, func() {
			j.call(ctx, h, "POST", "/v1/session", `{"name":"nobody","pin":"4711"}`)
		})
	case "a feed leaker":
		h := j.client(300)
		j.many(ctx, 255, func() {
			if resp := j.call(ctx, h, "GET", "/v1/events", ""); resp != nil && resp.StatusCode == 200 {
				<-ctx.Done() // and reads nothing
			}
			rest(ctx, time.Second)
		})
	case "a log writer":
		h := j.client(24)
		j.Token = ""
		path := "/v1/" + strings.Repeat("x", 2000)
		j.many(ctx, 24, func() {
			if resp := j.call(ctx, h, "GET", path, ""); resp == nil {
				rest(ctx, 10*time.Millisecond)
			}
		})
	}
}

func threads() (ids []int) {
	entries, _ := os.ReadDir("/proc/self/task")
	for _, e := range entries {
		id := 0
		fmt.Sscan(e.Name(), &id)
		ids = append(ids, id)
	}
	return ids
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// many does something in n goroutines, again and again until ctx ends.
func (j abuseJob) many(ctx context.Context, n int, do func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				do()
			}
		})
	}
	all.Wait()
}

func (j abuseJob) dialer() *net.Dialer {
	return &net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(j.From)}}
}

func (j abuseJob) client(conns int) *http.Client {
	return &http.Client{Timeout: j.Span + time.Minute, Transport: &http.Transport{
		DialContext:         j.dialer().DialContext,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, // it is the box that is tried, not the actor
		MaxIdleConnsPerHost: conns,
	}}
}

// call sends a request; nil where it was not answered. A feed's body stays open.
func (j abuseJob) call(ctx context.Context, h *http.Client, method, path, body string) *http.Response {
	req, err := http.NewRequestWithContext(ctx, method, "https://"+j.Address+path, strings.NewReader(body))
	if err != nil {
		return nil
	}
	if j.Token != "" {
		req.Header.Set("Authorization", "Bearer "+j.Token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", client.Key())
	}
	resp, err := h.Do(req)
	if err != nil {
		return nil
	}
	if path != "/v1/events" || resp.StatusCode != 200 {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return resp
}

// cashier works on: looks ten times a second, and sells once. It prints the times of all calls, in microseconds.
func (j abuseJob) cashier(ctx context.Context) {
	h := j.client(2)
	h.Timeout = 10 * time.Second
	var took []int64
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		begin := time.Now()
		ok := false
		if n%10 == 5 {
			resp := j.call(context.Background(), h, "POST", "/v1/sales", `{"amount_paise":100}`)
			ok = resp != nil && resp.StatusCode == 201
		} else {
			resp := j.call(context.Background(), h, "GET", "/v1/sales?limit=20", "")
			ok = resp != nil && resp.StatusCode == 200
		}
		if !ok {
			fmt.Fprintln(os.Stderr, "the cashier was not served")
			took = append(took, h.Timeout.Microseconds())
		} else {
			took = append(took, time.Since(begin).Microseconds())
		}
		<-tick.C
	}
	json.NewEncoder(os.Stdout).Encode(took)
}

// start starts an actor. wait returns what it printed.
func (j abuseJob) start(t *testing.T) (wait func() []byte) {
	t.Helper()
	raw, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GALLA_ABUSE="+string(raw), "GOMAXPROCS=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() []byte {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", j.Actor, err, errs.Bytes())
		}
		if errs.Len() > 0 {
			t.Errorf("%s: %d times %.60s", j.Actor, bytes.Count(errs.Bytes(), []byte("\n")), errs.Bytes())
		}
		return out.Bytes()
	}
}

// TestAbuse (doors.md 4, 5, 8): one caller takes what it can get, and the cashier is served as if he were alone. gallad
// and the cashier have core 1, the abuser has core 0.
func TestAbuse(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	address := b.inTheShop()
	b.write("pinned", "#!/bin/sh\nexec taskset -c 1 "+filepath.Join(bin, "gallad")+" \"$@\"\n")
	if err := os.Chmod(b.file("pinned"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.program = b.file("pinned")
	b.start()

	web := client.NewHTTP("https://"+address, "", abuseJob{From: "127.0.0.1", Span: time.Minute}.client(1))
	pair := func(service string) string {
		t.Helper()
		offer, err := b.till.OfferPairing(t.Context(), client.Key(), wire.OfferPairing{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		d, err := web.Pair(t.Context(), client.Key(), wire.Pair{Code: offer.Code, Name: "device"})
		if err != nil {
			t.Fatal(err)
		}
		return d.Token
	}
	cashier, thief, phone := pair("cashier"), pair("cashier"), pair("")
	if _, err := b.till.AddPerson(
		t.Context(),
		client.Key(),
		wire.AddPerson{Name: "Ravi", Role: "owner", PIN: "2580"},
	); err != nil {
		t.Fatal(err)
	}

	work := func() (p50, p99, most time.Duration, calls int) {
		t.Helper()
		out := abuseJob{
			Actor:   "cashier",
			Core:    1,
			Address: address,
			From:    "127.0.0.7",
			Token:   cashier,
			Span:    *abuseSpan,
		}.start(
			t,
		)()
		var took []int64
		if err := json.Unmarshal(out, &took); err != nil || len(took) == 0 {
			t.Fatalf("the cashier says %q: %v", out, err)
		}
		slices.Sort(took)
		at := func(part float64) time.Duration {
			return time.Duration(took[min(len(took)-1, int(part*float64(len(took))))]) * time.Microsecond
		}
		return at(0.5), at(0.99), at(1), len(took)
	}
	work() // what the first calls cost once

	var report strings.Builder
	table := tabwriter.NewWriter(&report, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\t the cashier's calls\t p50\t p99\t longest\t RSS, kB\t log, bytes\t\n")
	logged, calm := len(b.log.String()), b.resident()
	p50, alone, most, calls := work()
	fmt.Fprintf(
		table,
		"alone\t %d\t %s\t %s\t %s\t %d\t %d\t\n",
		calls,
		p50,
		alone,
		most,
		b.resident(),
		len(b.log.String())-logged,
	)
	calm = max(calm, b.resident()) // without an abuser
	for _, j := range []abuseJob{
		{Actor: "a stranger with 1,000 connections"},
		{Actor: "a phone with 100 sign-ins", Token: phone},
		{Actor: "a feed leaker", Token: thief},
		{Actor: "a log writer"},
	} {
		j.Core, j.Address, j.From, j.Span = 0, address, "127.0.0.66", *abuseSpan+2*time.Second
		logged := len(b.log.String())
		wait := j.start(t)
		time.Sleep(time.Second)
		p50, p99, most, calls := work()
		after := b.resident()
		wait()
		said := len(b.log.String()) - logged
		fmt.Fprintf(table, "%s\t %d\t %s\t %s\t %s\t %+d\t %d\t\n", j.Actor, calls, p50, p99, most, after-calm, said)
		if limit := max(2*alone, 20*time.Millisecond); p99 > limit { // below that it is the scheduler's
			t.Errorf("%s: the cashier's p99 is %s, alone %s", j.Actor, p99, alone)
		}
		if grown := after - calm; grown > 20<<10 {
			t.Errorf("%s: gallad's memory grew by %d kB", j.Actor, grown)
		}
		if said > 1<<20 {
			t.Errorf("%s: %d bytes of log", j.Actor, said)
		}
	}
	table.Flush()
	t.Logf("%s each\n%s", *abuseSpan, &report)
}

// inTheShop lets devices in over TLS on loopback.
func (b *box) inTheShop() (address string) {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		strings.Replace(string(raw), "[listen]\n", fmt.Sprintf("[listen]\nnetwork = %q\n", address), 1),
	)
	return address
}
