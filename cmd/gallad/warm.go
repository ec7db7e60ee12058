package main

import (
	"context"
	"log/slog"
	"time"

	"galla/gateway"
	"galla/internal/till"
)

// clockEvery is how often a gateway is tried while this box has no right time: the network may tell it at any moment.
const clockEvery = 5 * time.Second

// warmth is how long after the last event a next sale is likely enough to keep the gateways' connections open.
const warmth = 15 * time.Minute

// warmer is a gateway that can open its connection, and get its token, ahead of the next sale.
type warmer interface{ Warm(context.Context) error }

// keepWarm spares a sale the TLS handshake: at the start, and while there was trade in the last minutes. It is also the
// only thing that waits for the time: nothing but TLS needs it. It reads the sequence from the store, so it needs no
// Ready.
func keepWarm(ctx context.Context, gateways []gateway.Gateway, t *till.Till, log *slog.Logger) error {
	wake := time.NewTimer(0)
	defer wake.Stop()
	seq, err := t.Seq()
	if err != nil {
		return err
	}
	at := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake.C:
		}
		next := gateway.WarmEvery
		now, err := t.Seq()
		if err != nil {
			return err
		}
		if now != seq {
			seq, at = now, time.Now()
		}
		if time.Since(at) < warmth {
			for _, g := range gateways {
				if w, ok := g.(warmer); ok {
					err := w.Warm(ctx)
					if ctx.Err() != nil {
						return nil
					}
					if t.ObserveCall(g.Name(), err); err != nil {
						log.Warn("gateway can't be warmed: the next sale will say more",
							"gateway", g.Name(), "err", err)
					}
					if gateway.ClockBehind(err) {
						next, at = clockEvery, time.Now() // trade or not: the screen says so until it is over
					}
				}
			}
		}
		wake.Reset(next)
	}
}
