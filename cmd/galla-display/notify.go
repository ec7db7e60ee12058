package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells systemd how we are (sd_notify(3)). Without systemd it says nothing. Its methods are called from one
// goroutine.
type notifier struct {
	log   *slog.Logger
	every time.Duration // between two WATCHDOG=1; 0: systemd doesn't watch
	last  time.Time
}

// newNotifier prepares for alive being called at least every beat.
func newNotifier(log *slog.Logger, beat time.Duration) *notifier {
	n := &notifier{log: log}
	// WATCHDOG_PID is the unit's main process, which is cage; the frame loop in its child is what is to be watched, and
	// NotifyAccess=all has systemd believe it. With that variable go-systemd would take the watchdog for somebody
	// else's.
	if err := os.Unsetenv("WATCHDOG_PID"); err != nil {
		log.Warn("systemd's watchdog may not be fed", "err", err)
	}
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog settings can't be read; it isn't fed", "err", err)
		return n
	}
	if limit > 0 && limit < 2*beat {
		log.Warn(
			"WatchdogSec is too short: systemd may kill a display that is well; set it to twice the heartbeat or more",
			"watchdog",
			limit,
			"heartbeat",
			beat,
		)
	}
	n.every = limit / 4
	return n
}

func (n *notifier) ready(status string) {
	n.say(daemon.SdNotifyReady + "\nSTATUS=" + status)
}

// alive feeds the watchdog, no oftener than is useful.
func (n *notifier) alive() {
	if n.every == 0 || time.Since(n.last) < min(n.every, time.Second) {
		return
	}
	n.last = time.Now()
	n.say(daemon.SdNotifyWatchdog)
}

func (n *notifier) stopping() { n.say(daemon.SdNotifyStopping) }

func (n *notifier) say(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		n.log.Warn("systemd can't be told", "state", state, "err", err)
	}
}

// feed calls alive until ctx ends, for a process without a frame loop.
func (n *notifier) feed(ctx context.Context) {
	for {
		n.alive()
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}
