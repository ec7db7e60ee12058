package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"galla/display"
	"galla/display/viewstream"
	"galla/internal/counter"
	"galla/state/boltstore"
)

const (
	configPoll     = 2 * time.Second  // how often the config is checked
	retryDiskAfter = 15 * time.Second // after which a start that failed for the disk's sake is tried again
	retryAfter     = 5 * time.Minute  // after which any is
)

// degraded runs instead of a gallad that can't start, while systemd holds its sockets: it tells the customer's screen,
// the counter and the command line, which wait at their other end, why nothing can be sold. It takes no sale and writes
// nothing. It returns errRestart, for systemd to start gallad anew, when the config was changed or some time is over;
// nil when ctx ends. Without sockets from systemd a person is watching: cause is returned at once. So is what stopped a
// gallad that had started.
func degraded(ctx context.Context, config string, given map[string][]net.Listener, cause error,
	log *slog.Logger) error {
	if len(given) == 0 || errors.Is(cause, errStopped) {
		return cause
	}
	reason, patience, next := display.ReasonStorage, retryDiskAfter, "Call the owner. Nothing is lost: what was "+
		"sold is in the sales file or at the gateway."
	switch {
	case errors.Is(cause, errConfig):
		reason, patience, next = display.ReasonNotConfigured, retryAfter, "Call the owner: galla setup on the box, "+
			"or gallad check, says what is missing."
	case errors.Is(cause, boltstore.ErrDamaged):
		next = "Call the owner: the README's \"What is on disk\" says how the sales file is " +
			"rebuilt with gallad salvage."
	}

	text, _, _ := strings.Cut(cause.Error(), "\n")
	if errors.Is(cause, errConfig) && unset(config) {
		text, next = "this till is not set up yet", "Answer the page that the customer's screen leads to, or run "+
			"sudo galla setup on the box."
	}
	log.Error("gallad can't sell, and says so to whoever asks", "why", text, "next", next)
	notify(log, daemon.SdNotifyReady+"\nSTATUS=not selling: "+text)

	if errors.Is(cause, errConfig) && unset(config) {
		patience = firstRunLimit // the code on the screen stays good while somebody looks for the keys
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	screen := viewstream.New(viewstream.Options{Log: log})
	screen.Publish(display.View{Screen: display.ScreenOutOfService, Reason: reason, Languages: []string{"en"}})
	if errors.Is(cause, errConfig) && unset(config) {
		wg.Go(func() { report(log, "setup", firstRun(ctx, config, screen, log)) })
	}
	for name, listeners := range given {
		for _, l := range listeners {
			if name == "display" {
				wg.Go(func() { report(log, name, screen.Serve(ctx, l)) })
				wg.Go(func() { discardEvents(ctx, screen.Events()) })
				continue
			}
			if name != "api" { // no listener on the network: who may call is not known
				l.Close()
				continue
			}
			wg.Go(func() {
				report(log, name, counter.Serve(ctx, l, counter.Listener{}, counter.Closed(text, next), log))
			})
		}
	}

	wg.Go(func() { watchdog(ctx, log, func(context.Context) error { return nil }) })

	before := configModTime(config)
	tick := time.NewTicker(configPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return errRestart
			}
			return nil
		case <-tick.C:
			if !configModTime(config).Equal(before) {
				log.Info("the config was changed: starting again")
				return errRestart
			}
		}
	}
}

// errStopped marks what ended a gallad that had started: systemd starts it again at once.
var errStopped = errors.New("stopped")

// errRestart ends degraded: the next start may succeed. It does not wrap errConfig, after which systemd would not start
// gallad again.
var errRestart = errors.New("gallad starts again")

func report(log *slog.Logger, socket string, err error) {
	if err != nil {
		log.Error("a socket can't be served", "socket", socket, "err", err)
	}
}

// discardEvents reads what displays send, which blocks them otherwise: without a sale none of it matters.
func discardEvents(ctx context.Context, events <-chan viewstream.Event) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
		}
	}
}

// configModTime is when the config was last written; zero when it isn't there.
func configModTime(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
