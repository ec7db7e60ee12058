package rig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/money"
	"galla/internal/till"
	"galla/printer"
	"galla/state"
	"galla/state/statetest"
)

var (
	simSeeds = flag.Int("sim.seeds", 40, "how many seeds TestSimulation runs")
	simSeed  = flag.Uint64("sim.seed", 0, "the only seed to run, to repeat a violation")
	simFirst = flag.Uint64("sim.first", 1, "the first seed")
)

// TestSimulation runs the whole box in one testing/synctest bubble under a seed: the engine, a store that fails, both
// clients over real net/http against the misbehaving simulator, a printer and a screen, a wall clock that jumps, and the
// people around it. Faults come first; then everything is calm for six days, and all must have ended well. A violation
// names the seed, which repeats it: go test ./internal/rig -run TestSimulation -sim.seed N -v
func TestSimulation(t *testing.T) {
	start := time.Now()
	var sales, crashes, refunds, days int
	run := func(seed uint64) {
		w := simulate(t, seed)
		sales, crashes, refunds, days = sales+w.opened, crashes+w.crashes, refunds+w.refunds, days+int(w.took/(24*time.Hour))
		if t.Failed() {
			t.Fatalf("seed %d violates what is promised", seed)
		}
	}
	if *simSeed != 0 {
		run(*simSeed)
	} else {
		for i := range *simSeeds {
			run(*simFirst + uint64(i))
		}
	}
	took := time.Since(start)
	t.Logf("%d seeds in %v: %d sales (%.1f a second), %d refunds, %d crashes, %d simulated days",
		*simSeeds, took.Round(time.Millisecond), sales, float64(sales)/took.Seconds(), refunds, crashes, days)
	if *simSeed == 0 && (crashes < *simSeeds/4 || sales < 2**simSeeds) {
		t.Errorf("the simulation hardly did anything: %d sales, %d crashes", sales, crashes)
	}
}

// simWorld is one run.
type simWorld struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	sim     *gatewaytest.Sim
	net     *gatewaytest.Network
	memory  *statetest.Memory
	wallOff atomic.Int64
	calm    atomic.Bool
	faults  *rand.Rand // of the store; used by the engine's goroutine alone

	till *till.Till
	stop context.CancelFunc
	done chan error

	mu     sync.Mutex
	shown  []string // QR strings that were on the screen
	acked  map[string]string
	keys   int
	opened int

	crashes, refunds int
	took             time.Duration
}

func simulate(t *testing.T, seed uint64) *simWorld {
	w := &simWorld{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 1)), faults: rand.New(rand.NewPCG(seed, 2)), acked: map[string]string{}}
	synctest.Test(t, func(t *testing.T) {
		w.t = t
		begin := time.Now()
		w.sim = gatewaytest.NewSim(gatewaytest.Options{Seed: seed, Now: time.Now})
		w.net = gatewaytest.NewNetwork()
		defer w.net.Close()
		w.net.Serve("127.0.0.1:1", w.sim.EnKash())
		w.net.Serve("127.0.0.1:2", w.sim.Razorpay())
		w.memory = statetest.NewMemory()
		w.start()
		for range 10 + w.r.IntN(25) {
			w.act()
			w.pass(time.Duration(w.r.Int64N(int64(20 * time.Second))))
			w.check(false)
		}
		// From here on nothing fails any more, and everything must come to its end.
		w.calm.Store(true)
		w.sim.SetKnobs(gatewaytest.Calm())
		w.restart(time.Second)
		for day := range 8 {
			w.pass(24 * time.Hour)
			if day == 3 {
				w.restart(time.Hour)
			}
		}
		w.check(true)
		w.stop()
		<-w.done
		w.took = time.Since(begin)
	})
	return w
}

func (w *simWorld) failf(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("seed %d: %s", w.seed, fmt.Sprintf(format, args...))
}

