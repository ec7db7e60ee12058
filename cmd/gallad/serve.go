package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"galla/display/viewstream"
	"galla/gateway"
	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/doctor"
	"galla/internal/membership"
	"galla/internal/metrics"
	"galla/internal/operations"
	"galla/internal/standing"
	"galla/internal/till"
	"galla/internal/webhook"
	"galla/state"
	"galla/state/boltstore"
)

// startPatience is how long a request waits for a till that is reading its sales. After that it is served as the till
// is: health says that it is starting, and a new sale waits for it as long as its caller does.
const startPatience = 10 * time.Second

// startGC is the collector's percentage until gallad is ready. A start reads thousands of sales into a small heap,
// which the collector would look through again for each few megabytes of them: a fifth of the start's time.
const startGC = 400

// warmBooks is how often the books read on while nobody asks.
const warmBooks = 10 * time.Minute

// box is what one gallad consists of. serve fills it from the top down, and nothing runs before all of it is there.
type box struct {
	config  *config.Config
	secrets string // folder of keys, where systemd gives none
	log     *slog.Logger
	gc      int // the collector's percentage, from the start on
	measure *metrics.Metrics

	gateways []gateway.Gateway
	store    *boltstore.Store
	boxID    string // the sales file's
	sockets  listeners
	screen   *viewstream.Server
	// presenter is what puts the screen's pictures on its monitor, and why that; nil: no screen has been here.
	presenter atomic.Pointer[string]
	paper     *paper // nil: no printer
	till      *till.Till
	doctor    *doctor.Doctor

	operations *operations.Operations
	standing   *standing.Watch

	hooks      []*webhook.Hook
	membership *membership.Membership // in a chain of shops; joined or not

	certificate tls.Certificate // of the listener on the shop's network; empty: there is none
	fingerprint string
	counter     *counter.Counter
}

