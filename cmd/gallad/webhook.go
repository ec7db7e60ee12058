package main

import (
	"bytes"
	"fmt"

	"galla/internal/config"
	"galla/internal/counter"
)

// webhookTasks sends events to billing software, where it is configured. It reads the till's sequence when it runs for
// the first time, and events from where it was, so it waits for Ready: before that the till has not said where it is.
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
