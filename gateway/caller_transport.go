package gateway

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// dialTimeout and handshakeTimeout bound the two steps before anything is sent: a failure there is certain ("not
	// sent"), so it is cheap to give up early and let the next gateway be asked. A proxy's answer to CONNECT belongs to
	// the first.
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 7 * time.Second
	// nameTimeout is how soon a name is asked for again: one lost packet of DNS costs this, where the system's resolver
	// waits 5 s, which is the whole of dialTimeout.
	nameTimeout = time.Second
	// idleTimeout closes an unused connection from our side before the usual servers do from theirs (60 s and up):
	// a connection that the server closes while a write is on its way makes that write's outcome unknown.
	idleTimeout = 50 * time.Second
	// WarmEvery keeps a connection inside idleTimeout.
	WarmEvery = 40 * time.Second
)

// transport is one pool of connections: proxy from the environment (HTTPS_PROXY, NO_PROXY), TLS 1.2 or newer with
// the system's roots, HTTP/2 where offered, connections kept open between calls. It has no switch for weaker checks.
func transport() *http.Transport { return transportBy(new(net.Dialer).DialContext) }

// transportBy is transport where names reaches the name servers.
func transportBy(names dialFunc) *http.Transport {
	d := &dialer{Dialer: net.Dialer{KeepAlive: 15 * time.Second, Resolver: impatientResolver(names)}}
	return &http.Transport{
		Proxy:       d.proxy(http.ProxyFromEnvironment),
		DialContext: d.dial,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(8),
		},
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        8,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		// A connection that went dead without a word (a router restarted) is noticed by an unanswered ping instead
		// of by the next sale.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 2 * time.Second},
	}
}

// newTransport is what every till uses: transport, and a fresh pool where the present one goes dead.
func newTransport() http.RoundTripper { return &lines{make: transport} }

// NewTransport is newTransport for a rig whose name servers are its own.
func NewTransport(names func(ctx context.Context, network, address string) (net.Conn, error)) http.RoundTripper {
	return &lines{make: func() *http.Transport { return transportBy(names) }}
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// dialer opens one connection, its name, its TCP and a proxy's CONNECT within dialTimeout.
type dialer struct {
	net.Dialer
	proxies sync.Map // host:port of each proxy that was chosen
}

// proxy notes which addresses are proxies: what the first answer of those means is known.
func (d *dialer) proxy(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		u, err := choose(r)
		if u != nil {
			d.proxies.Store(u.Hostname(), true)
		}
		return u, err
	}
}
