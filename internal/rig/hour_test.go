package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/internal/counter"
	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/pad"
	"galla/internal/counter/wire"
	"galla/internal/keypad"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/state"
	"galla/state/statetest"
)

// TestAnHourOfTrade is an hour at a busy counter, in one synctest bubble: two paired consoles, two number pads on one
// box and a command line take 10 to 30 payments a minute at once. The API goes over net/http connections; gallad is
// restarted twice, each console loses its network, and the gateway is away for a minute. In the end every request has
// exactly one sale and one owner, every captured payment stands in exactly one sale, and every client has the till's
// own list.
func TestAnHourOfTrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHour(t)
		defer w.net.Close()
		w.start()
		w.staff()
		consoleA, consoleB := w.console("Asha", "1379"), w.console("Meena", "8642")
		line := w.hand("command line", client.NewHTTP("http://"+trustedDoor, "", w.browser("line")))
		hands := []*hand{consoleA, consoleB, line}
		hour := time.Now().Add(time.Hour)

		var trade, feeds sync.WaitGroup
		listening, hush := context.WithCancel(t.Context())
		for i, h := range hands {
			feeds.Go(func() { h.follow(listening) })
			r := rand.New(rand.NewPCG(uint64(i), 7))
			trade.Go(func() {
				for time.Now().Before(hour) {
					h.serve(r)
					time.Sleep(time.Duration(4+r.IntN(9)) * time.Second)
				}
			})
		}
		trade.Go(func() { w.pads(hour) })
		trade.Go(func() { // what happens meanwhile
			at := func(minute int) { time.Sleep(time.Until(hour.Add(time.Duration(minute-60) * time.Minute))) }
			at(12)
			w.restart()
			at(20)
			w.cut("Asha", 90*time.Second)
			at(27)
			w.cut("Meena", 20*time.Second)
			at(33)
			w.restart()
			at(45)
			w.cut("Asha", 4*time.Minute)
			at(52)
			w.gateways.Down("127.0.0.1:1", true)
			time.Sleep(time.Minute)
			w.gateways.Down("127.0.0.1:1", false)
		})
		trade.Wait()
		time.Sleep(20 * time.Minute) // the last sales end, late money comes in

		// A look that is due at this very moment is written before anything is compared.
		synctest.Wait()
		w.audit(hands)
		hush()
		feeds.Wait()
		w.stop()
		w.gateways.Close()
	})
}

const (
	pairedDoor  = "127.0.0.1:10" // takes tokens only
	trustedDoor = "127.0.0.1:11" // the command line's, as the Unix socket is
)

// hour is the shop: what is on disk, the running gallad over it, and the wires to it.
type hour struct {
	t        *testing.T
	sim      *gatewaytest.Sim
	gateways *gatewaytest.Network
	net      *wires
	memory   *statetest.Memory
	settings *countertest.Settings

	mu      sync.Mutex
	counter *counter.Counter
	till    *till.Till
	pad     *keypad.Pad
	stop    func()
	asked   map[string]string // idempotency key -> who asked
}

func newHour(t *testing.T) *hour {
	h := &hour{
		t:        t,
		sim:      gatewaytest.NewSim(gatewaytest.Options{Seed: 3, Calm: true, Now: time.Now}),
		gateways: gatewaytest.NewNetwork(),
		net:      newWires(),
		memory:   statetest.NewMemory(),
		settings: countertest.NewSettings(),
		asked:    map[string]string{},
	}
	h.gateways.Serve("127.0.0.1:1", h.sim.EnKash())
	return h
}

