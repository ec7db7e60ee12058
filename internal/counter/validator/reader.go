package validator

import (
	"net/http"
	"slices"
)

// Reader is whose answer it is: the headers of a request that decide who asks.
const Reader = "Authorization, Cookie"

// Give gives an answer its tag, and says who may keep it: a program with a token, which asks each time whether it still
// holds. A browser with a cookie keeps nothing: others sit down at that PC.
func Give(w http.ResponseWriter, r *http.Request, tag string) {
	h := w.Header()
	h.Set("ETag", tag)
	if !slices.Contains(h.Values("Vary"), Reader) {
		h.Add("Vary", Reader)
	}
	if r.Header.Get("Authorization") != "" {
		h.Set("Cache-Control", "private, no-cache")
	}
}

// Done answers 304 where the client has what the answer's tag names; then nothing is left to do.
func Done(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead ||
		!Held(r.Header.Values("If-None-Match"), w.Header().Get("ETag")) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// Take takes the tag back, where the answer is another after all.
func Take(w http.ResponseWriter) {
	w.Header().Del("ETag")
	w.Header().Set("Cache-Control", "no-store")
}
