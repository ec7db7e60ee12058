package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

var bin string // where the binaries are

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "galla-rig-")
	if err == nil {
		bin = dir
		build := exec.Command("go", "build", "-o", dir, "galla/cmd/gallad", "galla/cmd/galla", "galla/cmd/galla-sim")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rig: the binaries can't be built:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// said is what gallad has written so far; it may be read while it writes.
type said struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// box is one gallad with its files, and a gateway that counts its calls.
type box struct {
	t     *testing.T
	dir   string
	sim   *gatewaytest.Sim
	proxy *httptest.Server
	till  *client.Client
	log   said

	inner   http.Handler // the gateway behind the plugs
	program string       // gallad; empty: the one of TestMain
	env     []string     // beside our own

	mu     sync.Mutex
	calls  []string
	before func(call string, n int) // run before a call is handed on
	after  func(call string, n int) // run when it was carried out, before its answer goes back
	gone   func(call string, n int) // run when its answer is on its way
	daemon *exec.Cmd
	died   chan error
}

func newBox(t *testing.T, api gatewaytest.API) *box {
	b := &box{t: t, dir: t.TempDir(), sim: gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})}
	inner := b.sim.EnKash()
	if api == gatewaytest.Razorpay {
		inner = b.sim.Razorpay()
	}
	b.furnish(api, inner)
	return b
}

// furnish gives the box its gateway, with its plugs, and its files.
func (b *box) furnish(api gatewaytest.API, inner http.Handler) {
	t := b.t
	b.inner = inner
	b.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		call := r.Method + " " + r.URL.Path
		b.calls = append(b.calls, call)
		n, before, after, gone := len(b.calls), b.before, b.after, b.gone
		b.mu.Unlock()
		if before != nil {
			before(call, n)
		}
		rec := httptest.NewRecorder()
		b.inner.ServeHTTP(rec, r)
		if after != nil {
			after(call, n)
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
		if gone != nil {
			http.NewResponseController(w).Flush()
			gone(call, n)
		}
	}))
	gateway, keys := "provider = \"enkash\"\ncancel_orders = true", "access_key = \"GALLASIMACCESSKEY\"\nsecret_key "+
		"= \"galla-sim-secret\"\n"
	if api == gatewaytest.Razorpay {
		gateway, keys = "provider = \"razorpay\"", "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = "+
			"\"galla-sim-live-secret\"\n"
	}
	b.write(
		"gallad.toml",
		fmt.Sprintf(
			"[shop]\nname = \"Rig\"\n[till]\nopen_sales = 1000\nsales_a_minute = 6000\ndatabase = %q\n[listen]\n"+
				"socket = %q\ndisplay = %q\n[[gateway]]\nbase_url = %q\nrate = 100\n%s\n",
			b.file("sales.db"),
			b.file("api"),
			b.file("display"),
			b.proxy.URL,
			gateway,
		),
	)
	b.write("gateway-"+string(api), keys)
	b.till = client.New(b.file("api"))
	t.Cleanup(func() {
		b.kill()
		b.proxy.CloseClientConnections()
		b.proxy.Close()
		if t.Failed() {
			t.Logf("calls: %s\ngallad said:\n%s", strings.Join(b.calls, ", "), b.log.String())
		}
	})
}

func (b *box) file(name string) string { return filepath.Join(b.dir, name) }