// start is a new gallad over the same disk.
func (w *hour) start() {
	log := slog.New(slog.DiscardHandler)
	ek, err := enkash.New(enkash.Config{
		BaseURL:      "http://127.0.0.1:1",
		AccessKey:    "GALLASIMACCESSKEY",
		SecretKey:    "galla-sim-secret",
		CancelOrders: true,
		Transport:    w.gateways.Transport(),
		Budget:       gateway.NewBudget(gateway.BudgetOptions{Rate: 50, Burst: 100}),
		Log:          log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	gateways := []gateway.Gateway{ek}
	t, err := till.New(
		till.Options{Store: w.memory, Refused: func(err error) bool { return errors.Is(err, statetest.ErrConflict) },
			Gateways: gateways, Screen: blank{}, Log: log, Terminal: "HOUR"},
	)
	if err != nil {
		w.t.Fatal(err)
	}
	ops, err := operations.New(
		operations.Options{Till: t, Store: w.memory, Gateways: gateways, Terminal: "HOUR", Log: log},
	)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := counter.New(counter.Options{
		OpenSales:    1000,
		SalesAMinute: 6000,
		Till:         t,
		Operations:   ops,
		Settings:     w.settings,
		Log:          log,
		Version:      "hour",
		Idle:         2 * time.Hour,
	}) // Meena only listens for the last quarter of the hour
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { t.Run(ctx) })
	parts.Go(func() { ops.Run(ctx) })
	for addr, door := range map[string]counter.Listener{pairedDoor: {}, trustedDoor: {Trust: counter.Cashier}} {
		l := w.net.listen(addr)
		parts.Go(func() {
			if err := c.Serve(ctx, l, door); err != nil {
				w.t.Errorf("the counter ended: %v", err)
			}
		})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counter, w.till, w.pad = c, t, keypad.New(pad.New(t), log, keypad.Machine{}, func(string) {})
	w.stop = func() { cancel(); parts.Wait() }
}

func (w *hour) restart() {
	w.mu.Lock()
	stop := w.stop
	w.mu.Unlock()
	stop()
	time.Sleep(3 * time.Second) // systemd's turn
	w.start()
}

// cut pulls a console's cable for so long.
func (w *hour) cut(who string, d time.Duration) {
	w.net.down(who, true)
	time.Sleep(d)
	w.net.down(who, false)
}

// browser is a client's net/http, over the wires of its own name.
func (w *hour) browser(name string) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				return w.net.dial(ctx, name, addr)
			},
		},
	}
}

// ravi answers for what takes an owner's PIN.
var ravi = wire.Acting{You: "Ravi", YourPIN: "2580"}

// owner lets somebody at the box call as an owner.
func (w *hour) owner(call func(c *client.Client) error) {
	h := w.browser("box")
	defer h.CloseIdleConnections()
	srv := w.net.listen("127.0.0.1:12")
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.counter.Serve(ctx, srv, counter.Listener{Trust: counter.Owner}) }()
	if err := call(client.NewHTTP("http://127.0.0.1:12", "", h)); err != nil {
		w.t.Fatal(err)
	}
	stop()
	<-done
}

func (w *hour) staff() {
	w.owner(func(c *client.Client) error {
		for _, p := range []wire.AddPerson{{Name: "Ravi", Role: "owner", PIN: "2580"},
			{Name: "Meena", Role: "manager", PIN: "8642"}, {Name: "Asha", Role: "cashier", PIN: "1379"}} {
			p.Acting = ravi
			if _, err := c.AddPerson(w.t.Context(), client.Key(), p); err != nil {
				return err
			}
		}
		return nil
	})
}

// hand is somebody who takes sales with a client, and the list that client keeps from the feed.
type hand struct {
	w      *hour
	name   string
	client *client.Client

	mu     sync.Mutex
	list   map[string]wire.Sale
	seq    uint64
	breaks int // how often the feed was lost
	mine   []string
}

func (w *hour) hand(name string, c *client.Client) *hand {
	return &hand{w: w, name: name, client: c, list: map[string]wire.Sale{}}
}

// console pairs a device and signs a person in.
func (w *hour) console(person, pin string) *hand {
	h := w.browser(person)
	c := client.NewHTTP("http://"+pairedDoor, "", h)
	paired, err := c.Pair(
		w.t.Context(),
		client.Key(),
		wire.Pair{Code: w.counter.Pair("owner:Ravi", "").Code, Name: person + "'s phone"},
	)
	if err != nil {
		w.t.Fatal(err)
	}
	w.owner(func(c *client.Client) error { return c.LetIn(w.t.Context(), client.Key(), paired.ID, ravi) })
	c = client.NewHTTP("http://"+pairedDoor, paired.Token, h)
	if _, err := c.SignIn(w.t.Context(), client.Key(), person, pin); err != nil {
		w.t.Fatal(err)
	}
	return w.hand(person, c)
}

// follow keeps the list, as a console does: whatever it has seen, in order, from where it was cut off.
func (h *hand) follow(ctx context.Context) {
	err := h.client.Follow(ctx, 0, func(e wire.Event) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if e.Seq != h.seq+1 {
			h.w.t.Errorf("%s heard event %d after %d", h.name, e.Seq, h.seq)
		}
		h.seq = e.Seq
		if e.Sale != nil {
			h.list[e.SaleID] = *e.Sale
		}
		return nil
	}, func(error) { h.mu.Lock(); h.breaks++; h.mu.Unlock() })
	if ctx.Err() == nil {
		h.w.t.Errorf("%s: the feed ended: %v", h.name, err)
	}
}

func (h *hand) sale(id string) (wire.Sale, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.list[id]
	return s, ok
}