// serve wires gallad and runs it until ctx ends or a task fails. given are systemd's sockets by name; an error that
// does not wrap errStopped left them open.
func serve(ctx context.Context, path, secrets string, given map[string][]net.Listener, log *slog.Logger) error {
	gc := debug.SetGCPercent(startGC) // until b.started
	c, err := config.Read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	b := &box{gc: gc, config: c, secrets: secrets, log: log, measure: metrics.New(release(), c.Till.Terminal)}
	if b.gateways, err = openGateways(c, secrets, b.measure, log); err != nil {
		return err
	}

	self, err := os.Executable()
	if err != nil {
		return err
	}
	if b.store, err = openStore(c.Till.Database, c.Till.Backup, self, log); err != nil {
		return err
	}
	defer b.store.Close()
	if b.boxID, err = b.store.BoxID(); err != nil {
		return err
	}
	if b.sockets, err = listen(c.Listen, given); err != nil {
		return err
	}

	tasks, err := b.tasks()
	if err != nil {
		return err
	}
	defer b.sockets.close() // of tasks that never ran: the others close their own
	if err := runTasks(ctx, tasks, func() { notify(log, daemon.SdNotifyStopping) }); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// tasks makes what gallad does, the till first. A task that needs the till's memory of open sales waits for its Ready;
// one that needs the store alone does not.
func (b *box) tasks() ([]task, error) {
	b.screen = viewstream.New(viewstream.Options{Log: b.log})
	if err := b.newTill(); err != nil {
		return nil, err
	}
	var err error
	b.operations, err = operations.New(operations.Options{
		Till:     b.till,
		Store:    b.store,
		Gateways: b.gateways,
		Terminal: b.config.Till.Terminal,
		Box:      b.boxID,
		Known:    func(op state.Operation) { b.standing.Known(op) },
		Missed:   func(gw, reference string, at time.Time) { b.standing.Missed(gw, reference, at) },
		Log:      b.log,
	})

	if err == nil {
		b.standing, err = standing.New(standing.Options{
			Till:     b.till,
			Store:    b.store,
			Marks:    settings{b.store.Settings()},
			Gateways: b.gateways,
			DayCut:   b.config.Till.DayCut.Duration,
			Log:      b.log,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	if err := b.newHooks(); err != nil {
		return nil, err
	}

	if err := b.newMembership(); err != nil {
		return nil, err
	}

	office := b.membership.Status
	b.doctor = newDoctor(b.config, b.gateways, b.till, &b.presenter, b.paper, b.store, office)
	err = registerMetrics(b.measure, b.config, b.gateways, b.till, b.paper, b.doctor, b.store, b.hooks, office)
	if err != nil {
		return nil, err
	}
	if err := b.newCounter(); err != nil {
		return nil, err
	}
	pad, err := newPad(b.config.Keypad, b.till, b.log)
	if err != nil {
		return nil, err
	}
	learn := learning(b.store, b.gateways, b.log)
	count, err := countEvents(b.measure, b.store, b.till)
	if err != nil {
		return nil, err
	}

	ready := b.till.Ready()
	tasks := []task{
		{name: "till", run: b.till.Run},
		// It waits for the till's Ready by itself, and the counter for its own.
		{name: "operations", run: b.operations.Run},
		// The same: it looks at what operations made, once the till is ready.
		{name: "standing QRs", run: b.standing.Run},

		// The customer's screen says "starting" meanwhile.
		{name: "display feed", run: func(ctx context.Context) error { return b.screen.Serve(ctx, b.sockets.display) }},
		// Keys of the number pad open sales, and frames are of sales that the till shows.
		{name: "display events", needs: ready, run: func(ctx context.Context) error {
			return follow(ctx, b.screen, b.till, pad, &b.presenter, b.log)
		}},
		// Before Ready no sale seems to be open, and pruning would be due.
		{name: "maintenance", needs: ready, run: func(ctx context.Context) error {
			return maintain(ctx, b.store, b.till, b.config.Till, b.gateways, b.membership.Upto, b.log)
		}},
		// It reads the store behind commits, and no sale waits for it.
		{name: "head office", needs: ready, run: b.membership.Run},
		// The same: it asks gateways when no sale is open.
		{name: "doctor", needs: ready, run: b.doctor.Run},
		// It reads events, from the last one that was there before the till ran.
		{name: "metrics", run: count},
		// A connection takes a second or two, which the first sale is spared: it is opened beside the till's start.
		{name: "warming", run: func(ctx context.Context) error { return keepWarm(ctx, b.gateways, b.till, b.log) }},

		// It is of the accounts and waits for no sale.
		{name: "learning", run: learn},

		{name: "start", needs: b.operations.Ready(), run: b.started},
		// Its question goes through the engine's loop, which turns from Ready on; until then TimeoutStartSec watches.
		{name: "watchdog", needs: ready, run: func(ctx context.Context) error {
			watchdog(ctx, b.log, b.till.Ping)
			<-ctx.Done()
			return nil
		}},
	}

	if b.paper != nil {
		tasks = append(tasks, task{name: "printer", run: b.paper.p.Run})
	}
	for _, more := range []func() ([]task, error){b.webhookTasks, b.gatewayWebhookTasks, b.counterTasks} {
		some, err := more()
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, some...)
	}

	return tasks, nil
}

// started does once what belongs to a till that is ready, then waits for the end.
func (b *box) started(ctx context.Context) error {
	debug.SetGCPercent(b.gc)
	notify(b.log, daemon.SdNotifyReady+"\nSTATUS=taking sales")
	b.log.Info("ready", "version", release())

	if b.sockets.network != nil {
		if err := pairFirst(b.counter, b.config.Listen.Socket); err != nil {
			b.log.Error("the first device's pairing code could not be shown; sudo galla device pair shows one",
				"err", err)
		}
	}
	for { // whoever asks for an X then reads ten minutes of events, and so does the first one after a start
		b.counter.Warm(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(warmBooks):
		}
	}
}
