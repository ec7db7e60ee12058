package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed page
var pages embed.FS

// policy lets the console load from its own origin only, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var types = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".webmanifest": "application/manifest+json"}

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

// Handler serves "/", "/sw.js" and "/console/…". A browser asks each time whether a file has changed, by its ETag, so that
// after an update no old script talks to a new gallad.
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
		sum := sha256.Sum256(b)
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	})
}
