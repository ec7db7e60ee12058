package gatewaytest

import (
	"net/http"
	"strings"
)

// router picks a handler by method and path; the first route that fits wins. http.ServeMux refuses the gateways' own
// paths: to it /payments/{id}/refunds and /payments/qr_codes/{id} are in conflict.
type router struct {
	routes []route
	other  http.Handler
}

type route struct {
	method string
	path   []string
	h      http.Handler
}

// handle adds a route, such as "GET /v1/refunds/{rid}".
func (rt *router) handle(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	rt.routes = append(rt.routes, route{method, strings.Split(path, "/"), h})
}

// ServeHTTP answers with the first route that fits.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, o := range rt.routes {
		if o.fits(r) {
			o.h.ServeHTTP(w, r)
			return
		}
	}
	rt.other.ServeHTTP(w, r)
}

// fits compares and keeps what stands in the path's places.
func (o route) fits(r *http.Request) bool {
	have := strings.Split(r.URL.Path, "/")
	if r.Method != o.method || len(have) != len(o.path) {
		return false
	}
	for i, want := range o.path {
		if have[i] != want && !(strings.HasPrefix(want, "{") && have[i] != "") {
			return false
		}
	}
	for i, want := range o.path {
		if strings.HasPrefix(want, "{") {
			r.SetPathValue(strings.Trim(want, "{}"), have[i])
		}
	}
	return true
}
