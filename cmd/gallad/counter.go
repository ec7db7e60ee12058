package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"

	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/money"
	"galla/internal/till"
)

// newCounter makes the counter's API and console, and the certificate of the listener on the shop's network.
func (b *box) newCounter() error {
	options := counter.Options{
		Till:       b.till,
		Operations: b.operations,
		Vault:      vault{b.store.Vault()},
		Log:        b.log,
		Version:    release(),
		DayCut:     b.config.Till.DayCut.Duration,
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
		if b.certificate, err = counter.Certificate(options.Vault, b.sockets.names(b.config.Listen.Hosts)); err != nil {
			return err
		}
		b.fingerprint = counter.Fingerprint(b.certificate)
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
			if who.Trust, err = counter.ParseRole(role); err != nil {
				return nil, fmt.Errorf("%w: listen.tcp_role: %w", errConfig, err)
			}
		}
		tasks = append(tasks, listener("counter on tcp", func(ctx context.Context) error { return b.counter.Serve(ctx, l, who) }))
		b.log.Info("counter", "url", "http://"+l.Addr().String())
	}

	if l := b.sockets.network; l != nil {
		who := counter.Door{TLS: &tls.Config{Certificates: []tls.Certificate{b.certificate}, MinVersion: tls.VersionTLS12}}
		tasks = append(tasks, listener("counter on the network", func(ctx context.Context) error { return b.counter.Serve(ctx, l, who) }))
		b.log.Info("counter", "url", "https://"+l.Addr().String(), "fingerprint", b.fingerprint)
	}
	return tasks, nil
}

// hintTasks are the listener of gateways' posts and what works on them; none where no gateway is to post.
func (b *box) hintTasks() ([]task, error) {
	tell := func(gateway string, ids ...string) {
		b.till.Hint(gateway, ids...)
		b.operations.Hint(gateway, ids...)
	}
	posted, err := newHints(b.config.Gateways, b.gateways, b.secrets, tell, b.log)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	l := b.sockets.hints
	if posted == nil || l == nil {
		return nil, nil
	}
	// A hint is about a sale that the till watches, and it watches none before Ready.
	tasks := []task{{name: "hints", needs: b.till.Ready(), patience: startPatience, listens: true, run: func(ctx context.Context) error {
		return counter.Serve(ctx, l, counter.Door{}, posted.mux, b.log)
	}}}
	for _, run := range posted.tasks {
		tasks = append(tasks, task{name: "hints of a gateway", run: run})
	}
	b.log.Info("hints of gateways", "at", "http://"+l.Addr().String()+"/hints/NAME")
	return tasks, nil
}

// webhookTasks sends events to billing software, where it is configured. It reads the till's sequence when it runs for the
// first time, and events from where it was, so it waits for Ready: before that the till has not said where it is.
func (b *box) webhookTasks() ([]task, error) {
	if b.config.Hook.URL == "" {
		return nil, nil
	}
	secret, _, err := config.Credential("hook-secret", b.secrets)
	if err != nil {
		return nil, fmt.Errorf("%w: hook: %w", errConfig, err)
	}
	hook, err := counter.NewHook(counter.HookOptions{
		Till:   b.till,
		Vault:  vault{b.store.Vault()},
		Log:    b.log,
		URL:    b.config.Hook.URL,
		Secret: bytes.TrimSpace(secret),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: hook: %w", errConfig, err)
	}
	return []task{{name: "hook", needs: b.till.Ready(), run: hook.Run}}, nil
}

// newPad makes the state machine of the number pad at the customer's screen.
func newPad(c config.Keypad, t *till.Till, log *slog.Logger) (*counter.Pad, error) {
	keypad := counter.Keypad{Fill: c.PaiseFill}
	if c.Limit != "" {
		var err error
		if keypad.Limit, err = money.Parse(c.Limit); err != nil {
			return nil, fmt.Errorf("%w: keypad.limit: %w", errConfig, err)
		}
	}
	return counter.NewPad(t, log, keypad, nil), nil
}