// Publish is the customer's screen: it notes the QR strings, and that none is shown for a sale that isn't on offer.
func (w *simWorld) Publish(v display.View) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v.Screen != display.ScreenPay && v.Payload != "" {
		w.failf("screen %s carries a QR", v.Screen)
	}
	if v.Screen == display.ScreenPay {
		s, found, err := w.memory.Sale(v.SaleID)
		if err != nil || !found || s.Phase != state.PhaseAwaiting || s.Amount != v.Amount || !strings.Contains(v.Payload, "am=") {
			w.failf("a QR of sale %s is shown, which on disk is %q, %v", v.SaleID, s.Phase, err)
		}
		w.shown = append(w.shown, v.Payload)
	}
	return 0
}

func (w *simWorld) PrintOrderSlip(context.Context, string, printer.OrderSlip) (printer.Status, string) {
	return printer.StatusPrinted, ""
}

func (w *simWorld) PrintReceipt(_ context.Context, _ string, d printer.Receipt) (printer.Status, string) {
	if s, found, err := w.memory.Sale(d.SaleID); err != nil || !found || s.Phase != state.PhasePaid {
		w.failf("a receipt for sale %s, which on disk is %q, %v", d.SaleID, s.Phase, err)
	}
	return printer.StatusPrinted, ""
}

