package main

import (
	"fmt"
	"log/slog"
	"time"

	"galla/gateway"
	"galla/internal/config"
	"galla/internal/metrics"
)

// openGateways makes the clients of the configured gateways, in the order they are asked. Nothing is sent yet.
func openGateways(c *config.Config, secrets string, measure *metrics.Metrics, log *slog.Logger) (
	gateways []gateway.Gateway, err error) {

	for _, g := range c.Gateways {
		s, _, err := config.ReadSecrets(g.Name, secrets)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errConfig, err)
		}
		client, err := g.Client(s, c.Till.Demo, log, func(op string, class gateway.Class, took time.Duration) {
			measure.Call(g.Name, op, string(class), took)
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errConfig, err)
		}
		gateways = append(gateways, client)
	}
	return gateways, nil
}
