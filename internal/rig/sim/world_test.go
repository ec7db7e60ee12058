package sim

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/standing"
	"galla/internal/till"
	"galla/printer"
	"galla/state"
	"galla/state/statetest"
)

// faultKinds are those that every longer simulation must have seen, beside the gateway's own.
var faultKinds = []string{
	"crash before a commit",
	"crash after a commit",
	"crash at any moment",
	"disk full",
	"disk slow",
	"disk unreadable",
	"network refused",
	"network dead",
	"network one way",
	"network stale",
	"clock jump",
	"printer out of paper",
	"printer stalled",
	"printer unplugged while printing",
	"display absent",
	"display can't read back",
	"gateway lost_answer",
	"gateway cut_request",
	"gateway late_error",
	"gateway server_error",
	"gateway slow",
	"gateway too_many",
	"gateway truncated_reply",
	"gateway garbage_reply",
}

// world is one run: a box, everything around it, and what was seen of it.
type world struct {
	t    *testing.T
	seed uint64
	plan plan
	sick mutant
	log  *slog.Logger

	r       *rand.Rand // of the people; the run's own goroutine alone
	commits *rand.Rand // of the disk; the engine's goroutine alone
	random  rand.Source
	sim     *gatewaytest.Sim
	wire    *wire
	disk    disk
	hold    atomic.Int64 // how long the answer of the next look stays on its way
	wallOff atomic.Int64 // what the wall clock is wrong by
	calm    atomic.Bool
	atEnd   []func()

	truth statetest.Store // what is on disk, as the process that runs has it open
	till  *till.Till
	stop  context.CancelFunc
	ended chan error // how Run ended
	gone  bool       // Run's end was seen, and no new process begun

	mu         sync.Mutex
	violations []string
	shown      []string // QRs that a customer could see, oldest first
	offers     map[string]*offer
	twins      map[string]string // by the QR that is shown: an earlier one of its order, which a customer scans before
	done       map[string]bool
	count      counts
	feed       map[uint64][32]byte // events that somebody who follows was told

	calls map[string]int // of gateways, under mu
	asks  int
	keys  []asked // requests that were answered
	acked map[string]uint64

	sales []state.Sale // newest first, as of the last check
	seen  uint64       // events checked so far
	hash  [32]byte
	built map[string]state.Sale // by the events alone
	known map[string]state.Sale // as the last check found them

	took time.Duration
	bank *bank
	days *daybook

	payers     []*payer        // with a mandate
	wrongClock bool            // the wall clock was wrong once
	stands     *standing.Watch // of the process that runs
	safe       *safe
	api        http.Handler // the counter's, of the process that runs

	started, disturbed time.Time      // the process that runs; anything around it that failed last; under mu
	codes              map[string]int // sentences that were read; under mu
	trouble            map[string]int // what happened to the money
	batches            []state.Batch  // what a mutant's crash takes the last of
}

type counts struct {
	opened, paid, refunds, late, kills, steps, shown, slips int
	faults                                                  map[string]int
}

