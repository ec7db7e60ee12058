package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed page
var pages embed.FS

// policy lets the console load from its own origin only, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var types = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json"}

// Files returns the paths the console is served under, beside "/".
func Files() []string {
	var out []string
	fs.WalkDir(pages, "page", func(p string, d fs.DirEntry, err error) error { // an embedded tree can't fail to be read
		if err == nil && !d.IsDir() && p != "page/index.html" && p != "page/sw.js" {
			out = append(out, "/console/"+strings.TrimPrefix(p, "page/"))
		}
		return err
	})
	return append(out, "/sw.js")
}

// packed holds the texts compressed, made once: a third of the bytes, on a Wi-Fi that is often the shop's slowest part.
var packed = sync.OnceValue(func() map[string][]byte {
	out := map[string][]byte{}
	fs.WalkDir(pages, "page", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) == ".png" {
			return err
		}
		text, err := pages.ReadFile(p)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails only for a level that isn't one
		z.Write(text)                                         // into memory: can't fail
		z.Close()
		out[p] = b.Bytes()
		return nil
	})
	return out
})

// Handler serves "/", "/sw.js" and "/console/…". A browser asks each time whether a file has changed, by its ETag, so
// that after an update no old script talks to a new gallad.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "page/" + strings.TrimPrefix(strings.TrimPrefix(path.Clean(r.URL.Path), "/console/"), "/")
		if r.URL.Path == "/" {
			name = "page/index.html"
		}
		b, err := pages.ReadFile(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Vary", "Accept-Encoding")
		if small := packed()[name]; small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			b = small
		}
		sum := sha256.Sum256(b)
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	})
}