func (b *box) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(b.file(name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// start starts gallad and waits until it takes sales.
func (b *box) start() {
	b.t.Helper()
	program := filepath.Join(bin, "gallad")
	if b.program != "" {
		program = b.program
	}
	cmd := exec.Command(program, "--config", b.file("gallad.toml"), "--secrets", b.dir)
	cmd.Env = append(os.Environ(), b.env...)
	cmd.Stderr = &b.log
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	died := make(chan error, 1)
	go func() { died <- cmd.Wait() }()
	b.mu.Lock()
	b.daemon, b.died = cmd, died
	b.mu.Unlock()
	b.until(20*time.Second, "gallad to take sales", func() bool {
		select {
		case err := <-died:
			died <- err // kill waits for it as well
			b.t.Fatalf("gallad ended at its start: %v", err)
		default:
		}
		h, err := b.till.Health(b.t.Context())
		return err == nil && h.Ready
	})
}

// kill pulls the plug on gallad, if it runs.
func (b *box) kill() {
	b.mu.Lock()
	cmd, died := b.daemon, b.died
	b.daemon = nil
	b.mu.Unlock()
	if cmd == nil {
		return
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		b.t.Error(err)
	}
	<-died
}

// stop asks gallad to end and says how long that took.
func (b *box) stop() (took time.Duration, err error) {
	b.mu.Lock()
	cmd, died := b.daemon, b.died
	b.daemon = nil
	b.mu.Unlock()
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	err = <-died
	return time.Since(start), err
}

func (b *box) until(limit time.Duration, what string, done func() bool) {
	b.t.Helper()
	for end := time.Now().Add(limit); !done(); {
		if time.Now().After(end) {
			b.t.Fatalf("waited %v for %s", limit, what)
		}
		select {
		case <-b.t.Context().Done():
			b.t.FailNow()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// open asks for a sale until there is an answer, always with the same key, as every client should.
func (b *box) open(key string, paise int) wire.Sale {
	b.t.Helper()
	var sale wire.Sale
	b.until(30*time.Second, "the sale to be answered", func() bool {
		ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Second)
		defer cancel()
		var err error
		sale, err = b.till.Open(ctx, key, wire.OpenSale{AmountPaise: wire.Amount(paise)})
		return err == nil
	})
	return sale
}

func (b *box) sale(id string) wire.Sale {
	s, err := b.till.Sale(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// audit compares the box with the gateway and reads its whole story.
func (b *box) audit(id string, phase state.Phase) {
	b.t.Helper()
	s := b.sale(id)
	if s.Phase != phase {
		b.t.Errorf("sale %s is %s, want %s", id, s.Phase, phase)
	}
	ledger := b.sim.Ledger()
	captured, live := 0, 0
	for _, p := range ledger.Payments {
		if p.Captured {
			captured++
			if !slices.ContainsFunc(
				s.Payments,
				func(q wire.Payment) bool { return q.ID == p.ID && q.AmountPaise == p.Amount },
			) {
				b.t.Errorf("the gateway captured %s, and the sale has %+v", p.ID, s.Payments)
			}
		}
	}
	for _, o := range ledger.Orders {
		if o.Status != "closed" {
			live++
		}
	}
	want := 0
	if phase == state.PhasePaid {
		want = 1
	}
	if captured != want || live != want {
		b.t.Errorf("at the gateway: %d captured payments and %d live orders, want %d; %+v",
			captured, live, want, ledger.Orders)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	var seqs []uint64
	kinds := map[state.Kind]int{}
	var last wire.Event
	err := b.till.Follow(ctx, 0, func(e wire.Event) error {
		seqs = append(seqs, e.Seq)
		kinds[e.Kind]++
		if last = e; e.Sale != nil && e.Sale.Seq >= s.Seq {
			return client.ErrStop
		}
		return nil
	}, nil)
	if err != nil {
		b.t.Fatalf("events: %v", err)
	}
	for i, q := range seqs {
		if q != uint64(i+1) {
			b.t.Errorf("event %d has number %d: the story isn't told once and whole", i+1, q)
			break
		}
	}
	if kinds[state.EventOpened] != 1 {
		b.t.Errorf("%d sales were opened", kinds[state.EventOpened])
	}
	if last.Sale == nil || last.Sale.Phase != phase {
		raw, _ := json.Marshal(last)
		b.t.Errorf("the last event is %s", raw)
	}
}

// listens has gallad listen on loopback for what is one of the config's [listen], with more lines at its end, and
// returns the address.
func (b *box) listens(what, more string) (address string) {
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
	config := strings.Replace(string(raw), "[listen]\n", fmt.Sprintf("[listen]\n%s = %q\n", what, address), 1)
	b.write("gallad.toml", config+more)
	return address
}

// post sends body to url with a signature in a header, and returns the answer's code.
func post(t *testing.T, url, header, signature, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(header, signature)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
