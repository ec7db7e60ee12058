package counter

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"galla/internal/counter/body"
	"galla/internal/quota"
)

// Listener says how the callers of a net.Listener are known.
type Listener struct {
	// Kernel: a Unix socket, whose peer's user id the kernel tells.
	Kernel bool
	// Trust, on a loopback listener: everyone who can reach it has this role without a token. Zero: a token is needed.
	Trust Role
	// TLS, when set, is spoken on the listener, which must be a plain one.
	TLS *tls.Config
	// Proxy is the address of a trusted reverse proxy: what it says of a request's scheme and sender counts, and its
	// connections are many people's. The zero value: there is none.
	Proxy netip.Addr
}

// The limits a client lives under. A sale is a few hundred bytes; nobody honest comes near any of them.
const (
	maxBody     = body.Most
	maxHeader   = 16 << 10
	maxConns    = 256              // over one listener; feeds included
	maxStreams  = 16               // calls at a time over one connection of HTTP/2
	strangers   = 128              // of them, without a token
	perSource   = 24               // of those, from one address
	perDevice   = 32               // of a paired device
	perLocal    = 128              // of a user of this machine
	feedsDevice = 8                // feeds of a paired device
	feedsLocal  = 32               // and of a user of this machine
	readsAtOnce = 2                // calls of a caller that read much
	turnTime    = 20 * time.Second // that another one waits for its turn
	restTime    = 10 * time.Second // of a kept connection without a token
	headerTime  = 5 * time.Second  // to send the header
	requestTime = 15 * time.Second // to send all of it
	answerTime  = 30 * time.Second // to take the answer, and one write of a feed
	idleTime    = 2 * time.Minute  // of a kept connection
	stopTime    = time.Second      // that running calls get when gallad stops
)

// Serve answers on l until ctx ends, then lets running calls finish for a second and returns nil. Feeds end at once:
// their clients come back with the last event they saw.
func (c *Counter) Serve(ctx context.Context, l net.Listener, d Listener) error {
	return Serve(ctx, l, d, c.Handler(d), c.log)
}

// Serve answers on l with any handler, under the counter's limits, until ctx ends. Whoever was let in by then
// is answered, for a second: behind a socket that systemd holds, those who didn't are the next gallad's.
func Serve(ctx context.Context, l net.Listener, d Listener, h http.Handler, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		// what broken clients make of TLS and HTTP
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stopKey{}, ctx.Done())
		},
		ConnContext: withPeer,
		HTTP2:       &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}

	listener := quota.NewListener(l, quota.Limits{Most: maxConns, Strangers: strangers, PerSource: perSource,
		Rest: restTime, Proxy: d.Proxy})
	s.ConnState = listener.State
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	l = listener
	if d.TLS != nil {
		spoken := d.TLS.Clone()
		spoken.NextProtos = []string{"h2", "http/1.1"} // a browser has six connections of HTTP/1.1 for all its pages
		l = tls.NewListener(l, spoken)                 // outermost: the server tells a TLS connection by its type
	}
	err := s.Serve(l)
	if ctx.Err() != nil {
		err = nil
	}

	cancel() // the feeds
	// Not s.Shutdown: it breaks connections whose first request it has not read yet, and knows nothing of the newest.
	for late := time.After(stopTime); !listener.Empty(); {
		s.SetKeepAlivesEnabled(false) // closes those at rest as well
		select {
		case <-late:
			return errors.Join(err, s.Close())
		case <-time.After(2 * time.Millisecond):
		}
	}

	return err
}

// stopKey finds, in a request's context, the channel that closes when the server stops: it waits for feeds, and nothing
// else tells them.
type stopKey struct{}

func stopping(ctx context.Context) <-chan struct{} {
	ch, _ := ctx.Value(stopKey{}).(<-chan struct{})
	return ch // nil outside Serve: never closes
}
