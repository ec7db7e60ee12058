package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/coreos/go-systemd/v22/daemon"

	"galla/display/viewstream"
	"galla/gateway"
	"galla/internal/counter"
	"galla/internal/till"
	"galla/printer"
	"galla/state/boltstore"
)

// ballast is what the sales file's disk keeps in reserve: enough commits to end every sale under way when it is full.
const ballast = 4 << 20

// serve wires gallad and runs it until ctx ends or the sales file fails.
func serve(ctx context.Context, path, secrets string, log *slog.Logger) error {
	c, err := readConfig(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	var gateways []gateway.Gateway
	for _, g := range c.Gateways {
		s, _, err := readSecrets(g.Name, secrets)
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		client, err := g.client(s, c.Till.Demo, log)
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		gateways = append(gateways, client)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	store, err := boltstore.Open(c.Till.Database, boltstore.Options{Verify: boltstore.Child(self, "fsck"), Ballast: ballast})
	if err != nil {
		return err
	}
	defer store.Close()
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	// Each part runs until ctx ends. One that ends earlier has failed, and takes the rest with it: systemd starts us again.
	failed := make(chan error, 8)
	part := func(name string, run func(context.Context) error) {
		wg.Go(func() {
			err := run(ctx)
			if ctx.Err() != nil {
				return
			}
			failed <- fmt.Errorf("%s ended: %w", name, errors.Join(err))
			cancel()
		})
	}

	screen := viewstream.New(viewstream.Options{Log: log})
	options := till.Options{Store: store, Refused: func(err error) bool { return errors.Is(err, boltstore.ErrConflict) },
		Gateways: gateways, Screen: screen, Log: log, Terminal: c.Till.Terminal, Shop: c.Shop.document(), Languages: c.Till.Languages,
		Life: c.Till.Life.Duration, Laps: c.Till.Tries, DayCut: c.Till.DayCut.Duration, PrintOrder: c.Till.PrintOrder,
		PrintReceipt: c.Till.PrintReceipt, Demo: c.Till.Demo}
	if c.Printer.Port != "" {
		profile, err := c.Printer.profile()
		if err != nil {
			return fmt.Errorf("%w: %w", errConfig, err)
		}
		if options.Shop, err = options.Shop.Load(profile.Dots); err != nil {
			return fmt.Errorf("%w: shop.logo: %w", errConfig, err)
		}
		p, err := printer.New(printer.Options{Port: c.Printer.Port, Profile: profile, Log: log})
		if err != nil {
			return fmt.Errorf("%w: printer: %w", errConfig, err)
		}
		options.Paper = paper{p, profile}
		part("printer", p.Run)
	}
	t, err := till.New(options)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	desk, err := counter.New(counter.Options{Till: t, Vault: vault{store.Vault()}, Log: log, Version: release(), DayCut: c.Till.DayCut.Duration})
	if err != nil {
		return err
	}

	part("till", t.Run)
	part("display feed", func(ctx context.Context) error { return screen.Serve(ctx, l.display) })
	part("display events", func(ctx context.Context) error { return follow(ctx, screen, t, log) })
	part("counter", func(ctx context.Context) error { return desk.Serve(ctx, l.api, counter.Door{Kernel: true}) })
	part("warming", func(ctx context.Context) error { return keepWarm(ctx, gateways, t, log) })
	if l.tcp != nil {
		part("counter on tcp", func(ctx context.Context) error { return desk.Serve(ctx, l.tcp, counter.Door{}) })
		log.Info("counter", "url", "http://"+l.tcp.Addr().String())
	}
	select {
	case <-t.Ready():
		notify(log, daemon.SdNotifyReady+"\nSTATUS=taking sales")
		log.Info("ready", "version", release())
	case <-ctx.Done():
	}
	wg.Go(func() { watchdog(ctx, log, t.Ping) })
	<-ctx.Done()
	notify(log, daemon.SdNotifyStopping)
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		log.Info("stopped")
		return nil
	}
}

// document is the shop as slips need it.
func (s ShopConfig) document() printer.Shop {
	return printer.Shop{Name: s.Name, Address: s.Address, Phone: s.Phone, GSTIN: s.GSTIN, Header: s.Header, Footer: s.Footer, Logo: s.Logo}
}
