package gateway

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	// dialTimeout and handshakeTimeout bound the two steps before anything is sent: a failure there is certain
	// ("not sent"), so it is cheap to give up early and let the next gateway be asked.
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 7 * time.Second
	// idleTimeout closes an unused connection from our side before the usual servers do from theirs (60 s and up):
	// a connection that the server closes while a write is on its way makes that write's outcome unknown.
	idleTimeout = 50 * time.Second
	// WarmEvery keeps a connection inside idleTimeout.
	WarmEvery = 40 * time.Second
)

// newTransport is what every till uses: proxy from the environment (HTTPS_PROXY, NO_PROXY), TLS 1.2 or newer with
// the system's roots, HTTP/2 where offered, connections kept open between calls. It has no switch for weaker checks.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(8)},
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           8,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        8,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		// A connection that went dead without a word (a router restarted) is noticed by an unanswered ping instead
		// of by the next sale.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}
