package main

import (
	"context"
	"log/slog"
	"time"

	"galla/gateway"
	"galla/internal/till"
)

// warmth is how long after the last event a next sale is likely enough to keep the gateways' connections open.
const warmth = 15 * time.Minute

// warmer is a gateway that can open its connection, and get its token, ahead of the next sale.
type warmer interface{ Warm(context.Context) error }

// keepWarm spares a sale the TLS handshake: at the start, and while there was trade in the last minutes.
func keepWarm(ctx context.Context, gateways []gateway.Gateway, t *till.Till, log *slog.Logger) error {
	tick := time.NewTicker(gateway.WarmEvery)
	defer tick.Stop()
	seq, at := t.Health().Seq, time.Now()
	for {
		if now := t.Health().Seq; now != seq {
			seq, at = now, time.Now()
		}
		if time.Since(at) < warmth {
			for _, g := range gateways {
				if w, ok := g.(warmer); ok {
					if err := w.Warm(ctx); err != nil && ctx.Err() == nil {
						log.Warn("gateway can't be warmed: the next sale will say more", "gateway", g.Name(), "err", err)
					}
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