// run is one whole run. Violations are in the world it returns.
func run(t *testing.T, seed uint64, sick mutant) *world {
	w := &world{
		seed:    seed,
		log:     slog.New(slog.DiscardHandler),
		plan:    newPlan(seed),
		sick:    sick,
		offers:  map[string]*offer{},
		twins:   map[string]string{},
		done:    map[string]bool{},
		acked:   map[string]uint64{},
		calls:   map[string]int{},
		feed:    map[uint64][32]byte{},
		built:   map[string]state.Sale{},
		known:   map[string]state.Sale{},
		count:   counts{faults: map[string]int{}},
		r:       rand.New(rand.NewPCG(seed, 1)),
		commits: rand.New(rand.NewPCG(seed, 2)),
		random:  rand.NewPCG(seed, 4),
	}
	if *simLog {
		w.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	synctest.Test(t, func(t *testing.T) {
		w.t = t
		begin := time.Now()
		offset := trueStart.Sub(begin)
		knobs := w.knobs()
		w.sim = gatewaytest.NewSim(gatewaytest.Options{
			Seed:       seed,
			Knobs:      &knobs,
			NoPictures: !w.plan.pictures,
			Log:        w.log,
			Now:        func() time.Time { return time.Now().Add(offset) },
		})
		w.bank = newBank(w, offset)
		w.codes = map[string]int{}
		w.days = newDaybook(w)
		w.safe = &safe{w: w, m: map[string][]byte{}}
		w.wire = newWire(w)
		w.disk = memoryDisk{statetest.NewMemory()}
		if w.plan.file {
			w.disk = newFileDisk(w)
		}
		defer func() {
			for _, f := range w.atEnd {
				f()
			}
		}()
		w.wallOff.Store(int64(offset + clocks[w.plan.clock]))
		w.wrongClock = w.plan.clock != "right"
		w.start()
		w.round()
		w.setUp()
		w.story()
		for range w.plan.steps {
			w.act()
			w.pass(moment(w.r, 20*time.Second))
			w.check(false)
		}
		w.calmDown()
		w.check(true)
		w.audit()
		w.trouble = w.troubles()
		w.kill()
		w.took = time.Since(begin)
	})
	return w
}

// calmKnobs are gateways that behave, on the accounts of this run.
func (w *world) calmKnobs() gatewaytest.Knobs {
	knobs, account := gatewaytest.Calm(), w.sim.Knobs()
	knobs.DuplicateOrder, knobs.DuplicateRefund = account.DuplicateOrder, account.DuplicateRefund
	knobs.NoCancel, knobs.RawToken, knobs.OldCloseBy, knobs.NoLookup = account.NoCancel, account.RawToken,
		account.OldCloseBy, account.NoLookup
	knobs.RefundCounter, knobs.MinRefund, knobs.RefundTime, knobs.RefundFails = account.RefundCounter,
		account.MinRefund, account.RefundTime, account.RefundFails
	knobs.Delay = gatewaytest.Duration(40 * time.Millisecond)
	knobs.DebitFails, knobs.DebitPends, knobs.DebitExpires = account.DebitFails, account.DebitPends,
		account.DebitExpires
	knobs.NoticeAhead = account.NoticeAhead
	return knobs
}

// calmDown ends every fault, and lets the days go by in which all must come to its end.
func (w *world) calmDown() {
	w.pass(0) // a process that has ended already did so in the storm
	w.calm.Store(true)
	w.sim.SetKnobs(w.calmKnobs())
	w.wire.set(enkashHost, lineUp)
	w.wire.set(razorpayHost, lineUp)
	w.restart(time.Second)
	w.takeDown()
	w.pass(35*time.Minute + moment(w.r, time.Minute))
	w.settled()
	for day := range 7 {
		w.pass(24*time.Hour + moment(w.r, time.Minute))
		w.looked(day)
		if day == 3 {
			w.restart(time.Hour)
		}
		w.office(day)
		w.decideDebits()
		w.greedy(day)
		if w.plan.stand {
			w.check(false)
			w.bank.stands(w.sales, w.ledger())
		}
	}
	w.pass(12 * time.Hour)
}

// knobs are how the gateways misbehave in this run, on accounts that differ from seed to seed.
func (w *world) knobs() gatewaytest.Knobs {
	k, r := gatewaytest.Misbehaving(), w.chance("accounts")
	if !w.plan.pictures {
		k.PosterOnly, k.NoQRURL = 0, 0
	}
	some := func(percent int) bool { return r.IntN(100) < percent }
	k.DuplicateOrder = []string{"refuse", "same", "again"}[r.IntN(3)]
	k.DuplicateRefund = []string{"refuse", "same"}[r.IntN(2)]
	k.NoCancel, k.RawToken, k.OldCloseBy, k.NoLookup = some(10), some(10), some(20), some(10)
	k.WrongAmount, k.Surcharge = 2, 4
	if w.plan.round { // a run has few debits
		k.LostAnswer, k.LateError, k.CutRequest = 12, 6, 6
	}
	k.RefundCounter, k.ReversedLater = []string{"asked", "processed"}[r.IntN(2)], 3
	switch w.plan.story {
	case comesBack, meanwhile:
		k.RefundCounter = "asked"
	case unheard:
		k.NoLookup, k.RefundCounter = true, "asked"
	}
	k.MinRefund = []int{0, 0, 0, 500}[r.IntN(4)]
	back := []time.Duration{20 * time.Second, 20 * time.Second, 7 * time.Minute, 5 * time.Hour}[r.IntN(4)]
	k.RefundTime, k.RefundFails = gatewaytest.Duration(back), []gatewaytest.Percent{10, 10, 40}[r.IntN(3)]
	return k
}

// violate notes a violation; the caller holds mu.
func (w *world) violate(format string, args ...any) {
	if len(w.violations) < 20 {
		w.violations = append(w.violations, fmt.Sprintf("seed %d: ", w.seed)+fmt.Sprintf(format, args...))
	}
}

func (w *world) failf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violate(format, args...)
}

// met counts a fault.
func (w *world) met(fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count.faults[fault]++
}

// wall is what the box takes for the time: no monotonic reading, as after a write to disk.
func (w *world) wall() time.Time {
	return time.Now().Add(time.Duration(w.wallOff.Load())).Round(0)
}

// start is a new process: new clients, the same disk. A disk that fails at once makes it another one.
func (w *world) start() {
	for try := 0; ; try++ {
		w.launch()
		select {
		case <-w.till.Ready():
			w.gone = false
			return
		case err := <-w.ended:
			w.over()
			if w.calm.Load() || try > 20 {
				w.failf("gallad can't start: %v", err)
				w.gone = true
				return
			}
		}
		time.Sleep(time.Second + moment(w.r, time.Millisecond)) // systemd's RestartSec
	}
}

