package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"galla/display"
	"galla/display/viewstream"
	"galla/internal/money"
)

// peer is one of the programs compared. show may be called before command's program runs.
type peer interface {
	command(display string) *exec.Cmd
	show(display.View)
	close()
}

// sale is the n-th pay screen: what a gateway's string looks like, and a countdown of five minutes.
func sale(n int) display.View {
	v := display.View{
		Screen:     display.ScreenPay,
		SaleID:     fmt.Sprint("s", n),
		Number:     n + 1,
		Amount:     money.Paise(25000 + 100*n),
		Shop:       "Sharma General Stores",
		Payee:      "Sharma General Stores",
		PayeeVPA:   "sharma.stores@icici",
		Languages:  []string{"en", "hi"},
		ValidUntil: time.Now().Add(5 * time.Minute),
	}
	v.Payload = fmt.Sprintf(
		"upi://pay?pa=sharma.stores@icici&pn=Sharma%%20General%%20Stores&am=%s&cu=INR&mc=5411&"+
			"tr=GALLA20261122A%08dB2&tn=Sale%%20%d%%20at%%20Sharma%%20General%%20Stores&mode=22&orgid=000000&"+
			"purpose=00",
		v.Amount.Decimal(),
		n*7919,
		n,
	)
	return v
}

// rest is the screen between two sales.
func rest() display.View {
	return display.View{Screen: display.ScreenIdle, Shop: "Sharma General Stores", Languages: []string{"en", "hi"}}
}

func newPeer(name string, p plan, size image.Point) (peer, error) {
	switch name {
	case "x11", "ebiten":
		return newGalla(p.program, "-present", name)
	case "old":
		return newGalla(p.old)
	case "chromium":
		return newChromium(size)
	case "pygame":
		return newPygame(size)
	}
	return nil, fmt.Errorf("nobody is called %q: take x11, ebiten, old, chromium or pygame", name)
}

// galla is galla-display, fed as gallad feeds it.
type galla struct {
	program, dir string
	flags        []string
	server       *viewstream.Server
	stop         context.CancelFunc
}

func newGalla(program string, flags ...string) (*galla, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := &galla{program, dir, flags, viewstream.New(viewstream.Options{}), cancel}
	go g.server.Serve(ctx, l)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-g.server.Events():
			}
		}
	}()
	return g, nil
}

func (g *galla) command(display string) *exec.Cmd {
	cmd := exec.Command(g.program, append([]string{"-socket", filepath.Join(g.dir, "s")}, g.flags...)...)
	cmd.Env = append(
		os.Environ(),
		"DISPLAY="+display,
		"MALLOC_ARENA_MAX=1",
		"GOMEMLIMIT=96MiB",
	) // as systemd/galla-display.service has it
	return cmd
}

func (g *galla) show(v display.View) { g.server.Publish(v) }

func (g *galla) close() { g.stop(); os.RemoveAll(g.dir) }

// state is a View as the rivals get it, with the code already made: the encoder is not what is compared.
type state struct {
	Screen string   `json:"screen"`
	Shop   string   `json:"shop"`
	Amount string   `json:"amount"`
	Number int      `json:"number"`
	LeftMS int64    `json:"left_ms"`
	QR     []string `json:"qr"` // rows of 0 and 1, without quiet zone
}

func stateOf(v display.View) []byte {
	s := state{Screen: string(v.Screen), Shop: v.Shop, Amount: v.Amount.String(), Number: v.Number}
	if v.Payload != "" {
		s.LeftMS = time.Until(v.ValidUntil).Milliseconds()
		code, err := qrcode.New(v.Payload, qrcode.Medium)
		if err != nil {
			panic(err) // our own string
		}
		code.DisableBorder = true
		for _, row := range code.Bitmap() {
			line := make([]byte, len(row))
			for i, dark := range row {
				line[i] = '0'
				if dark {
					line[i] = '1'
				}
			}
			s.QR = append(s.QR, string(line))
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return b
}

//go:embed page.html
var page []byte

// chromium is a kiosk page of this process's web server, fed by server-sent events.
type chromium struct {
	dir    string
	size   image.Point
	server *http.Server
	url    string

	mu   sync.Mutex
	now  []byte
	subs map[chan []byte]bool
}

func newChromium(size image.Point) (*chromium, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &chromium{dir: dir, size: size, url: "http://" + l.Addr().String(), subs: map[chan []byte]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { w.Write(page) })
	mux.HandleFunc("GET /events", c.events)
	c.server = &http.Server{Handler: mux}
	go c.server.Serve(l)
	return c, nil
}

func (c *chromium) events(w http.ResponseWriter, r *http.Request) {
	sub := make(chan []byte, 1)
	c.mu.Lock()
	c.subs[sub] = true
	sub <- c.now
	c.mu.Unlock()
	defer func() { c.mu.Lock(); delete(c.subs, sub); c.mu.Unlock() }()
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		select {
		case <-r.Context().Done():
			return
		case b := <-sub:
			fmt.Fprintf(w, "data: %s\n\n", b)
			w.(http.Flusher).Flush()
		}
	}
}

func (c *chromium) show(v display.View) {
	b := stateOf(v)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = b
	for sub := range c.subs {
		select {
		case <-sub:
		default:
		}
		sub <- b
	}
}

func (c *chromium) command(display string) *exec.Cmd {
	cmd := exec.Command(
		"chromium",
		"--kiosk",
		"--no-sandbox",
		"--no-first-run",
		"--noerrdialogs",
		"--disable-infobars",
		"--disable-translate",
		"--disable-extensions",
		"--disable-sync",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-dev-shm-usage",
		"--disable-features=Translate,MediaRouter",
		"--password-store=basic",
		"--user-data-dir="+c.dir,
		"--window-position=0,0",
		fmt.Sprintf("--window-size=%d,%d", c.size.X, c.size.Y),
		c.url,
	)
	cmd.Env = append(os.Environ(), "DISPLAY="+display)
	return cmd
}

func (c *chromium) close() { c.server.Close(); os.RemoveAll(c.dir) }

//go:embed rival.py
var script []byte

// pygame is a script that reads states from its standard input.
type pygame struct {
	dir  string
	size image.Point

	mu  sync.Mutex
	now []byte
	in  io.Writer // of the running script
}

func newPygame(size image.Point) (*pygame, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	return &pygame{dir: dir, size: size}, os.WriteFile(filepath.Join(dir, "rival.py"), script, 0o644)
}

func (p *pygame) command(display string) *exec.Cmd {
	// /usr/bin/python3 is Debian's, for which python3-pygame is made.
	cmd := exec.Command(
		"/usr/bin/python3",
		filepath.Join(p.dir, "rival.py"),
		fmt.Sprint(p.size.X),
		fmt.Sprint(p.size.Y),
	)
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "SDL_AUDIODRIVER=dummy", "PYGAME_HIDE_SUPPORT_PROMPT=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		panic(err) // a new command has no standard input yet
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in = in
	in.Write(append(p.now, '\n')) // fits into the pipe
	return cmd
}

func (p *pygame) show(v display.View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = stateOf(v)
	if p.in != nil {
		p.in.Write(append(p.now, '\n')) // to a script that has ended: an error that the eye will see
	}
}

func (p *pygame) close() { os.RemoveAll(p.dir) }
