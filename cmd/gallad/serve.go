package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"galla/display/viewstream"
	"galla/gateway"
	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/metrics"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/printer"
	"galla/state/boltstore"
)

// ballast is what the sales file's disk keeps in reserve: enough commits to end every sale under way when it is full.
const ballast = 4 << 20

// serve wires gallad and runs it until ctx ends or the sales file fails. given are systemd's sockets by name; an error that
// is no errStopped left them open.
func serve(ctx context.Context, path, secrets string, given map[string][]net.Listener, log *slog.Logger) error {
	c, err := config.Read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	measure := metrics.New(release())
	var gateways []gateway.Gateway
	for _, g := range c.Gateways {
		s, _, err := config.ReadSecrets(g.Name, secrets)
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		client, err := g.Client(s, c.Till.Demo, log, func(op string, class gateway.Class, took time.Duration) {
			measure.Call(g.Name, op, string(class), took)
		})
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		gateways = append(gateways, client)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	store, err := openStore(c.Till.Database, self, log)
	if err != nil {
		return err
	}
	defer store.Close()
	l, err := listen(c.Listen, given)
	if err != nil {
		return err
	}

	// When ctx ends the doors are shut, then the house: who is inside is answered by a till that still works.
	ctx, cancel := context.WithCancel(ctx)
	inside, end := context.WithCancel(context.WithoutCancel(ctx))
	var doors, rooms sync.WaitGroup
	stop := func() {
		cancel()
		doors.Wait()
		end()
		rooms.Wait()
	}
	defer stop()
	// Whatever ends before has failed, and takes the rest with it: systemd starts us again.
	failed := make(chan error, 16)
	in := func(until context.Context, wg *sync.WaitGroup, name string, run func(context.Context) error) {
		wg.Go(func() {
			err := run(until)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				err = errors.New("it ended by itself")
			}
			failed <- fmt.Errorf("%s %w: %w", name, errStopped, err)
			cancel()
		})
	}
	part := func(name string, run func(context.Context) error) { in(inside, &rooms, name, run) }
	door := func(name string, run func(context.Context) error) { in(ctx, &doors, name, run) }

	screen := viewstream.New(viewstream.Options{Log: log})
	options := till.Options{Store: &timed{store, measure}, Refused: func(err error) bool {
		return errors.Is(err, boltstore.ErrConflict) || errors.Is(err, boltstore.ErrFull)
	}, Tight: store.Tight,
		Gateways: gateways, Screen: screen, Log: log, Terminal: c.Till.Terminal, Shop: c.Shop.Document(c.Printer.Language), Languages: c.Till.Languages,
		Life: c.Till.Life.Duration, Laps: c.Till.Tries, DayCut: c.Till.DayCut.Duration, PrintOrder: c.Till.PrintOrder,
		PrintReceipt: c.Till.PrintReceipt, Demo: c.Till.Demo}
	var t *till.Till
	var press *paper
	if c.Printer.Port != "" {
		profile, err := c.Printer.Chosen()
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		if options.Shop, err = options.Shop.Load(profile.Dots); err != nil {
			return fmt.Errorf("%w: shop.logo: %w", errConfig, err)
		}
		// Notify is called by the printer's Run, which starts when there is a till.
		p, err := printer.New(printer.Options{Port: c.Printer.Port, Profile: profile, Log: log, Notify: func(s printer.State) { t.Printer(condition(s)) }})
		if err != nil {
			return fmt.Errorf("%w: printer: %w", errConfig, err)
		}
		press = &paper{p: p, profile: profile, port: c.Printer.Port, shop: options.Shop, terminal: c.Till.Terminal, demo: c.Till.Demo}
		options.Paper = press
		switch c.Printer.Drawer {
		case "paid":
			options.Drawer, options.DrawerPaid = press, true
		case "other_tender":
			options.Drawer = press
		}
	}
	if t, err = till.New(options); err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	ops, err := operations.New(operations.Options{Till: t, Store: store, Gateways: gateways, Log: log})
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	if press != nil {
		part("printer", press.p.Run)
	}
	var certificate tls.Certificate
	desk := counter.Options{Till: t, Operations: ops, Vault: vault{store.Vault()}, Log: log, Version: release(), DayCut: c.Till.DayCut.Duration, Hosts: c.Listen.Hosts, ShowCode: t.ShowCode,
		Address: func() string { return l.console(c.Listen.Hosts) },
		Anchor: func() (string, error) {
			a, err := store.Anchor()
			return fmt.Sprintf("%d:%s", a.Seq, a.Hash), err
		}}
	if press != nil {
		desk.Printer = press
	}
	healer := healer(c, gateways, t, press, store)
	desk.Doctor = healer
	if l.network != nil {
		if certificate, err = counter.Certificate(desk.Vault, l.names(c.Listen.Hosts)); err != nil {
			return err
		}
		desk.Fingerprint, desk.Certificate = counter.Fingerprint(certificate), certificate.Certificate[0]
	}
	if err := watched(measure, c, gateways, t, press, healer); err != nil {
		return err
	}
	desk.Metrics = measure.Handler()
	front, err := counter.New(desk)
	if err != nil {
		return err
	}
	keypad := counter.Keypad{Fill: c.Keypad.PaiseFill}
	if c.Keypad.Limit != "" {
		if keypad.Limit, err = money.Parse(c.Keypad.Limit); err != nil {
			return fmt.Errorf("%w: keypad.limit: %w", errConfig, err)
		}
	}
	pad := counter.NewPad(t, log, keypad, nil)
	if c.Hook.URL != "" {
		secret, _, err := config.Credential("hook-secret", secrets)
		if err != nil {
			return fmt.Errorf("%w: hook: %w", errConfig, err)
		}
		hook, err := counter.NewHook(counter.HookOptions{Till: t, Vault: desk.Vault, Log: log, URL: c.Hook.URL, Secret: bytes.TrimSpace(secret)})
		if err != nil {
			return fmt.Errorf("%w: hook: %w", errConfig, err)
		}
		part("hook", hook.Run)
	}

	posted, err := newHints(c.Gateways, gateways, secrets, func(gateway string, ids ...string) {
		t.Hint(gateway, ids...)
		ops.Hint(gateway, ids...)
	}, log)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}

	part("till", t.Run)
	part("operations", ops.Run)
	part("display feed", func(ctx context.Context) error { return screen.Serve(ctx, l.display) })
	part("display events", func(ctx context.Context) error { return follow(ctx, screen, t, pad, log) })
	door("counter", func(ctx context.Context) error { return front.Serve(ctx, l.api, counter.Door{Kernel: true}) })
	part("keeper", func(ctx context.Context) error { return keep(ctx, store, t, c.Till, gateways, log) })
	part("doctor", healer.Run)
	part("metrics", follower(measure, store, t))
	part("warming", func(ctx context.Context) error { return keepWarm(ctx, gateways, t, log) })
	if posted != nil && l.hints != nil {
		door("hints", func(ctx context.Context) error { return counter.Serve(ctx, l.hints, counter.Door{}, posted.mux, log) })
		for _, task := range posted.tasks {
			part("hints of a gateway", task)
		}
		log.Info("hints of gateways", "at", "http://"+l.hints.Addr().String()+"/hints/NAME")
	}
	if l.tcp != nil {
		var who counter.Door
		if c.Listen.TCPRole != "" {
			if who.Trust, err = counter.ParseRole(c.Listen.TCPRole); err != nil {
				return fmt.Errorf("%w: listen.tcp_role: %w", errConfig, err)
			}
		}
		door("counter on tcp", func(ctx context.Context) error { return front.Serve(ctx, l.tcp, who) })
		log.Info("counter", "url", "http://"+l.tcp.Addr().String())
	}
	if l.network != nil {
		who := counter.Door{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}}
		door("counter on the network", func(ctx context.Context) error { return front.Serve(ctx, l.network, who) })
		log.Info("counter", "url", "https://"+l.network.Addr().String(), "fingerprint", desk.Fingerprint)
	}
	select {
	case <-t.Ready():
		notify(log, daemon.SdNotifyReady+"\nSTATUS=taking sales")
		log.Info("ready", "version", release())
	case <-ctx.Done():
	}
	if l.network != nil && ctx.Err() == nil {
		if err := pairFirst(front, c.Listen.Socket); err != nil {
			log.Error("the first device's pairing code could not be shown; sudo galla device pair shows one", "err", err)
		}
	}
	rooms.Go(func() { watchdog(inside, log, t.Ping) })
	rooms.Go(func() { front.Warm(ctx) }) // the till is ready, so its store is read
	<-ctx.Done()
	notify(log, daemon.SdNotifyStopping)
	stop()
	select {
	case err := <-failed:
		return err
	default:
		log.Info("stopped")
		return nil
	}
}
