package console

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"galla/internal/counter/console/asset"
)

//go:embed page
var pages embed.FS

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

// File is one of the console's files, "style.css" or "words/hi.js", for pages that look like it.
func File(name string) ([]byte, error) { return pages.ReadFile("page/" + name) }

// named is a file of the console by the path of its address.
func named(path string) string {
	if path == "/" {
		return "index.html"
	}
	return strings.TrimPrefix(strings.TrimPrefix(path, "/console/"), "/")
}

var set = sync.OnceValue(func() *asset.Set {
	files := map[string][]byte{}
	for _, p := range append(Files(), "/") {
		files[p], _ = File(named(p)) // embedded: it is there
	}
	return asset.New(files, named)
})

// Handler serves "/", "/sw.js" and "/console/…".
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { set().ServeHTTP(w, r) })
}
