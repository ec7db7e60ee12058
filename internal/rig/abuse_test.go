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
		h := j.client(400)
		j.many(ctx, 400, func() { // more than a listener has places
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

// A call of the cashier's.
type abuseCall struct {
	At   time.Time
	Took time.Duration
	Bad  bool // it was not served
}

// How the cashier works: fast enough that a hundredth of his calls are several, and slowly enough for one core.
const (
	cashierPace  = 25 * time.Millisecond
	cashierSells = 40 // each so manyth call
	cashierComes = 20 // each so manyth call comes over a connection of its own, as a page that is opened does
)

// cashier works on: looks, and sells once a second. It prints its calls.
func (j abuseJob) cashier(ctx context.Context) {
	var took []abuseCall
	h := j.client(2)
	tick := time.NewTicker(cashierPace)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		by := h
		if n%cashierComes == 7 {
			by = j.client(2)
		}
		by.Timeout = 10 * time.Second
		call := abuseCall{At: time.Now()}
		method, path, body, want := "GET", "/v1/sales?limit=20", "", 200
		if n%cashierSells == 20 {
			method, path, body, want = "POST", "/v1/sales", `{"amount_paise":100}`, 201
		}
		resp := j.call(context.Background(), by, method, path, body)
		call.Took, call.Bad = time.Since(call.At), resp == nil || resp.StatusCode != want
		took = append(took, call)
		if by != h {
			by.CloseIdleConnections()
		}
		<-tick.C
	}
	json.NewEncoder(os.Stdout).Encode(took)
}

// start starts an actor. end ends it, if it has not ended by itself, and returns what it printed.
func (j abuseJob) start(t *testing.T) (end func(now bool) []byte) {
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
	return func(now bool) []byte {
		t.Helper()
		if now {
			cmd.Process.Kill()
		}
		if err := cmd.Wait(); err != nil && !now {
			t.Errorf("%s: %v\n%s", j.Actor, err, errs.Bytes())
		}
		return out.Bytes()
	}
}

// What an abuser may cost (issue 18). Below abuseFloor a call's time is the scheduler's.
const (
	abuseTimes = 2
	abuseFloor = 20 * time.Millisecond
	abuseGrows = 20 << 10 // kB of RSS
	abuseLog   = 1 << 20  // bytes a minute
	abuseTurns = 4        // that the abuser comes, and goes
	abuseEnd   = 400 * time.Millisecond
)

// abused is a box with a cashier, a thief with a cashier's token, and a phone on which nobody is signed in.
type abused struct {
	*box
	address               string
	cashier, thief, phone string
}

// newAbused starts a gallad that is kept on core 1; program "" is the one of TestMain.
func newAbused(t *testing.T, program string) *abused {
	t.Helper()
	a := &abused{box: newBox(t, gatewaytest.Razorpay)}
	a.address = a.listens("network", "")
	if program == "" {
		program = filepath.Join(bin, "gallad")
	}
	a.write("pinned", "#!/bin/sh\nexec taskset -c 1 "+program+" \"$@\"\n")
	if err := os.Chmod(a.file("pinned"), 0o700); err != nil {
		t.Fatal(err)
	}
	a.program = a.file("pinned")
	a.start()

	web := client.NewHTTP("https://"+a.address, "", abuseJob{From: "127.0.0.1", Span: time.Minute}.client(1))
	pair := func(service string) string {
		t.Helper()
		offer, err := a.till.OfferPairing(t.Context(), client.Key(), wire.OfferPairing{Service: service})
		if err != nil {
			t.Fatal(err)
		}
		d, err := web.Pair(t.Context(), client.Key(), wire.Pair{Code: offer.Code, Name: "device"})
		if err != nil {
			t.Fatal(err)
		}
		return d.Token
	}
	a.cashier, a.thief, a.phone = pair("cashier"), pair("cashier"), pair("")
	_, err := a.till.AddPerson(t.Context(), client.Key(), wire.AddPerson{Name: "Ravi", Role: "owner", PIN: "2580"})
	if err != nil {
		t.Fatal(err)
	}
	a.work(t, 2*time.Second, func() {}) // what the first calls cost once
	return a
}

// work lets the cashier work for a while beside what is done meanwhile, and returns its calls.
func (a *abused) work(t *testing.T, span time.Duration, meanwhile func()) (calls []abuseCall) {
	t.Helper()
	end := abuseJob{Actor: "cashier", Core: 1, Address: a.address, From: "127.0.0.7",
		Token: a.cashier, Span: span}.start(t)
	meanwhile()
	out := end(false)
	if err := json.Unmarshal(out, &calls); err != nil || len(calls) == 0 {
		t.Fatalf("the cashier says %.200q: %v", out, err)
	}
	return calls
}

// abusers are all of them.
func (a *abused) abusers() []abuseJob {
	return []abuseJob{
		{Actor: "a stranger with 1,000 connections"},
		{Actor: "a phone with 100 sign-ins", Token: a.phone},
		{Actor: "a feed leaker", Token: a.thief},
		{Actor: "a log writer"},
	}
}

// try lets one abuser come and go beside the cashier, and compares the cashier's calls beside it with those between:
// what else the machine does is in both. span is how long both have together. It returns a line of the table, and what
// the abuser cost above what it may.
func (a *abused) try(t *testing.T, j abuseJob, span time.Duration) (line string, bad []string) {
	t.Helper()
	type turn struct{ from, to time.Time }
	var turns []turn
	slice := span / abuseTurns
	calm, peak, logged := a.resident(), 0, len(a.log.String())
	calls := a.work(t, 2*span+time.Second, func() {
		for range abuseTurns {
			j.Core, j.Address, j.From, j.Span = 0, a.address, "127.0.0.66", time.Hour
			end := j.start(t)
			from := time.Now()
			time.Sleep(slice - 500*time.Millisecond) // and resident takes that
			peak = max(peak, a.resident())
			turns = append(turns, turn{from, time.Now()})
			end(true)
			time.Sleep(slice)
		}
	})
	said := len(a.log.String()) - logged

	var alone, beside []time.Duration
	refused := 0
	for _, c := range calls {
		in, between := false, true
		for _, n := range turns {
			in = in || c.At.After(n.from.Add(abuseEnd)) && c.At.Before(n.to)
			between = between && (c.At.Before(n.from) || c.At.After(n.to.Add(abuseEnd)))
		}
		switch {
		case in:
			beside = append(beside, c.Took)
		case between:
			alone = append(alone, c.Took)
		}
		if c.Bad {
			refused++
		}
	}
	if len(alone) < 20 || len(beside) == 0 {
		t.Fatalf("%s: %d calls alone, %d beside", j.Actor, len(alone), len(beside))
	}
	part := min(0.99, 1-5/float64(min(len(alone), max(len(beside), 20)))) // at least the fifth longest of either
	was, now := quantile(alone, part), quantile(beside, part)
	if limit := max(abuseTimes*was, abuseFloor); now > limit {
		bad = append(bad, fmt.Sprintf("the cashier's p%.4g is %s, alone %s", 100*part, now, was))
	}
	if refused > 0 {
		bad = append(bad, fmt.Sprintf("the cashier was not served %d times", refused))
	}
	if grown := peak - calm; grown > abuseGrows {
		bad = append(bad, fmt.Sprintf("gallad's memory grew by %d kB", grown))
	}
	if most := int(float64(abuseLog) * (2 * span).Minutes()); said > most {
		bad = append(bad, fmt.Sprintf("%d bytes of log", said))
	}
	line = fmt.Sprintf("%s\t %d, %d\t %.4g\t %s\t %s\t %s, %s\t %+d\t %d\t\n", j.Actor, len(alone),
		len(beside), 100*part,
		was.Round(10*time.Microsecond), now.Round(10*time.Microsecond), quantile(alone, 0.5).Round(10*time.Microsecond),
		quantile(beside, 0.5).Round(10*time.Microsecond), peak-calm, said)
	return line, bad
}

// quantile is the time that a part of the calls took at most.
func quantile(took []time.Duration, part float64) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, int(part*float64(len(took))))]
}

