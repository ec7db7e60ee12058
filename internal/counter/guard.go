package counter

import (
	"crypto/rand"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"galla/internal/counter/problem"
)

// noPage is what a browser may do with an answer of the API that is opened as a page: nothing. The console's pages,
// which are some, have their own.
const noPage = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// guard turns away what no honest client sends, before anyone asks who it is. Three layers, none enough alone: the Host
// must be ours (a page that points its own name at us, "DNS rebinding", fails here), a page's Origin must be ours, and
// a write must be JSON (which a form of a foreign page can't send).
func (c *Counter) guard(d Listener, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", noPage)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Request-Id", rand.Text()[:16]) // stands beside a refusal in the log
		r = forwarded(d, r)
		if !d.Kernel && !c.ownHost(r.Host) { // before anything else is said
			c.refuse(w, r, Caller{}, problem.New(problem.WrongHost, "the request names a host that is not this box",
				"Call the box by its IP address or by a name from its configuration."))
			return
		}
		r, preflight := c.cross(w, r, d)
		if preflight {
			return
		}
		if p := c.turnAway(d, r); p != nil {
			c.refuse(w, r, Caller{}, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// turnAway says why a request is no honest client's; its host is ours.
func (c *Counter) turnAway(d Listener, r *http.Request) error {
	if origin := r.Header.Get("Origin"); !crossed(r) && (origin != "" && !sameOrigin(origin, r, d) ||
		strings.HasPrefix(r.URL.Path, "/v1/") && foreignFetch(r.Header.Get("Sec-Fetch-Site"))) {
		return problem.New(problem.Foreign, "a page of another site asked for this",
			"Open the console from the box itself; the owner names other pages in [listen] origins.")
	}
	if r.URL.Path == "/metrics" && ofProxy(r) && r.Header.Get("X-Forwarded-For")+r.Header.Get(
		"X-Forwarded-Proto",
	) != "" {
		return problem.New(problem.NoPlace, "the API has no such path", "Metrics are read on the box itself.")
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); (err != nil || ct != "application/json") &&
		r.ContentLength != 0 {
		return problem.New(problem.BadType, "the body is not declared as application/json",
			"Send the header Content-Type: application/json.")
	}
	return nil
}

// ownHost reports whether the Host header names this box: by an address, which DNS can't point elsewhere, or by a name
// we know.
func (c *Counter) ownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return c.hosts[name]
}

// sameOrigin reports whether a page's origin is the one it calls. A browser has no business on the Unix socket.
func sameOrigin(origin string, r *http.Request, d Listener) bool {
	u, err := url.Parse(origin)
	if err != nil || d.Kernel {
		return false
	}
	scheme := "http"
	if overTLS(r) {
		scheme = "https"
	}
	return u.Scheme == scheme && strings.EqualFold(u.Host, r.Host)
}

// foreignFetch reads Sec-Fetch-Site (W3C Fetch Metadata), which pages can't set: "none" is a person's own navigation.
func foreignFetch(site string) bool {
	return site != "" && site != "same-origin" && site != "none"
}

// unrouted answers what the mux has no route for with problem documents of our own.
func (c *Counter) unrouted(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		var allowed []string
		for _, m := range []string{"GET", "POST", "PUT", "DELETE"} {
			probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(probe); pattern != "" && m != r.Method {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			c.refuse(w, r, Caller{}, problem.New(problem.BadMethod, "this path does not take "+r.Method,
				"Use "+strings.Join(allowed, " or ")+"."))
			return
		}
		c.refuse(w, r, Caller{}, problem.New(problem.NoPlace, "the API has no such path",
			"The calls are listed in /v1/openapi.json."))
	})
}
