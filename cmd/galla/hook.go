package main

import (
	"fmt"
	"time"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// hookCommand is about the webhooks: what the shop's own software is told.
type hookCommand struct {
	Status hookStatusCommand `cmd:"" default:"withargs" help:"${hook_status}"`
	Test   hookTestCommand   `cmd:"" help:"Send a message without events now, and say what the receiver answered."`
	Again  hookAgainCommand  `cmd:"" help:"Send everything after an event once more."`
}

type hookStatusCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. It ends with exit code 75 while a receiver takes nothing.
func (c *hookStatusCommand) Run(s *session) error {
	list, err := s.till.Hooks(s)
	if err != nil {
		return err
	}
	if err := show(s, c.JSON, list, func(l wire.Hooks) { textview.Hooks(s.out, l) }); err != nil {
		return err
	}
	for _, h := range list.Hooks {
		if !h.FailingSince.IsZero() {
			return outcome(exitTryLater)
		}
	}
	return nil
}

// hookNamed is which one is meant.
type hookNamed struct {
	Name string `arg:"" optional:"" default:"main" help:"Its name in gallad.toml; main is the one without."`
}

type hookTestCommand struct {
	hookNamed
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run implements the command. A message that was not taken ends with exit code 75.
func (c *hookTestCommand) Run(s *session) error {
	t, err := s.till.TestHook(s, client.Key(), c.Name)
	if err != nil {
		return err
	}
	err = show(s, c.JSON, t, func(t wire.HookTest) {
		took := (time.Duration(t.Ms) * time.Millisecond).Round(time.Millisecond)
		if t.Taken {
			fmt.Fprintf(s.out, "taken, after %v\n", took)
		} else {
			fmt.Fprintf(s.out, "not taken, after %v: %s\n", took, t.Problem)
		}
	})
	if err == nil && !t.Taken {
		return outcome(exitTryLater)
	}
	return err
}

type hookAgainCommand struct {
	hookNamed
	Since uint64 `required:"" help:"Number of the last event that is not sent again; 0 sends all that are kept."`
	JSON  bool   `name:"json" help:"Print it as JSON."`
}

// Run implements the command.
func (c *hookAgainCommand) Run(s *session) error {
	h, err := s.till.Redeliver(s, client.Key(), c.Name, c.Since)
	if err != nil {
		return err
	}
	return show(s, c.JSON, h, func(h wire.Hook) {
		fmt.Fprintf(s.out, "everything after event %d is sent to %s again\n", c.Since, h.Host)
	})
}