// start is a new process: new clients, the same disk.
func (w *simWorld) start() {
	w.t.Helper()
	budget := func() *gateway.Budget { return gateway.NewBudget(gateway.BudgetOptions{Rate: 50, Burst: 100}) }
	log := slog.New(slog.DiscardHandler)
	ek, err := enkash.New(enkash.Config{BaseURL: "http://127.0.0.1:1", AccessKey: "GALLASIMACCESSKEY", SecretKey: "galla-sim-secret",
		CancelOrders: w.seed%2 == 0, Transport: w.net.Transport(), Budget: budget(), Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	rz, err := razorpay.New(razorpay.Config{BaseURL: "http://127.0.0.1:2", KeyID: "rzp_live_GallaSim000001", KeySecret: "galla-sim-live-secret",
		CaptureLate: w.seed%3 == 0, Transport: w.net.Transport(), Budget: budget(), Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	gateways := []gateway.Gateway{ek, rz}
	if w.seed%4 < 2 {
		gateways = []gateway.Gateway{rz, ek}
	}
	faulty := statetest.NewFaulty(w.memory, func(op statetest.Op) (bool, error) {
		if op.Method != "Commit" || w.calm.Load() || w.faults.IntN(25) > 0 {
			return true, nil
		}
		return w.faults.IntN(2) == 0, errors.New("the disk failed, as the seed wants it")
	})
	w.till, err = till.New(till.Options{Store: faulty, Refused: func(err error) bool { return errors.Is(err, statetest.ErrConflict) },
		Gateways: gateways, Screen: w, Paper: w, Log: log, Terminal: "SIM", Shop: printer.Shop{Name: "Sim"}, PrintOrder: w.seed%5 == 0, PrintReceipt: w.seed%5 < 2,
		Wall: func() time.Time { return time.Now().Add(time.Duration(w.wallOff.Load())) }})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.done = stop, make(chan error, 1)
	t := w.till
	go func() { w.done <- t.Run(ctx) }()
}

// pass lets time go by, and starts the box again when its disk failed meanwhile.
func (w *simWorld) pass(d time.Duration) {
	for end := time.Now().Add(d); ; {
		select {
		case err := <-w.done:
			if err == nil || w.calm.Load() {
				w.failf("the till ended by itself: %v", err)
				return
			}
			w.crashes++
			w.stop()
			time.Sleep(time.Second) // systemd's RestartSec
			w.start()
		case <-time.After(time.Until(end)):
			return
		}
	}
}

// restart pulls the plug: whatever is under way is cut where it stands.
func (w *simWorld) restart(off time.Duration) {
	w.crashes++
	w.stop()
	<-w.done
	time.Sleep(off)
	w.start()
}

func (w *simWorld) key() string { w.keys++; return fmt.Sprintf("key-%d", w.keys) }

// ask makes a request as a patient client does: the same key again until there is an answer.
func (w *simWorld) ask(do func(context.Context) (state.Sale, error)) (state.Sale, bool) {
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		s, err := do(ctx)
		cancel()
		switch {
		case err == nil:
			return s, true
		case errors.Is(err, till.ErrStopped) || errors.Is(err, context.DeadlineExceeded):
			w.pass(3 * time.Second)
		default:
			return s, false // refused, with a reason
		}
	}
	return state.Sale{}, false
}

// act is one thing that somebody around the box does.
func (w *simWorld) act() {
	sales, err := w.memory.Sales(state.Query{Limit: 100})
	if err != nil {
		w.failf("sales: %v", err)
	}
	pick := func() (state.Sale, bool) {
		if len(sales) == 0 {
			return state.Sale{}, false
		}
		return sales[w.r.IntN(len(sales))], true
	}
	switch n := w.r.IntN(20); {
	case n < 7 || len(sales) == 0:
		amount := []money.Paise{100, 1999, 25000, 1_25_000_50}[w.r.IntN(4)]
		key := w.key()
		s, ok := w.ask(func(ctx context.Context) (state.Sale, error) {
			return w.till.Open(ctx, till.OpenRequest{Key: key, Amount: amount, By: "sim"})
		})
		if ok {
			w.opened++
			if was, again := w.acked[key]; again && was != s.ID {
				w.failf("key %s opened sales %s and %s", key, was, s.ID)
			}
			w.acked[key] = s.ID
		}
	case n < 13:
		w.mu.Lock()
		var payload string
		if len(w.shown) > 0 { // mostly the newest, sometimes a photograph of an older one
			payload = w.shown[len(w.shown)-1]
			if w.r.IntN(4) == 0 {
				payload = w.shown[w.r.IntN(len(w.shown))]
			}
		}
		w.mu.Unlock()
		if payload != "" {
			actions := []gatewaytest.Action{"pay", "pay", "pay", "pay", "decline", "start", "pay-twice", "pay-late"}
			act := gatewaytest.Act{Payload: payload, Action: actions[w.r.IntN(len(actions))]}
			w.sim.Phone().Do(act) // the phone may be refused: closed, paid already
		}
	case n == 13:
		if s, ok := pick(); ok {
			key := w.key()
			w.ask(func(ctx context.Context) (state.Sale, error) {
				return w.till.Cancel(ctx, till.CancelRequest{Key: key, SaleID: s.ID, Reason: state.CloseCancelled, By: "sim"})
			})
		}
	case n == 14:
		if s, ok := pick(); ok {
			key, amount := w.key(), money.Paise(w.r.Int64N(int64(s.Amount))+1)
			if _, ok := w.ask(func(ctx context.Context) (state.Sale, error) {
				return w.till.Refund(ctx, till.RefundRequest{Key: key, SaleID: s.ID, Amount: amount, Reason: "sim", By: "sim"})
			}); ok {
				w.refunds++
			}
		}
	case n == 15:
		for _, s := range sales {
			if len(s.Attention) > 0 {
				key := w.key()
				action := []state.Action{state.ActionAccept, state.ActionRefund}[w.r.IntN(2)]
				w.ask(func(ctx context.Context) (state.Sale, error) {
					return w.till.Resolve(ctx, till.ResolveRequest{Key: key, SaleID: s.ID, Action: action, By: "sim"})
				})
				break
			}
		}
	case n == 16:
		w.restart(time.Duration(w.r.Int64N(int64(time.Minute))))
	case n == 17:
		w.wallOff.Store([]int64{0, int64(24 * time.Hour), -int64(24 * time.Hour), -int64(9 * 365 * 24 * time.Hour)}[w.r.IntN(4)])
	case n == 18:
		down := []string{"127.0.0.1:1", "127.0.0.1:2"}[w.r.IntN(2)]
		w.net.Down(down, true)
		w.pass(time.Duration(w.r.Int64N(int64(2 * time.Minute))))
		w.net.Down(down, false)
	default:
		w.pass(time.Duration(w.r.Int64N(int64(10 * time.Minute))))
	}
}

// check compares what is on disk with the truth at the gateways. At the end everything must be settled too.
func (w *simWorld) check(end bool) {
	w.t.Helper()
	sales, err := w.memory.Sales(state.Query{Limit: 1000})
	if err != nil {
		w.failf("sales: %v", err)
		return
	}
	byRef := map[string]string{}
	owner := map[string]state.Payment{}
	for _, s := range sales {
		if s.Phase == state.PhasePaid && s.Captured() < s.Amount && s.Override() == "" {
			w.failf("sale %s is paid with %s of %s", s.ID, s.Captured(), s.Amount)
		}
		if end && !s.Phase.Final() {
			w.failf("sale %s is still %s after days of calm: %+v", s.ID, s.Phase, s.Attempts)
		}
		for _, a := range s.Attempts {
			if was, twice := byRef[a.Ref]; twice {
				w.failf("reference %s is in sales %s and %s", a.Ref, was, s.ID)
			}
			byRef[a.Ref] = s.ID
		}
		for _, p := range s.Payments {
			if was, twice := owner[p.Gateway+p.ID]; twice {
				w.failf("payment %s is in attempts %s and %s", p.ID, was.Attempt, p.Attempt)
			}
			owner[p.Gateway+p.ID] = p
		}
		for _, r := range s.Refunds {
			if end && (r.Status == state.RefundAsked) {
				w.failf("refund %s of sale %s is still only asked", r.Key, s.ID)
			}
		}
	}
	for key, id := range w.acked {
		if _, found, _ := w.memory.Sale(id); !found {
			w.failf("sale %s was acknowledged for %s and is gone", id, key)
		}
	}
	ledger := w.sim.Ledger()
	refunded := map[string]money.Paise{}
	keys := map[string]int{}
	for _, r := range ledger.Refunds {
		if !strings.EqualFold(r.Status, "failed") { // one that failed gives its amount free again
			refunded[r.PaymentID] += r.Amount
		}
		if keys[r.Key]++; keys[r.Key] > 1 && r.Key != "" { // money that a bank sent back by itself has no key
			w.failf("refund key %s made %d refunds", r.Key, keys[r.Key])
		}
	}
	for _, p := range ledger.Payments {
		if refunded[p.ID] > p.Amount {
			w.failf("%s of payment %s was refunded, which was %s", refunded[p.ID], p.ID, p.Amount)
		}
		k, known := owner[string(p.API)+p.ID]
		if end && p.Captured && (!known || !k.Received() || k.Amount != p.Amount) {
			w.failf("%s captured %s of %s, and no sale knows of it: %+v", p.API, p.ID, p.Amount, k)
		}
		if known && k.Received() && !p.Captured {
			w.failf("payment %s counts as received, and %s never captured it: ours %+v, theirs %+v", p.ID, p.API, k, p)
		}
	}
	if end {
		w.replay(sales)
	}
}

// replay rebuilds every sale from its events alone.
func (w *simWorld) replay(sales []state.Sale) {
	events, err := w.memory.Events(0, 1<<30)
	if err != nil {
		w.failf("events: %v", err)
	}
	built := map[string]state.Sale{}
	for i, e := range events {
		if e.Seq != uint64(i+1) {
			w.failf("event %d has number %d", i+1, e.Seq)
		}
		s, _, err := state.Apply(built[e.SaleID], e)
		if err != nil {
			w.failf("event %d can't be replayed: %v", e.Seq, err)
			return
		}
		built[e.SaleID] = s
	}
	for _, s := range sales {
		if b := built[s.ID]; b.Phase != s.Phase || b.Tender != s.Tender || b.Captured() != s.Captured() || !reflect.DeepEqual(b.Attention, s.Attention) {
			w.failf("sale %s is %s/%s on disk and %s/%s by its events", s.ID, s.Phase, s.Tender, b.Phase, b.Tender)
		}
	}
}