// persist asks until there is an answer, with the same key: what a console does while its line is cut.
func persist[T any](h *hand, ask func(context.Context) (T, error)) (T, error) {
	for {
		ctx, cancel := context.WithTimeout(h.w.t.Context(), 10*time.Second)
		out, err := ask(ctx)
		cancel()
		var p *wire.Problem
		if err == nil || errors.As(err, &p) && p.Status != http.StatusServiceUnavailable {
			return out, err
		}
		time.Sleep(700 * time.Millisecond)
	}
}

// serve takes one sale: Enter is pressed once, or by a nervous finger two or three times at once.
func (h *hand) serve(r *rand.Rand) {
	key := client.Key()
	h.w.note(key, h.name)
	amount := 100 + r.IntN(500000)
	answers := make([]string, 1+r.IntN(3))
	var fingers sync.WaitGroup
	for i := range answers {
		fingers.Go(func() {
			s, err := persist(h, func(ctx context.Context) (wire.Sale, error) {
				return h.client.Open(
					ctx,
					key,
					wire.OpenSale{AmountPaise: wire.Amount(amount), Reference: h.name + " " + key[:12]},
				)
			})
			if err != nil {
				h.w.t.Errorf("%s: %v", h.name, err)
			}
			answers[i] = s.ID
		})
	}
	fingers.Wait()
	id := answers[0]
	for _, a := range answers {
		if a != id {
			h.w.t.Errorf("%s: one request opened sales %q", h.name, answers)
		}
	}
	h.mine = append(h.mine, id)
	fate := r.IntN(20)
	var qr string
	for range 60 { // until the console shows that the QR is up, or that there is none
		if s, ok := h.sale(id); ok && (s.Phase.Final() || s.QR != nil && s.QR.Payload != "") {
			if s.QR != nil {
				qr = s.QR.Payload
			}
			break
		}
		time.Sleep(time.Second)
	}
	time.Sleep(time.Duration(2+r.IntN(6)) * time.Second) // the customer finds the phone
	cancel := func() {
		// A refusal is an answer too: the sale ended by itself meanwhile.
		persist(h, func(ctx context.Context) (wire.Sale, error) {
			return h.client.Cancel(ctx, "cancel-"+key, id, wire.CancelSale{})
		})
	}
	switch {
	case qr == "":
		cancel()
	case fate < 16:
		h.w.sim.Phone().Pay(qr)
	case fate == 16:
		cancel()
	case fate == 17: // the money comes after the cashier gave up
		cancel()
		h.w.sim.Phone().After(40*time.Second, gatewaytest.Act{Payload: qr, Action: gatewaytest.PayLate})
	case fate == 18: // cancel and money at the same moment
		go h.w.sim.Phone().Pay(qr)
		cancel()
	} // 19: nobody pays; the time runs out
}

func (w *hour) note(key, who string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[key] = who
}

// pads are two number pads of one box, and two people who press Enter at the same time.
func (w *hour) pads(until time.Time) {
	r := rand.New(rand.NewPCG(9, 9))
	ctx := w.t.Context()
	press := func(keys ...string) {
		var two sync.WaitGroup
		for range 2 {
			two.Go(func() {
				for _, k := range keys {
					w.mu.Lock()
					p := w.pad
					w.mu.Unlock()
					p.Press(ctx, k)
				}
			})
		}
		two.Wait()
	}
	for n := 0; time.Now().Before(until); n++ {
		for _, d := range strconv.Itoa(1 + r.IntN(999)) { // one of them types
			w.mu.Lock()
			p := w.pad
			w.mu.Unlock()
			p.Press(ctx, string(d))
		}
		press("enter", "enter") // and both press, twice
		time.Sleep(3 * time.Second)
		w.mu.Lock()
		t := w.till
		w.mu.Unlock()
		open, err := t.Sales(ctx, till.Query{Open: true, Limit: 500})
		if err != nil {
			continue // gallad is restarting; the next round goes on with the sale it finds
		}
		open = slices.DeleteFunc(open, func(s state.Sale) bool { return s.By != "keypad" })
		if len(open) > 1 {
			w.t.Errorf("the pads have %d sales under way", len(open))
		}
		for _, s := range open {
			if q := s.Shown(); q != nil && r.IntN(8) > 0 {
				w.sim.Phone().Pay(q.Quote.Payload)
			} else {
				press("esc")
			}
		}
		time.Sleep(time.Duration(4+r.IntN(8)) * time.Second)
	}
}

