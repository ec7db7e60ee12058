package main

import (
	"bytes"
	"fmt"

	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/webhook"
)

// webhookTasks sends events to billing software, where it is configured. Events and their numbers come from the store,
// so it waits for nothing.
func (b *box) webhookTasks() ([]task, error) {
	if b.config.Hook.URL == "" {
		return nil, nil
	}
	secret, _, err := config.Credential("hook-secret", b.secrets)
	if err != nil {
		return nil, fmt.Errorf("%w: hook: %w", errConfig, err)
	}
	hook, err := webhook.New(webhook.Options{
		Till:   b.till,
		Vault:  vault{b.store.Vault()},
		Log:    b.log,
		Encode: counter.Delivery(b.till),
		URL:    b.config.Hook.URL,
		Secret: bytes.TrimSpace(secret),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: hook: %w", errConfig, err)
	}
	return []task{{name: "hook", run: hook.Run}}, nil
}
