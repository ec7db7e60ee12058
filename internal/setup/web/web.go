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

	"galla/internal/counter/console"
	"galla/internal/setup"
)

//go:embed page
var pages embed.FS

// policy lets the page load from its own origin only, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

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
	// Offer is a copy of sales that waits to be put on this box; nil, or a zero Offer: there is none.
	Offer func() Offer
	// Clock sets the box's clock; nil, or an error: it can't.
	Clock func(context.Context, time.Time) error
	// State says how what was handed on stands.
	State func() State
	// Now is what the box's clock shows, for the owner to compare with the phone's; nil: time.Now. Codes and tokens
	// end by the monotonic clock.
	Now func() time.Time
}

// State is how a setup stands: "waiting" for answers, "writing", "done", or "failed".
type State struct {
	State string `json:"state"`
	Says  string `json:"says,omitempty"`
	Next  string `json:"next,omitempty"`
}

// Offer is a copy of a till's sales, found whole on a USB stick.
type Offer struct {
	At     time.Time `json:"at,omitzero"` // when it was made
	Events uint64    `json:"events,omitempty"`
}

// Page serves the setup of a new box.
type Page struct {
	o    Options
	lock *lock
	one  chan struct{} // one setup or try at a time

	mu sync.Mutex
	// what is typed so far, so that a reload loses nothing; in memory only, because keys are in it
	draft json.RawMessage
}

// New makes a Page. Run shows its code.
func New(o Options) *Page {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Page{o: o, lock: &lock{now: time.Now, show: o.Show}, one: make(chan struct{}, 1)}
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
	for _, name := range []string{"setup.js", "setup.css", "words.js", "words/{language}"} {
		mux.Handle("GET /"+name, files)
	}
	mux.Handle("GET /console/tokens.css", console.Handler())
	mux.HandleFunc("POST /v1/setup/open", p.open)
	mux.HandleFunc("POST /v1/setup/code", p.code)
	mux.HandleFunc("PUT /v1/setup/draft", p.held(p.keep))
	mux.HandleFunc("GET /v1/setup", p.held(p.state))
	mux.HandleFunc("POST /v1/setup/try", p.held(p.try))
	mux.HandleFunc("POST /v1/setup/check", p.held(p.check))
	mux.HandleFunc("POST /v1/setup/clock", p.held(p.clock))
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
				"elsewhere",
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
					"elsewhere",
					"a page of another site asked for this",
					"Open the address on the box's screen.",
				)
				return
			}
		}
		ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.Method != http.MethodGet && r.Method != http.MethodHead && (err != nil || ct != "application/json") {
			refuse(
				w,
				http.StatusUnsupportedMediaType,
				"unread",
				"the body is not declared as application/json",
				"Use the page.",
			)
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
			refuse(
				w,
				http.StatusUnauthorized,
				"code_needed",
				"this needs the code on the box's screen",
				"Type the code again.",
			)
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
			"code_wait",
			fmt.Sprintf("there were too many wrong codes: the next try is possible in %s", wait.Round(time.Second)),
			"Scan the code on the box's screen instead, or wait that long.",
		)
		return
	}

	if token == "" {
		refuse(
			w,
			http.StatusUnauthorized,
			"code_wrong",
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
		refuse(w, http.StatusBadRequest, "unread", "the request can't be read", "Reload the page.")
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
		Now       time.Time        `json:"now"`
		Ports     []string         `json:"ports"`
		Printers  []string         `json:"printers"`
		Languages any              `json:"languages"`
		Terminal  string           `json:"terminal"`
		Offer     Offer            `json:"offer,omitzero"`
		Draft     *json.RawMessage `json:"draft,omitempty"`
	}{p.o.State(), p.o.Now().Round(0), setup.Ports("/"), setup.Printers(), setup.Languages(), setup.SuggestTerminal(),
		p.offer(), present(draft)})
}

func (p *Page) offer() Offer {
	if p.o.Offer == nil {
		return Offer{}
	}
	return p.o.Offer()
}

func present(raw json.RawMessage) *json.RawMessage {
	if raw == nil {
		return nil
	}
	return &raw
}

