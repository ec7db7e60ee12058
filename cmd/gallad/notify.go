package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells systemd; without systemd it does nothing (sd_notify(3)).
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd could not be told", "state", state, "err", err)
	}
}

// patience asks systemd to wait so long for the start from here on (EXTEND_TIMEOUT_USEC of sd_notify(3)).
func patience(log *slog.Logger, d time.Duration, what string) {
	notify(log, fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d\nSTATUS=%s", d.Microseconds(), what))
}

// watchdog feeds systemd's watchdog for as long as the engine truly turns over (sd_watchdog_enabled(3)): ping goes
// through the same loop as every sale, so a stuck engine is not fed and systemd restarts it.
func watchdog(ctx context.Context, log *slog.Logger, ping func(context.Context) error) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		return
	}
	tick := time.NewTicker(interval / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		turn, cancel := context.WithTimeout(ctx, interval/3)
		err := ping(turn)
		cancel()
		if err == nil {
			notify(log, daemon.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			log.Error("the engine did not turn over; systemd is not told that all is well", "err", err)
		}
	}
}