// audit compares what everybody has with what is on disk and at the gateway.
func (w *hour) audit(hands []*hand) {
	t := w.t
	sales, err := w.memory.Sales(state.Query{Limit: 100000})
	if err != nil {
		t.Fatal(err)
	}
	head, err := w.till.Seq()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	phases := map[state.Phase]int{}
	owner := map[string]string{} // payment -> sale
	for _, s := range sales {
		count[s.By]++
		phases[s.Phase]++
		if !s.Phase.Final() {
			t.Errorf("sale %d is still %s", s.Number, s.Phase)
		}
		for _, p := range s.Payments {
			if was, twice := owner[p.ID]; twice {
				t.Errorf("payment %s is in sales %s and %s", p.ID, was, s.ID)
			}
			owner[p.ID] = s.ID
		}
	}
	captured := 0
	for _, p := range w.sim.Ledger().Payments {
		if p.Captured {
			captured++
			if owner[p.ID] == "" {
				t.Errorf("payment %s was captured, and no sale has it", p.ID)
			}
		}
	}
	asked := map[string]int{}
	for _, who := range w.asked {
		asked[who]++
	}
	by := map[string]string{"Asha": "cashier:Asha", "Meena": "manager:Meena", "command line": "cashier:loopback"}
	for _, h := range hands {
		if n := count[by[h.name]]; n != asked[h.name] || n != len(h.mine) {
			t.Errorf("%s asked for %d sales and has %d; on disk are %d", h.name, asked[h.name], len(h.mine), n)
		}
		h.mu.Lock()
		if h.seq != head {
			t.Errorf("%s has heard %d of %d events", h.name, h.seq, head)
		}
		if len(h.list) != len(sales) {
			t.Errorf("%s has %d sales, the till %d", h.name, len(h.list), len(sales))
		}
		for _, s := range sales {
			if got := h.list[s.ID]; got.Seq != s.Seq || got.Phase != s.Phase || got.Tender != s.Tender ||
				len(got.Payments) != len(s.Payments) ||
				len(got.Attention) != len(s.Attention) {
				t.Errorf("%s sees sale %d as %s/%s at %d, the till has %s/%s at %d",
					h.name, s.Number, got.Phase, got.Tender, got.Seq, s.Phase, s.Tender, s.Seq)
			}
		}
		if h.breaks < 2 {
			t.Errorf("%s lost its feed %d times: the restarts were not felt", h.name, h.breaks)
		}
		h.mu.Unlock()
		// What a console reads anew is the same list.
		page, err := h.client.Sales(t.Context(), url.Values{"limit": {"200"}})
		if err != nil || page.Seq != head {
			t.Errorf("%s reads the list at %d: %v", h.name, page.Seq, err)
		}
		for _, s := range page.Sales {
			if h.list[s.ID].Seq != s.Seq {
				t.Errorf("%s reads sale %d at %d and heard it at %d", h.name, s.Number, s.Seq, h.list[s.ID].Seq)
			}
		}
	}
	perMinute := float64(phases[state.PhasePaid]) / 60
	t.Logf("%d sales (%v), %d payments, %.1f paid a minute; by %v; %d events",
		len(sales), phases, captured, perMinute, count, head)
	if perMinute < 10 || perMinute > 30 || count["keypad"] < 60 {
		t.Errorf("%.1f payments a minute and %d of the pads: not the trade that was meant", perMinute, count["keypad"])
	}
}

// blank is a screen nobody looks at.
type blank struct{}

// Publish implements till.Screen.
func (blank) Publish(display.View) uint64 { return 0 }

// Paid implements till.Screen.
func (blank) Paid(display.View) {}

// wires joins clients and listeners by net.Pipe, so that real net/http runs in a bubble; a client's can be cut.
type wires struct {
	mu      sync.Mutex
	doors   map[string]*door
	cut     map[string]bool
	conns   map[string]map[net.Conn]bool // by client
	closing bool
}

func newWires() *wires {
	return &wires{doors: map[string]*door{}, cut: map[string]bool{}, conns: map[string]map[net.Conn]bool{}}
}

func (w *wires) listen(addr string) net.Listener {
	d := &door{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doors[addr] = d
	return d
}

func (w *wires) dial(ctx context.Context, name, addr string) (net.Conn, error) {
	w.mu.Lock()
	d, cut := w.doors[addr], w.cut[name] || w.closing
	w.mu.Unlock()
	if cut || d == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("%s has no network", name)}
	}
	near, far := net.Pipe()
	select {
	case d.conns <- far:
	case <-d.done:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conns[name] == nil {
		w.conns[name] = map[net.Conn]bool{}
	}
	w.conns[name][near] = true
	return near, nil
}

// down cuts every connection of a client, and lets it make none until it is up again.
func (w *wires) down(name string, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[name] = down
	for c := range w.conns[name] {
		c.Close()
	}
	w.conns[name] = nil
}

// Close cuts everything.
func (w *wires) Close() {
	w.mu.Lock()
	w.closing = true
	names := w.conns
	w.mu.Unlock()
	for name := range names {
		w.down(name, true)
	}
}

// door is a listener of the wires.
type door struct {
	addr  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.once.Do(func() { close(d.done) })
	return nil
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