func (w *world) launch() {
	w.disturb(true)
	jitter := rand.New(rand.NewPCG(w.seed, 100+uint64(w.count.kills)))
	var mu sync.Mutex
	budget := func() *gateway.Budget {
		return gateway.NewBudget(
			gateway.BudgetOptions{Rate: 50, Burst: 100, Jitter: func(d time.Duration) time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return moment(jitter, d)
			}},
		)
	}
	log := w.log
	ek, err := enkash.New(enkash.Config{
		BaseURL:      "http://" + enkashHost,
		AccessKey:    gatewaytest.EnKashAccessKey,
		SecretKey:    gatewaytest.EnKashSecretKey,
		CancelOrders: w.plan.cancelOrders,
		MandatePaths: []string{"middle", "newer"}[w.seed/2%2],
		MandateUnit:  "paise",
		TokenPrefix:  map[bool]string{true: "raw", false: "Bearer"}[w.sim.Knobs().RawToken],
		Transport:    w.wire,
		Budget:       budget(),
		Log:          log,
		Now:          w.wall,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	rz, err := razorpay.New(razorpay.Config{
		BaseURL:     "http://" + razorpayHost,
		KeyID:       gatewaytest.RazorpayKeyID,
		KeySecret:   gatewaytest.RazorpayKeySecret,
		CaptureLate: w.plan.captureLate,
		Transport:   w.wire,
		Budget:      budget(),
		Log:         log,
		Now:         w.wall,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	gateways := []gateway.Gateway{w.sick.gateway(w, ek), w.sick.gateway(w, rz)}
	if w.plan.razorpayFirst {
		gateways[0], gateways[1] = gateways[1], gateways[0]
	}
	if w.truth, err = w.disk.open(); err != nil {
		w.t.Fatalf("seed %d: the sales can't be opened: %v", w.seed, err)
	}
	shown, slips := &screen{w: w, store: w.truth}, &paper{w: w, store: w.truth}
	o := till.Options{
		Store:    w.failing(w.sick.store(w, w.truth)),
		Refused:  refused,
		Gateways: gateways,
		Screen:   shown,
		Log:      log,
		Terminal: "SIM",
		Shop: printer.Shop{
			Name: "Sim",
		},
		PrintOrder:   w.plan.printOrder,
		PrintReceipt: w.plan.printReceipt,
		DrawerPaid:   w.seed%2 == 0,
		Wall:         w.wall,
		Life:         w.plan.life,
		DayCut:       w.plan.cut,
		Random:       w.random,
	}
	if !w.plan.noPrinter {
		o.Paper = slips
	}
	if w.plan.drawer {
		o.Drawer = slips
	}
	if w.till, err = till.New(o); err != nil {
		w.t.Fatal(err)
	}
	shown.till = w.till
	ctx, stop := context.WithCancel(context.Background())
	w.counterOver(ctx, gateways)
	w.stop, w.ended = stop, make(chan error, 1)
	t, ended := w.till, w.ended
	go func() {
		defer func() {
			if p := recover(); p != nil {
				w.failf("the engine panicked: %v", p)
				ended <- fmt.Errorf("%v", p)
			}
		}()
		ended <- t.Run(ctx)
	}()
	go w.follow(ctx, t, w.seen)
}

// follow is somebody who reads the feed: what they were told must stay true.
func (w *world) follow(ctx context.Context, t *till.Till, since uint64) {
	for {
		changed := t.Changed()
		events, err := t.Events(ctx, since, 1000)
		if err != nil {
			return
		}
		w.mu.Lock()
		for _, e := range events {
			since = e.Seq
			sum := sha256.Sum256(encode(e))
			if was, again := w.feed[e.Seq]; again && was != sum {
				w.violate(
					"event %d was told to somebody, and then it was another one (%s of sale %s)",
					e.Seq,
					e.Kind,
					e.SaleID,
				)
			}
			w.feed[e.Seq] = sum
		}
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// disturb notes that something around the box failed, or that a process begins.
func (w *world) disturb(started bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.disturbed = time.Now(); started {
		w.started = w.disturbed
	}
}

// over is the end of a process.
func (w *world) over() {
	w.stop()
	synctest.Wait()
	w.bank.lost()
	w.sick.crash(w)
	if err := w.disk.close(); err != nil {
		w.failf("the sales can't be closed: %v", err)
	}
	w.count.kills++
}

// kill ends the process wherever it stands.
func (w *world) kill() {
	if w.gone {
		return
	}
	w.stop()
	<-w.ended
	w.over()
}

// restart pulls the plug: whatever is under way is cut where it stands.
func (w *world) restart(off time.Duration) {
	synctest.Wait()
	w.met("crash at any moment")
	w.kill()
	time.Sleep(off)
	w.start()
}

// pass lets time go by, and starts the box again when its disk failed meanwhile.
func (w *world) pass(d time.Duration) {
	for end := time.Now().Add(d); ; {
		timer := time.NewTimer(time.Until(end))
		select {
		case err := <-w.ended:
			timer.Stop()
			if w.gone {
				return
			}
			w.over()
			if err == nil || w.calm.Load() {
				w.failf("the till ended by itself: %v", err)
				w.gone = true
				return
			}
			time.Sleep(time.Second + moment(w.r, time.Millisecond))
			w.start()
		case <-timer.C:
			synctest.Wait()
			return
		}
	}
}
