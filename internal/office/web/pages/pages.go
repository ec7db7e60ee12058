package pages

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"galla/internal/counter/console"
	"galla/internal/counter/console/asset"
	"galla/internal/office/joining"
	"galla/internal/office/owner"
	"galla/internal/office/people"
)

//go:embed page
var own embed.FS

// shared are files of the console that the pages use as they are.
var shared = []string{"tokens.css", "style.css", "dom.js", "format.js", "ask.js", "entry.js", "api.js", "say.js",
	"sales.js", "icon.svg", "icon-192.png"}

// Joining is what the pages do with shops, counters, codes and boxes: galla/internal/office/joining.
type Joining interface {
	Office(ctx context.Context) (joining.Office, error)
	Shops(ctx context.Context) ([]joining.Shop, error)
	Counters(ctx context.Context) ([]joining.Counter, error)
	Terminals(ctx context.Context) ([]joining.Terminal, error)
	Terminal(ctx context.Context, id string) (t joining.Terminal, found bool, err error)
	AddShop(ctx context.Context, s joining.Shop) (joining.Shop, error)
	AddCounter(ctx context.Context, shop, label string) (joining.Counter, error)
	NewCode(ctx context.Context, counter, by string) (code string, c joining.Code, err error)
	Confirm(ctx context.Context, id, replaces, by string) error
	Revoke(ctx context.Context, id, by string) error
}

// Options are what pages need.
type Options struct {
	Owner   *owner.Owner
	People  *people.People
	Joining Joining
	Log     *slog.Logger

	// Fingerprint is the SHA-256 of the office's certificate, which a box that joins compares; empty: a public one.
	Fingerprint string
	// Address is the office's address as boxes reach it, https://…; empty: as the browser does.
	Address string
	// Client is the address of who calls, which a proxy may have said. Nil: of the connection.
	Client func(*http.Request) netip.Addr
	Wall   func() time.Time // nil: time.Now
}

// Pages serve an office's people.
type Pages struct {
	o     Options
	mux   *http.ServeMux
	cross *http.CrossOriginProtection
}

// New makes them.
func New(o Options) *Pages {
	if o.Client == nil {
		o.Client = func(r *http.Request) netip.Addr {
			at, _ := netip.ParseAddrPort(r.RemoteAddr) // of the server's own making
			return at.Addr()
		}
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	p := &Pages{o, http.NewServeMux(), http.NewCrossOriginProtection()}
	if u, err := url.Parse(o.Address); err == nil && u.Host != "" { // a proxy may have changed Host
		_ = p.cross.AddTrustedOrigin(u.Scheme + "://" + u.Host) // it has the two parts that it needs
	}

	files := asset.New(assets(), func(path string) string {
		if path == "/" {
			return "index.html"
		}
		return path
	})
	p.mux.Handle("GET /{$}", files)
	p.mux.Handle("GET /office/", files)
	p.routes()
	return p
}

// assets are all files by their paths.
func assets() map[string][]byte {
	all := map[string][]byte{}
	fs.WalkDir(own, "page", func(p string, d fs.DirEntry, err error) error { // an embedded tree can't fail to be read
		if err == nil && !d.IsDir() {
			path := "/office/" + strings.TrimPrefix(p, "page/")
			if p == "page/index.html" {
				path = "/"
			}
			all[path], err = own.ReadFile(p)
		}
		return err
	})
	for _, name := range shared {
		all["/office/"+name], _ = console.File(name) // embedded; a test looks that each is there
	}
	for _, l := range []string{"en", "hi", "mr", "ta", "te", "bn"} {
		all["/office/words/till/"+l+".js"], _ = console.File("words/" + l + ".js")
	}
	return all
}

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	p.mux.ServeHTTP(w, r)
}
