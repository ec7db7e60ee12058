package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

// policy lets a page load from its own origin only, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".webmanifest": "application/manifest+json",
}

// Set is files by the paths of their addresses.
type Set struct{ files map[string]*file }

type file struct {
	name  string
	plain served
	small *served // compressed: a third of the bytes, on a shop's Wi-Fi; nil: it is already
}

type served struct {
	body []byte
	tag  string
}

// New makes one of files by their paths, "/console/app.js". names gives each its file name, whose end says what it is.
func New(files map[string][]byte, name func(path string) string) *Set {
	s := &Set{map[string]*file{}}
	for p, body := range files {
		f := &file{name: name(p), plain: tagged(body)}
		if path.Ext(f.name) != ".png" {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails only for a level that isn't one
			z.Write(body)                                         // into memory: can't fail
			z.Close()
			small := tagged(b.Bytes())
			f.small = &small
		}
		s.files[p] = f
	}
	return s
}

func tagged(body []byte) served {
	sum := sha256.Sum256(body)
	return served{body, `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// ServeHTTP serves the file of the address.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.files[r.URL.Path]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if f.small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = *f.small
	}
	h.Set("Content-Type", types[path.Ext(f.name)])
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", body.tag)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(body.body))
}
