package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"galla/gateway"
	"galla/state/boltstore"
)

// learntEvery is how often it is seen whether a gateway's client has learnt something: seldom, and it is little to
// lose.
const learntEvery = time.Minute

// learning gives the clients what earlier processes learnt of their accounts, and returns the task that keeps what this
// one learns. A setting that can't be read is logged, and learnt anew.
func learning(store *boltstore.Store, gateways []gateway.Gateway, log *slog.Logger) (run func(context.Context) error) {
	settings := store.Settings()
	kept := map[string][]byte{}
	for _, g := range gateways {
		l, ok := g.(gateway.Learner)
		if !ok {
			continue
		}
		raw, err := settings.Get(learntKey(g.Name()))
		if err == nil && raw != nil {
			err = l.Learn(raw)
		}
		if err != nil {
			log.Warn(
				"what was learnt of a gateway's account can't be read: it is learnt anew",
				"gateway",
				g.Name(),
				"err",
				err,
			)
		}
		kept[g.Name()] = raw
	}

	keep := func() error {
		for _, g := range gateways {
			l, ok := g.(gateway.Learner)
			if !ok {
				continue
			}
			now, err := l.Learnt()
			if err != nil {
				return fmt.Errorf("gateway %q: %w", g.Name(), err)
			}
			if bytes.Equal(now, kept[g.Name()]) {
				continue
			}
			// If we die here, the next process learns it again.
			if err := settings.Put(learntKey(g.Name()), now); err != nil {
				log.Warn("what was learnt of a gateway's account could not be kept", "gateway", g.Name(), "err", err)
				continue
			}
			kept[g.Name()] = now
		}
		return nil
	}

	return func(ctx context.Context) error {
		every := time.NewTicker(learntEvery)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return keep()
			case <-every.C:
			}
			if err := keep(); err != nil {
				return err
			}
		}
	}
}

func learntKey(gateway string) string { return "learnt:" + gateway }
