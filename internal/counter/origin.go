package counter

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

// Pages of other origins may call the API where the configuration names them ([listen] origins), with a bearer token
// and with nothing that a browser sends by itself: no cookie, and no trust in the listener. So a page can do only what
// a token that it was given can.

// Of a request that came from such a page, and of one that a trusted proxy received over TLS.
type (
	crossKey   struct{}
	forwardKey struct{}
)

// readable are the headers of an answer that such a page may read. The API's document describes each of them.
const readable = "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Request-Id, Retry-After"

// crossed says that a request came from a page of another origin.
func crossed(r *http.Request) bool { return r.Context().Value(crossKey{}) != nil }

// overTLS says that the caller speaks TLS, to us or to the proxy.
func overTLS(r *http.Request) bool { return r.TLS != nil || r.Context().Value(forwardKey{}) == "https" }

// forwarded reads what a trusted proxy says of a request that it hands on: the scheme, and whom it had it from, the
// last of X-Forwarded-For, which the proxy wrote itself. From anybody else these headers mean nothing.
func forwarded(d Listener, r *http.Request) *http.Request {
	if !d.Proxy.IsValid() || source(r).Unmap() != d.Proxy.Unmap() {
		return r
	}
	scheme := "http"
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	n := r.WithContext(context.WithValue(r.Context(), forwardKey{}, scheme))
	all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if from, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
		n.RemoteAddr = netip.AddrPortFrom(from.Unmap(), 0).String()
	}
	return n
}

// ofProxy says that a trusted proxy handed the request on.
func ofProxy(r *http.Request) bool { return r.Context().Value(forwardKey{}) != nil }

// cross tells a browser that a page of a configured origin may call and read the answer (WHATWG Fetch, 3.2). preflight
// says that the request only asked for that, and is answered.
func (c *Counter) cross(w http.ResponseWriter, r *http.Request, d Listener) (n *http.Request, preflight bool) {
	if len(c.origins) == 0 || d.Kernel || !strings.HasPrefix(r.URL.Path, "/v1/") {
		return r, false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !c.origins[origin] || sameOrigin(origin, r, d) {
		return r, false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", readable)
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, "+
			"Idempotency-Key, If-None-Match, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
		// of a page of the internet, to the shop's network
		if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
			h.Set("Access-Control-Allow-Private-Network", "true")
		}
		w.WriteHeader(http.StatusNoContent)
		return r, true
	}
	return r.WithContext(context.WithValue(r.Context(), crossKey{}, true)), false
}
