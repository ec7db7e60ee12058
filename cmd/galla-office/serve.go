package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"galla/internal/office"
	"galla/internal/office/config"
	"galla/internal/office/joining"
	"galla/internal/office/metrics"
	"galla/internal/office/watch"
	"galla/internal/office/web"
)

const (
	headerTime = 10 * time.Second
	restTime   = 150 * time.Second // boxes beat every minute on one connection
	stopTime   = 20 * time.Second  // calls under way have, when we stop
	maxHeader  = 32 << 10
)

type serveCommand struct{}

func (*serveCommand) Run(s *session) error {
	log := slog.New(slog.NewTextHandler(s.err, nil))
	c, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(c)
	if err != nil {
		return err
	}
	defer store.Close() // behind all that use it

	counts := metrics.New(release())
	core := office.New(store, nil)
	members := joining.New(store.Joining(), rand.Reader, nil)
	watched := watch.New(watch.Options{
		Store:   store.Watch(),
		Version: release(),
		Log:     log,
		Told:    func(c watch.Counts) { counts.Terminals(c.Terminals, c.Holds) },
	})
	boxes := web.NewBox(web.Options{
		Core:    core,
		Members: members,
		Callers: store,
		Beats:   watched,
		Counts:  counts,
		Log:     log,
		From:    web.From(c.BehindProxy),
		Prefix:  c.Prefix(),
	})
	counts.Queue(boxes.Waiting)

	tell, err := tellers(c, s.secrets, store, counts, log)
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.Handle(c.Prefix()+"/v1/", boxes.Handler())
	if c.Prefix() != "" { // a proxy may take it away
		routes.Handle("/v1/", boxes.Handler())
	}
	shown, err := shownPages(c, store, members, log)
	if err != nil {
		return err
	}
	for _, path := range []string{"/{$}", "/office/", "/v1/owner/"} {
		routes.Handle(path, shown)
	}
	doors, err := openDoors(c, routes, counts.Handler(), log)
	if err != nil {
		return err
	}

	// What works outlives the doors: it answers the calls that are under way.
	work, rest := context.WithCancel(context.WithoutCancel(s))
	var all sync.WaitGroup
	all.Go(func() { boxes.Run(work) })
	all.Go(func() { watched.Run(work) })
	for _, t := range tell {
		all.Go(func() { t.Run(work) })
	}
	all.Go(func() {
		core.Watch(work, func(err error) { log.Error("the days could not be looked at", "error", err) })
	})
	notify(log, daemon.SdNotifyReady)
	log.Info("the office is open", "listen", c.Listen, "address", c.Address, "version", release())
	err = doors.wait(s)
	notify(log, daemon.SdNotifyStopping)
	doors.close()
	rest()
	all.Wait()
	return err
}

// notify tells systemd; without systemd it does nothing (sd_notify(3)).
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd could not be told", "state", state, "error", err)
	}
}

// doors are the servers.
type doors struct {
	servers []*http.Server
	failed  chan error
}

// openDoors listens, and serves from then on.
func openDoors(c *config.Config, office, metrics http.Handler, log *slog.Logger) (*doors, error) {
	d := &doors{failed: make(chan error, 2)}
	main, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: listen: %w", errConfig, err)
	}
	if c.BehindProxy == "" {
		shown := certificate{files: c.TLS}
		if _, err := shown.load(); err != nil {
			main.Close()
			return nil, err
		}
		main = tls.NewListener(main, &tls.Config{
			MinVersion:     tls.VersionTLS12,
			NextProtos:     []string{"http/1.1"}, // a box has two calls under way at most
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown.load() },
		})
	}
	d.serve(main, office, log)
	if c.Metrics != "" {
		side, err := net.Listen("tcp", c.Metrics)
		if err != nil {
			d.close()
			return nil, fmt.Errorf("%w: metrics: %w", errConfig, err)
		}
		routes := http.NewServeMux()
		routes.Handle("GET /metrics", metrics)
		d.serve(side, routes, log)
	}
	return d, nil
}

func (d *doors) serve(l net.Listener, h http.Handler, log *slog.Logger) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       restTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // strangers' handshakes
	}
	d.servers = append(d.servers, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			d.failed <- err
		}
	}()
}

// wait returns when ctx ends, or a server does.
func (d *doors) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.failed:
		return err
	}
}

// close takes nothing new, and lets calls that are under way end.
func (d *doors) close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	for _, s := range d.servers {
		if s.Shutdown(ctx) != nil {
			s.Close() // boxes ask for the heads
		}
	}
}
