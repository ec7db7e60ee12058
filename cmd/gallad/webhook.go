package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"galla/internal/config"
	"galla/internal/counter"
	"galla/internal/counter/feed"
	"galla/internal/counter/wire"
	"galla/internal/webhook"
)

// newHooks makes what sends events to the shop's software, where it is configured.
func (b *box) newHooks() error {
	for _, h := range b.config.Hooks {
		if h.URL == "" {
			continue
		}
		secrets, _, err := config.Credential(h.Credential(), b.secrets)
		if err != nil {
			return fmt.Errorf("%w: hook %s: %w", errConfig, hookName(h), err)
		}
		o, err := hookOptions(h, b.till, secrets)
		if err != nil {
			return fmt.Errorf("%w: hook %s: %w", errConfig, hookName(h), err)
		}
		o.Till, o.Settings, o.Log = b.till, settings{b.store.Settings()}, b.log
		hook, err := webhook.New(o)
		if err != nil {
			return fmt.Errorf("%w: hook %s: %w", errConfig, hookName(h), err)
		}
		if err := hook.Begin(); err != nil { // before the till runs: its first sale is told, too
			return err
		}
		b.hooks = append(b.hooks, hook)
	}
	return nil
}

// webhookTasks run the hooks. Events and their numbers come from the store, so they wait for nothing.
func (b *box) webhookTasks() (tasks []task, err error) {
	for _, h := range b.hooks {
		tasks = append(tasks, task{name: "hook " + h.Status().Name, run: h.Run})
	}
	return tasks, nil
}

// hookName is what "galla hook status" calls it.
func hookName(h config.Hook) string { return cmp.Or(h.Name, "main") }

// hookOptions are those that the settings give.
func hookOptions(h config.Hook, t counter.Till, secrets []byte) (o webhook.Options, err error) {
	o = webhook.Options{
		Name:    h.Name,
		URL:     h.URL,
		Trust:   webhook.Trust{Fingerprint: h.Fingerprint},
		Secrets: secrets,
		Probe:   feed.Probe(),
	}
	if h.CA != "" {
		if o.Trust.CA, err = os.ReadFile(h.CA); errors.Is(err, fs.ErrPermission) {
			return o, err
		}
		if err != nil {
			return o, fmt.Errorf("ca: %w", err)
		}
	}
	if o.Encode, err = feed.Delivery(t, h.Kinds); err != nil {
		return o, fmt.Errorf("kinds: %w", err)
	}
	return o, nil
}

// apiHook is a webhook as the API tells of it.
type apiHook struct{ *webhook.Hook }

func (t apiHook) Status() wire.Hook {
	s := t.Hook.Status()
	return wire.Hook{
		Name:         s.Name,
		Host:         s.Host,
		Seq:          s.At,
		FailingSince: s.Failing.UTC().Truncate(time.Millisecond),
		Tries:        s.Tries,
		Problem:      s.Problem,
		NextTryAt:    s.Next.UTC().Truncate(time.Millisecond),
	}
}
