package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"

	"galla/internal/config"
	"galla/internal/counter"
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
		Vault:      vault{b.store.Vault()},
		Totals:     b.store.Totals(),
		Log:        b.log,
		Version:    release(),
		DayCut:     b.config.Till.DayCut.Duration,
		Demo:       b.config.Till.Demo,
		Hosts:      b.config.Listen.Hosts,
		ShowCode:   b.till.ShowCode,
		Address:    func() string { return b.sockets.console(b.config.Listen.Hosts) },
		Anchor: func() (string, error) {
			a, err := b.store.Anchor()
			return fmt.Sprintf("%d:%s", a.Seq, a.Hash), err
		},
		Doctor:  b.doctor,
		Metrics: b.measure.Handler(),
	}
	if b.paper != nil {
		options.Printer = b.paper
	}
	var err error
	if b.sockets.network != nil {
		if b.certificate, err = people.Certificate(options.Vault, b.sockets.names(b.config.Listen.Hosts)); err != nil {
			return err
		}
		b.fingerprint = people.Fingerprint(b.certificate)
		options.Fingerprint, options.Certificate = b.fingerprint, b.certificate.Certificate[0]
	}
	b.counter, err = counter.New(options)
	return err
}

// counterTasks are the counter's listeners. Their sockets are open already, so nobody is refused while the till starts.
func (b *box) counterTasks() ([]task, error) {
	listener := func(name string, run func(context.Context) error) task {
		return task{name: name, run: run, needs: b.till.Ready(), patience: startPatience, listens: true}
	}
	tasks := []task{listener("counter", func(ctx context.Context) error {
		return b.counter.Serve(ctx, b.sockets.api, counter.Door{Kernel: true})
	})}

	if l := b.sockets.tcp; l != nil {
		var who counter.Door
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
		who := counter.Door{
			TLS: &tls.Config{Certificates: []tls.Certificate{b.certificate}, MinVersion: tls.VersionTLS12},
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
	return keypad.New(counter.PadTill(t), log, machine, nil), nil
}
