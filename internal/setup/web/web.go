package web

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/setup"
)

//go:embed page
var pages embed.FS

// policy lets the page load from its own origin only, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const (
	maxBody = 64 << 10
	tryTime = 25 * time.Second
)

// Options are what a Page is made of.
type Options struct {
	// Show puts the code on the customer's screen until a moment, with the secret that a camera reads; empty ones take
	// it away.
	Show func(code, secret string, until time.Time)
	// Wrong hears of wrong codes: the fifth from one address, and each one after it; nil: nobody does.
	Wrong func(from string, tries int)
	// Check says whether the answers would make a config gallad can run by; it writes nothing.
	Check func(setup.Answers) error
	// Hand gives the answers to whoever may write them, and returns before they are written.
	Hand func(setup.Answers) error
	// State says how what was handed on stands.
	State func() State
	Now   func() time.Time // nil: time.Now
}

// State is how a setup stands: "waiting" for answers, "writing", "done", or "failed".
type State struct {
	State string `json:"state"`
	Says  string `json:"says,omitempty"`
	Next  string `json:"next,omitempty"`
}

// Page serves the setup of a new box.
type Page struct {
	o    Options
	lock *lock
	one  chan struct{} // one setup or try at a time

	mu    sync.Mutex
	draft json.RawMessage // what is typed so far, so that a reload loses nothing; in memory only, because keys are in it
}

// New makes a Page. Run shows its code.
func New(o Options) *Page {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Page{o: o, lock: &lock{now: o.Now, show: o.Show}, one: make(chan struct{}, 1)}
}

// Run keeps a code on the screen until ctx ends.
func (p *Page) Run(ctx context.Context) {
	for {
		wait := p.lock.renew()
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// Handler serves the page and its calls.
func (p *Page) Handler() http.Handler {
	mux := http.NewServeMux()
	root, err := fs.Sub(pages, "page")
	if err != nil { // an embedded tree has its folder
		panic(err)
	}
	files := http.FileServerFS(root)
	mux.Handle("GET /{$}", files)
	mux.Handle("GET /setup.js", files)
	mux.Handle("GET /setup.css", files)
	mux.HandleFunc("POST /v1/setup/open", p.open)
	mux.HandleFunc("POST /v1/setup/code", p.code)
	mux.HandleFunc("PUT /v1/setup/draft", p.held(p.keep))
	mux.HandleFunc("GET /v1/setup", p.held(p.state))
	mux.HandleFunc("POST /v1/setup/try", p.held(p.try))
	mux.HandleFunc("POST /v1/setup", p.held(p.setup))
	return guard(mux)
}

// guard turns away what no page of ours sends (the same three layers as the counter's): a Host that is no address,
// which a name that was pointed at us would be; a foreign Origin; a body that is not JSON.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil {
			refuse(
				w,
				http.StatusMisdirectedRequest,
				"the request names a host that is not this box",
				"Call the box by the address on its screen.",
			)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				refuse(
					w,
					http.StatusForbidden,
					"a page of another site asked for this",
					"Open the address on the box's screen.",
				)
				return
			}
		}
		if ct, _, err := mime.ParseMediaType(
			r.Header.Get("Content-Type"),
		); r.Method != http.MethodGet && r.Method != http.MethodHead &&
			(err != nil || ct != "application/json") {
			refuse(w, http.StatusUnsupportedMediaType, "the body is not declared as application/json", "Use the page.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tokenCookie has the token: no script reads it, it outlives a reload, and no other page or host can send or set it.
const tokenCookie = "__Host-galla-setup"

// held lets only the holder of the token in.
func (p *Page) held(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie(tokenCookie)
		if err != nil || !p.lock.holds(c.Value) {
			refuse(w, http.StatusUnauthorized, "this needs the code on the box's screen", "Type the code again.")
			return
		}
		next(w, r)
	}
}

func (p *Page) open(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Code string `json:"code"`
	}
	if !read(w, r, &b) {
		return
	}
	at, _ := netip.ParseAddrPort(r.RemoteAddr) // none is an address too: its tries are counted
	token, wait, tries := p.lock.open(b.Code, at.Addr())
	if wait > 0 {
		if tries > 0 && p.o.Wrong != nil {
			p.o.Wrong(at.Addr().String(), tries)
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		refuse(
			w,
			http.StatusTooManyRequests,
			fmt.Sprintf("there were too many wrong codes: the next try is possible in %s", wait.Round(time.Second)),
			"Scan the code on the box's screen instead, or wait that long.",
		)
		return
	}
	if token == "" {
		refuse(
			w,
			http.StatusUnauthorized,
			"this is not the code on the box's screen",
			"Type the eight digits as they stand there now.",
		)
		return
	}
	p.mu.Lock()
	p.draft = nil // it was somebody else's
	p.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name:     tokenCookie,
		Value:    token,
		Path:     "/",
		HttpOnly: true,
		Secure:   true,
		SameSite: http.SameSiteStrictMode,
	})
	p.state(w, r)
}

