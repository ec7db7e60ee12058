package till

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/state"
)

// FuzzAnswer is the way from a gateway's answer to the commit: any bytes, at any call of a sale's life, go through the
// client, the engine and the fold onto the disk. Whatever they are, the till goes on, what it wrote is read back as it
// was written, a restart takes it up, and once the gateway tells the truth again the sale ends.
func FuzzAnswer(f *testing.F) {
	for _, api := range []gatewaytest.API{gatewaytest.EnKash, gatewaytest.Razorpay} {
		for n, body := range answersOf(f, api) {
			f.Add(api == gatewaytest.Razorpay, uint8(n), uint8(0), body)
			f.Add(
				api == gatewaytest.Razorpay,
				uint8(n),
				uint8(1),
				bytes.Replace(body, []byte("250"), []byte("99999999999999"), 1),
			)
			f.Add(
				api == gatewaytest.Razorpay,
				uint8(n),
				uint8(2),
				bytes.Replace(body, []byte(`"created`), []byte(`"created":99999999999999999,"`), 1),
			)
		}
	}
	f.Fuzz(func(t *testing.T, razorpay bool, nth, kind uint8, body []byte) {
		api := gatewaytest.EnKash
		if razorpay {
			api = gatewaytest.Razorpay
		}
		onScene(
			t,
			api,
			func(c *scene) { answered(c, int(nth%16), []int{200, 200, 200, 400, 404, 409, 429, 500}[kind%8], body) },
		)
	})
}

// answered takes a sale in which the nth call and the four after it are answered with body.
func answered(c *scene, nth, status int, body []byte) {
	line := &puppet{next: c.net.Transport(), from: nth, to: nth + 5, status: status, body: body}
	c.tune = func(o *Options) { o.Gateways, o.Life = []gateway.Gateway{c.over(c.api, line)}, time.Minute }
	c.start()
	id := c.open(25000).ID
	c.after(5*time.Second, id)
	if qr := c.screen.last().Payload; strings.HasPrefix(qr, "upi://") {
		_, _ = c.sim.Phone().Pay(qr) // a code of the bytes' own can't be paid
	}
	c.after(10*time.Second, id)
	line.truth()
	rereads(c, id)
	c.restart()
	s := c.after(20*time.Minute, id)
	rereads(c, id)
	if !s.Phase.Final() && !processing(s) && ordered(c, s) {
		c.t.Errorf("20 minutes after the gateway tells the truth again the sale is %s: %+v, %+v",
			s.Phase, s.Attempts, s.Payments)
	}
}

// ordered says whether the gateway has every order that it is said to have made: one of the bytes' own invention is
// never certain to be closed.
func ordered(c *scene, s state.Sale) bool {
	for _, a := range s.Attempts {
		if a.Quote != nil &&
			!slices.ContainsFunc(
				c.sim.Ledger().Orders,
				func(o gatewaytest.LedgerOrder) bool { return o.ID == a.Quote.OrderID },
			) {
			return false
		}
	}
	return true
}

// processing says whether a bank is said to have the payment: such a sale is not closed under it.
func processing(s state.Sale) bool {
	for _, p := range s.Payments {
		if p.Status == state.PaymentProcessing || p.Status == state.PaymentStarted || p.Status == state.PaymentUnknown {
			return true
		}
	}
	return false
}

// rereads checks that every event and the sale survive being written and read.
func rereads(c *scene, id string) {
	events, err := c.store.Events(0, 10_000)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range events {
		survives(c.t, e, new(state.Event))
	}
	s, found, err := c.store.Sale(id)
	if err != nil || !found {
		c.t.Fatalf("the sale is not there: %v", err)
	}
	survives(c.t, s, new(state.Sale))
}

func survives[T any](t *testing.T, v T, back *T) {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%+v can't be written: %v", v, err)
	}
	if err := json.Unmarshal(raw, back); err != nil {
		t.Fatalf("%s can't be read: %v", raw, err)
	}
	again, err := json.Marshal(*back)
	if err != nil || !bytes.Equal(raw, again) {
		t.Fatalf("written as %s, read as %s, %v", raw, again, err)
	}
}

// puppet answers the calls from to before to with a body of its own, and notes what the gateway said at the others.
type puppet struct {
	next     http.RoundTripper
	from, to int
	status   int
	body     []byte

	mu    sync.Mutex
	calls int
	heard [][]byte
}

func (p *puppet) truth() { p.mu.Lock(); defer p.mu.Unlock(); p.to = 0 }

func (p *puppet) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	n := p.calls
	p.calls++
	ours := n >= p.from && n < p.to
	p.mu.Unlock()
	if ours {
		if req.Body != nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_ = req.Body.Close()
		}
		return &http.Response{
			StatusCode:    p.status,
			Proto:         "HTTP/1.1",
			ProtoMajor:    1,
			ProtoMinor:    1,
			Header:        http.Header{"Content-Type": {"application/json"}},
			Body:          io.NopCloser(bytes.NewReader(p.body)),
			ContentLength: int64(len(p.body)),
			Request:       req,
		}, nil
	}
	resp, err := p.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	p.mu.Lock()
	p.heard = append(p.heard, raw)
	p.mu.Unlock()
	return resp, nil
}

// answersOf are the simulator's own answers in the life of a sale, each once.
func answersOf(f *testing.F, api gatewaytest.API) (bodies [][]byte) {
	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 7, Calm: true, NoPictures: true})
	net := gatewaytest.NewNetwork()
	net.Serve(enkashHost, sim.EnKash())
	net.Serve(razorpayHost, sim.Razorpay())
	f.Cleanup(func() { _ = net.Close() })
	line := &puppet{next: net.Transport()}
	c := &scene{shop: &shop{t: new(testing.T)}, api: api, sim: sim, net: net}
	gw := c.over(api, line)
	q, err := gw.Open(
		f.Context(),
		gateway.Charge{Reference: "FUZZ1", Amount: 25000, AskedAt: time.Now(), CloseAfter: 5 * time.Minute},
	)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := gw.Read(f.Context(), q.Order); err != nil {
		f.Fatal(err)
	}
	if _, err := sim.Phone().Pay(q.Payload); err != nil {
		f.Fatal(err)
	}
	if _, err := gw.Read(f.Context(), q.Order); err != nil {
		f.Fatal(err)
	}
	for _, b := range line.heard {
		if len(b) > 0 && !slices.ContainsFunc(bodies, func(a []byte) bool { return bytes.Equal(a, b) }) {
			bodies = append(bodies, b)
		}
	}
	return bodies
}
