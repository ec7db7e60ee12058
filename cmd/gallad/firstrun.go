package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"

	"galla/display"
	"galla/display/viewstream"
	"galla/internal/config"
	"galla/internal/copies"
	"galla/internal/counter"
	"galla/internal/people"
	"galla/internal/setup"
	"galla/internal/setup/web"
)

const (
	setupAddr = ":7417" // of the setup page, and of the console after it
	// beside the socket: /run/galla/setup/answers.toml, which galla-setup.path waits for
	answersFile     = "setup/answers.toml"
	firstDeviceFile = "setup/first"    // beside the socket too: the owner has no console yet, and is at the page
	writeTimeout    = 20 * time.Second // that root may take to write the answers
	clockTimeout    = 8 * time.Second  // that root may take to set the clock
	clockTolerance  = 5 * time.Second  // how near the phone's time it is then
	firstRunLimit   = 12 * time.Hour   // that one code after the other is shown, before gallad starts anew
)

// firstRun asks the owner of a box that nobody has set up, in a browser of the shop's network: the address and a code
// are on the customer's screen, which is all there is to show who the owner is. gallad can't write the config, nor
// root's keys: the answers go to a file in memory, which galla-setup.service takes away and works in.
func firstRun(ctx context.Context, path string, screen *viewstream.Server, log *slog.Logger) error {
	socket, at := config.Addresses(path)
	l, err := net.Listen("tcp", cmp.Or(at, setupAddr))
	if err != nil {
		return err
	}
	certificate, _, err := people.Certificate(tempSettings{}, tempSettings{}, nil)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	addr := listeners{network: l}.console(nil)
	h := &handoff{
		path:  path,
		file:  filepath.Join(filepath.Dir(socket), answersFile),
		first: filepath.Join(filepath.Dir(socket), firstDeviceFile),
		now:   time.Now,
	}

	page := web.New(web.Options{Check: h.check, Hand: h.hand, State: h.state, Clock: h.clock, Offer: h.offer,
		Wrong: func(from string, tries int) {
			log.Warn("wrong codes for the setup page", "from", from, "tries", tries)
		}, Show: func(code, secret string, until time.Time) {
			v := display.View{
				Screen:    display.ScreenOutOfService,
				Reason:    display.ReasonNotConfigured,
				Languages: []string{"en", "hi"},
			}
			if code != "" && addr != "" {
				v = display.View{
					Screen:     display.ScreenPairing,
					Code:       code,
					Link:       addr + "/#" + secret,
					Notes:      []string{addr},
					Languages:  []string{"en", "hi"},
					ValidUntil: until,
				}
			}
			screen.Publish(v)
		}})

	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { page.Run(ctx) })
	log.Info(
		"nobody has set this till up: its screen shows a code for the setup page, or run galla setup",
		"url",
		addr,
		"fingerprint",
		people.Fingerprint(certificate),
	)

	listener := counter.Listener{TLS: &tls.Config{Certificates: []tls.Certificate{certificate},
		MinVersion: tls.VersionTLS12}}
	return counter.Serve(ctx, l, listener, answerTime(page.Handler()), log)
}

// answerTime gives a look at a gateway the time it takes.
func answerTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).
			SetWriteDeadline(time.Now().Add(2 * time.Minute))
			// a connection without deadlines needs none
		next.ServeHTTP(w, r)
	})
}

// handoff passes what the owner answered on to root.
type handoff struct {
	path  string // the config
	file  string // where root finds the answers
	first string // tells the gallad that sells that they came from the page
	now   func() time.Time

	mu sync.Mutex
	at time.Time // zero: nothing was handed on
}

// check works the answers into the config as it is, and throws the result away.
func (h *handoff) check(a setup.Answers) error {
	old, err := os.ReadFile(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = setup.Make(h.path, old, a)
	return err
}

// offer is the copy of sales that a stick brought.
func (h *handoff) offer() web.Offer {
	o := copies.Waits(config.Database(h.path))
	return web.Offer{At: o.At, Events: o.Events}
}

// hand writes the answers where only root and we may read them. If we die before the rename, nothing was handed on.
func (h *handoff) hand(a setup.Answers) error {
	raw, err := toml.Marshal(a)
	if err != nil {
		return err
	}
	if a.Restore {
		// If we die after it, the sales are on a box that nobody has set up, and the page asks again without an offer.
		if err := takeOffer(config.Database(h.path)); err != nil {
			return err
		}
	}
	copies.Forget(config.Database(h.path))
	if err := os.MkdirAll(filepath.Dir(h.file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(h.file+".new", raw, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(h.first, nil, 0o600); err != nil {
		return err
	}
	if err := os.Rename(h.file+".new", h.file); err != nil {
		return err
	}
	h.mu.Lock()
	h.at = h.now()
	h.mu.Unlock()
	return nil
}

// clock asks root to set the clock, and waits until it is. If we die before the rename, nobody was asked.
func (h *handoff) clock(ctx context.Context, at time.Time) error {
	file := filepath.Join(filepath.Dir(h.file), "clock")
	began := time.Now()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", []byte(at.Format(time.RFC3339Nano)), 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".new", file); err != nil {
		return err
	}

	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < clockTimeout { // by the monotonic clock, which nobody sets
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if off := h.now().Round(0).Sub(at.Add(time.Since(began)).Round(0)); off.Abs() < clockTolerance {
			return nil
		}
	}
	if err := os.Remove(file); err == nil {
		return errors.New("nobody took the time (galla-setup.path)")
	}
	return errors.New("the clock stays as it is (journalctl -u galla-setup)")
}

// state looks whether root has taken and written the answers.
func (h *handoff) state() web.State {
	h.mu.Lock()
	at := h.at
	h.mu.Unlock()
	switch {
	case at.IsZero():
		return web.State{State: "waiting"}
	case !config.Unset(h.path):
		return web.State{State: "done"}
	case h.now().Sub(at) < writeTimeout:
		return web.State{State: "writing"}
	}
	says := "the answers were taken and not written"
	if err := os.Remove(h.file); err == nil { // it holds keys
		says = "nobody took the answers (galla-setup.path)"
	}
	h.mu.Lock()
	h.at = time.Time{}
	h.mu.Unlock()
	return web.State{State: "failed", Says: says, Next: "On the box: journalctl -u galla-setup, or sudo galla setup."}
}

// tempSettings keep nothing: the setup's certificate lasts no longer than the setup.
type tempSettings struct{}

func (tempSettings) Get(string) ([]byte, bool, error) { return nil, false, nil }
func (tempSettings) Put(string, []byte) error         { return nil }
func (tempSettings) Delete(string) error              { return nil }
func (tempSettings) List(string) ([]string, error)    { return nil, nil }

// pairFirst shows the owner who set this till up from its page a code for their console.
func pairFirst(front *counter.Counter, socket string) error {
	mark := filepath.Join(filepath.Dir(socket), firstDeviceFile)
	_, err := os.Stat(mark)
	begun := err == nil
	if err := front.PairFirst(begun); err != nil || !begun {
		return err
	}
	return os.Remove(mark) // if we die before this, the next start asks for the same again
}

// unset is config.Unset, where a variable has the package's name.
func unset(path string) bool { return config.Unset(path) }

// outboundIP is the address this box has towards the internet, by asking the kernel for a route; nothing is sent.
func outboundIP() (net.IP, error) {
	c, err := net.Dial("udp4", "192.0.2.1:9") // RFC 5737: an address nobody has
	if err != nil {
		return nil, fmt.Errorf("this box's address: %w", err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).IP, nil
}