// code shows a code on the till's own screen, where only who stands there reads it.
func (p *Page) code(w http.ResponseWriter, _ *http.Request) {
	p.lock.ask()
	w.WriteHeader(http.StatusNoContent)
}

// keep keeps what is typed so far.
func (p *Page) keep(w http.ResponseWriter, r *http.Request) {
	var draft map[string]any
	if !read(w, r, &draft) {
		return
	}
	raw, err := json.Marshal(draft)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the request can't be read", "Reload the page.")
		return
	}
	p.mu.Lock()
	p.draft = raw
	p.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// state answers how the setup stands, what there is to choose from, and what is typed so far.
func (p *Page) state(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	draft := p.draft
	p.mu.Unlock()
	answer(w, struct {
		State
		Ports     []string         `json:"ports"`
		Printers  []string         `json:"printers"`
		Languages any              `json:"languages"`
		Terminal  string           `json:"terminal"`
		Draft     *json.RawMessage `json:"draft,omitempty"`
	}{p.o.State(), setup.Ports("/"), setup.Printers(), setup.Languages(), setup.SuggestTerminal(), present(draft)})
}

func present(raw json.RawMessage) *json.RawMessage {
	if raw == nil {
		return nil
	}
	return &raw
}

// try looks one account over with its keys, as the terminal does.
func (p *Page) try(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Gateway setup.Gateway `json:"gateway"`
		Demo    bool          `json:"demo"`
	}
	if !read(w, r, &b) || !p.turn(w) {
		return
	}
	defer func() { <-p.one }()
	ctx, cancel := context.WithTimeout(r.Context(), tryTime)
	defer cancel()
	found, err := setup.Try(ctx, b.Gateway, b.Demo)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error(), "Copy the keys again from the gateway's dashboard.")
		return
	}
	answer(w, map[string]any{"good": setup.Good(found), "findings": setup.Matter(found)})
}

func (p *Page) setup(w http.ResponseWriter, r *http.Request) {
	var a setup.Answers
	if !read(w, r, &a) || !p.turn(w) {
		return
	}
	defer func() { <-p.one }()
	for _, g := range a.Gateways {
		if g.Keep {
			refuse(w, http.StatusUnprocessableEntity, "a new box has no stored keys", "Enter the keys.")
			return
		}
	}
	if err := p.o.Check(a); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error(), "Correct it and send it again.")
		return
	}
	for _, g := range a.Gateways {
		ctx, cancel := context.WithTimeout(r.Context(), tryTime)
		found, err := setup.Try(ctx, g, a.Demo)
		cancel()
		if err == nil && !setup.Good(found) {
			err = errors.New(worst(found))
		}
		if err != nil {
			refuse(
				w,
				http.StatusUnprocessableEntity,
				g.Provider+": "+err.Error(),
				"Nothing was written. Correct it and send it again.",
			)
			return
		}
	}
	if err := p.o.Hand(a); err != nil {
		refuse(
			w,
			http.StatusInternalServerError,
			"the answers could not be handed on: "+err.Error(),
			"On the box: sudo galla setup.",
		)
		return
	}
	p.mu.Lock()
	p.draft = nil // the keys are on their way
	p.mu.Unlock()
	answer(w, State{State: "writing"})
}

func worst(found []gateway.Finding) string {
	for _, f := range found {
		if f.Level == gateway.LevelBad {
			return f.Says
		}
	}
	return "the gateway could not be looked over"
}

// turn lets one caller at a time cost a gateway calls.
func (p *Page) turn(w http.ResponseWriter) bool {
	select {
	case p.one <- struct{}{}:
		return true
	default:
		refuse(w, http.StatusTooManyRequests, "the box is still busy with the last request", "Wait for its answer.")
		return false
	}
}

func read(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return true
		}
	}
	// The decoder's own text may quote a value, which may be a key.
	refuse(w, http.StatusBadRequest, "the request can't be read", "Reload the page.")
	return false
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // the client may be gone
}

func refuse(w http.ResponseWriter, code int, says, next string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"status": code, "detail": says, "next": next})
}