// check says what is wrong with what is typed so far, before anybody is asked anything.
func (p *Page) check(w http.ResponseWriter, r *http.Request) {
	var a setup.Answers
	if !read(w, r, &a) {
		return
	}
	answer(w, map[string]any{"faults": append([]setup.Fault{}, a.Faults()...)})
}

// clock sets the box's clock to what the owner's phone says.
func (p *Page) clock(w http.ResponseWriter, r *http.Request) {
	var b struct {
		At time.Time `json:"at"`
	}
	if !read(w, r, &b) || !p.turn(w) {
		return
	}
	defer func() { <-p.one }()

	if err := setup.CheckTime(b.At); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "clock_strange", err.Error(), "Set this phone's own clock first.")
		return
	}
	err := errors.New("this box's clock is not for this page to set")
	if p.o.Clock != nil {
		err = p.o.Clock(r.Context(), b.At)
	}
	if err != nil {
		refuse(w, http.StatusConflict, "clock_stays", err.Error(), "On the box: sudo timedatectl set-time.")
		return
	}
	answer(w, map[string]any{"now": p.o.Now().Round(0)})
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

	if wrong := b.Gateway.Faults(); len(wrong) > 0 {
		refuseFaults(w, wrong)
		return
	}
	found, err := look(r.Context(), b.Gateway, b.Demo)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "unread", err.Error(),
			"Copy the keys again from the gateway's dashboard.")
		return
	}
	answer(w, found)
}

// setup looks everything over once more and hands it on.
func (p *Page) setup(w http.ResponseWriter, r *http.Request) {
	var a setup.Answers
	if !read(w, r, &a) || !p.turn(w) {
		return
	}
	defer func() { <-p.one }()

	for _, g := range a.Gateways {
		if g.Keep {
			refuse(w, http.StatusUnprocessableEntity, "unread", "a new box has no stored keys", "Enter the keys.")
			return
		}
	}

	if wrong := a.Faults(); len(wrong) > 0 {
		refuseFaults(w, wrong)
		return
	}
	if a.Restore && p.offer() == (Offer{}) {
		refuse(
			w,
			http.StatusConflict,
			"unread",
			"there is no copy of sales to put back",
			"Plug the stick in again and reload the page.",
		)
		return
	}

	if err := p.o.Check(a); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "refused", err.Error(), "Correct it and send it again.")
		return
	}

	for _, g := range a.Gateways {
		found, err := look(r.Context(), g, a.Demo)
		if err == nil && found.Good {
			continue
		}
		says := "the gateway could not be looked over"
		if err != nil {
			says = err.Error()
		} else if f, bad := found.worst(); bad {
			says = f.Says
		}
		refuse(w, http.StatusUnprocessableEntity, "keys", g.Provider+": "+says,
			"Nothing was written. Correct it and send it again.")
		return
	}

	if err := p.o.Hand(a); err != nil {
		refuse(w, http.StatusInternalServerError, "refused", "the answers could not be handed on: "+err.Error(),
			"On the box: sudo galla setup.")
		return
	}
	p.mu.Lock()
	p.draft = nil // the keys are on their way
	p.mu.Unlock()
	answer(w, State{State: "writing"})
}

// turn lets one caller at a time cost a gateway calls.
func (p *Page) turn(w http.ResponseWriter) bool {
	select {
	case p.one <- struct{}{}:
		return true
	default:
		w.Header().Set("Retry-After", "5")
		refuse(
			w,
			http.StatusTooManyRequests,
			"busy",
			"the box is still busy with the last request",
			"Wait for its answer.",
		)
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
	refuse(w, http.StatusBadRequest, "unread", "the request can't be read", "Reload the page.")
	return false
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // the client may be gone
}

// refuse answers a problem; code is what the page has a sentence for.
func refuse(w http.ResponseWriter, status int, code, says, next string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"status": status, "code": code, "detail": says, "next": next})
}

// refuseFaults answers a problem that names each field that is wrong.
func refuseFaults(w http.ResponseWriter, wrong []setup.Fault) {
	var says []string
	for _, f := range wrong {
		says = append(says, f.Says)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	json.NewEncoder(w).Encode(map[string]any{
		"status": http.StatusUnprocessableEntity,
		"code":   "faults",
		"detail": strings.Join(says, "; "),
		"next":   "Correct it and send it again.",
		"faults": wrong,
	})
}
