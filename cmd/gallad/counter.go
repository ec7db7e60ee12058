package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"

	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/counter/pad"
	"galla/internal/counter/wire"
	"galla/internal/keypad"
	"galla/internal/money"
	"galla/internal/people"
	"galla/internal/till"
)

// newCounter makes the counter's API and console, and the certificate of the listener on the shop's network.
func (b *box) newCounter() error {
	options := counter.Options{
		Till:       b.till,
		Operations: b.operations,
		Settings:   settings{b.store.Settings()},
		Totals:     b.store.Totals(),
		Log:        b.log,
		Version:    release(),
		DayCut:     b.config.Till.DayCut.Duration,
		Demo:       b.config.Till.Demo,

		OpenSales:    b.config.Till.OpenSales,
		SalesAMinute: b.config.Till.SalesAMinute,

		Hosts:    b.config.Listen.Hosts,
		Origins:  b.config.Listen.Origins,
		Idle:     b.config.Listen.Idle.Duration,
		ShowCode: b.till.ShowCode,
		Address:  func() string { return b.sockets.console(b.config.Listen.Hosts) },
		Anchor: func() (string, error) {
			a, err := b.store.Anchor()
			return fmt.Sprintf("%d:%s", a.Seq, a.Hash), err
		},
		Head: func() wire.Head {
			h := b.store.Head()
			return wire.Head{Seq: h.Seq, Hash: hex.EncodeToString(h.Hash[:])}
		},
		Standing: &stands{
			watch:     b.standing,
			paper:     b.paper,
			shop:      b.config.Shop.Name,
			languages: b.config.Till.Languages,
			demo:      b.config.Till.Demo,
		},
		Office:  b.membership,
		Doctor:  b.doctor,
		Metrics: b.measure.Handler(),
	}

	for _, h := range b.hooks {
		options.Hooks = append(options.Hooks, apiHook{h})
	}
	if b.paper != nil {
		options.Printer = b.paper
	}
	keys := keysBeside(b.config.Till.Database)
	var left error // of the room that the old key lies in; the next start tries again
	moved, err := people.MoveKeys(options.Settings, keys, func() error {
		left = b.store.Compact()
		return left
	})
	if moved {
		b.log.Warn(
			"the key of the console's certificate lies in a file of its own from now on; copies of the sales file "+
				"from before hold it still",
			"folder",
			string(keys),
		)
	}

	switch {
	case left != nil:
		b.log.Error("the key was taken out of the sales file, but not all of it", "err", err)
	case err != nil:
		return fmt.Errorf("the private key can't be kept apart from the sales file: %w", err)
	}

	if b.sockets.network != nil {
		var anew bool
		if b.certificate, anew, err = people.Certificate(
			options.Settings,
			keys,
			b.sockets.names(b.config.Listen.Hosts),
		); err != nil {
			return err
		}
		if anew {
			b.log.Warn(
				"the key of the console's certificate was not here, as after a copy was put back on another disk: "+
					"there is a new one. "+
					"Revoke the devices in the console or with galla device list, and pair each phone and PC anew",
				"folder",
				string(keys),
			)
		}
		b.fingerprint = people.Fingerprint(b.certificate)
		options.Fingerprint, options.Certificate = b.fingerprint, b.certificate.Certificate[0]
	}

	b.counter, err = counter.New(options)
	return err
}

// counterTasks are the counter's listeners. Their sockets are open already, so nobody is refused while the till and the
// operations start.
func (b *box) counterTasks() ([]task, error) {
	listener := func(name string, run func(context.Context) error) task {
		return task{name: name, run: run, needs: b.operations.Ready(), patience: startPatience, listens: true}
	}
	tasks := []task{listener("counter", func(ctx context.Context) error {
		return b.counter.Serve(ctx, b.sockets.api, counter.Listener{Kernel: true})
	})}

	proxy, _ := netip.ParseAddr(b.config.Listen.Proxy) // checked; none where there is none
	if l := b.sockets.tcp; l != nil {
		who := counter.Listener{Proxy: proxy}
		if role := b.config.Listen.TCPRole; role != "" {
			var err error
			if who.Trust, err = people.ParseRole(role); err != nil {
				return nil, fmt.Errorf("%w: listen.tcp_role: %w", errConfig, err)
			}
		}
		tasks = append(tasks, listener("counter on tcp", func(ctx context.Context) error {
			return b.counter.Serve(ctx, l, who)
		}))
		b.log.Info("counter", "url", "http://"+l.Addr().String())
	}

	if l := b.sockets.network; l != nil {
		who := counter.Listener{
			Proxy: proxy,
			TLS:   &tls.Config{Certificates: []tls.Certificate{b.certificate}, MinVersion: tls.VersionTLS12},
		}
		tasks = append(tasks, listener("counter on the network", func(ctx context.Context) error {
			return b.counter.Serve(ctx, l, who)
		}))
		b.log.Info("counter", "url", "https://"+l.Addr().String(), "fingerprint", b.fingerprint)
	}
	return tasks, nil
}

// newPad makes the state machine of the number pad at the customer's screen.
// Its limit is [keypad] limit or the till's, whichever is lower.
func newPad(c config.Keypad, t *till.Till, log *slog.Logger) (*keypad.Pad, error) {
	machine := keypad.Machine{Fill: c.PaiseFill, Limit: t.Limit()}
	if c.Limit != "" {
		own, err := money.Parse(c.Limit)
		if err != nil {
			return nil, fmt.Errorf("%w: keypad.limit: %w", errConfig, err)
		}
		machine.Limit = min(machine.Limit, own)
	}
	return keypad.New(pad.New(t), log, machine, nil), nil
}