// TestAbuse (doors.md 4, 5, 8): one caller takes what it can get, and the cashier is served as if he were alone. gallad
// and the cashier have core 1, the abuser has core 0. In less than a minute few calls are the slowest hundredth, and
// one hiccup of the machine is some of them: then an abuser that cost too much is tried once more, and must do so
// again.
func TestAbuse(t *testing.T) {
	a := newAbused(t, "")
	var report strings.Builder
	table := tabwriter.NewWriter(&report, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\t calls alone, beside\t p\t alone\t beside\t p50\t RSS, kB\t log, bytes\t\n")
	for _, j := range a.abusers() {
		line, bad := a.try(t, j, *abuseSpan)
		table.Write([]byte(line))
		if len(bad) > 0 && *abuseSpan < time.Minute {
			t.Logf("%s, at first: %s", j.Actor, strings.Join(bad, "; "))
			time.Sleep(2 * time.Second)
			line, bad = a.try(t, j, *abuseSpan)
			table.Write([]byte(line))
		}
		for _, b := range bad {
			t.Errorf("%s: %s", j.Actor, b)
		}
	}
	table.Flush()
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("%s of each beside the cashier, load %s\n%s", *abuseSpan, strings.TrimSpace(string(load)), &report)
}

// TestAbuseIsSeen: with the limits taken out of gallad that hold an abuser, TestAbuse sees it.
func TestAbuseIsSeen(t *testing.T) {
	const span = 20 * time.Second // a turn of five: four hundred TLS handshakes take seconds on a busy core
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		actor string
		wrong [][3]string // file, what stands there, and what stands there now
	}{
		{"a stranger with 1,000 connections", [][3]string{
			{"internal/counter/listener.go", "strangers   = 128 ", "strangers   = 1e6 "},
			{"internal/counter/listener.go", "perSource   = 24 ", "perSource   = 1e6 "},
			{"internal/counter/listener.go", "restTime    = 10 * time.Second", "restTime    = 2 * time.Minute"},
			{"internal/quota/listener.go", "!l.close(l.oldest(func(*conn) bool { return true }))", "true"},
		}},
		{"a phone with 100 sign-ins", [][3]string{
			{"internal/people/pin.go", "make(chan struct{}, 2)", "make(chan struct{}, 100)"},
			{"internal/people/tries.go", "make(chan struct{}, 1)", "make(chan struct{}, 100)"},
			{"internal/people/tries.go", "placeTries    = 20 ", "placeTries    = 1e9 "},
			{"internal/people/tries.go", "wait := g.wait(now); wait > 0", "wait := g.wait(now); wait > 9999*time.Hour"},
		}},
		{"a feed leaker", [][3]string{
			{"internal/counter/listener.go", "feedsDevice = 8 ", "feedsDevice = 1e6 "},
			{"internal/counter/listener.go", "perDevice   = 32 ", "perDevice   = 1e6 "},
		}},
		{"a log writer", [][3]string{
			{"internal/quota/lines.go", `caller != "" && l.said[caller] < linesEach`, "true"},
			{"internal/counter/refusal.go", "strangerRefusals = 120", "strangerRefusals = 1e9"},
		}},
	} {
		t.Run(m.actor, func(t *testing.T) {
			dir := t.TempDir()
			replace := map[string]string{}
			for i, w := range m.wrong {
				at := filepath.Join(root, w[0])
				from := at
				if replace[at] != "" {
					from = replace[at]
				}
				source, err := os.ReadFile(from)
				if err != nil || strings.Count(string(source), w[1]) != 1 {
					t.Fatalf("%s has %q %d times: %v", w[0], w[1], strings.Count(string(source), w[1]), err)
				}
				to := filepath.Join(dir, fmt.Sprint(i, ".go"))
				if err := os.WriteFile(to, []byte(strings.Replace(string(source), w[1], w[2], 1)), 0o600); err != nil {
					t.Fatal(err)
				}
				replace[at] = to
			}
			overlay, err := json.Marshal(map[string]any{"Replace": replace})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(dir, "gallad")
			if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program,
				"galla/cmd/gallad").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			a := newAbused(t, program)
			for _, j := range a.abusers() {
				if j.Actor != m.actor {
					continue
				}
				line, bad := a.try(t, j, span)
				if len(bad) == 0 {
					t.Errorf("without its limits it is not seen: %s", line)
				}
				t.Logf("without its limits: %s", strings.Join(bad, "; "))
			}
		})
	}
}
