package browserscreen

import (
	"bytes"
	"context"
	_ "embed"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// Size of the picture in pixels: that of the 7-inch panels sold for counters.
var Size = image.Pt(1024, 600)

const (
	patience = 4 * time.Second  // a question is answered after this, also when nothing has changed
	looking  = 10 * time.Second // a browser that has not asked for so long is gone
)

//go:embed page.html
var page []byte

// Screen is one customer's screen.
type Screen struct {
	client *viewstream.Client
	log    *slog.Logger
	wake   chan struct{}

	mu    sync.Mutex
	at    picture
	next  chan struct{} // closed when at is replaced
	asked time.Time     // when a browser last asked
	seen  uint64        // the number of the newest picture that was called shown
}

// picture is one frame, whole.
type picture struct {
	number uint64
	moment viewstream.Moment
	png    []byte
	wrong  string // why it must not be called shown; empty: it was read back and is right
}

// New returns the screen of the gallad that listens at socket.
func New(socket string, log *slog.Logger) *Screen {
	s := &Screen{log: log, wake: make(chan struct{}, 1), next: make(chan struct{})}
	s.client = viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(socket),
		Wake: s.stir,
		Info: s.info(false),
		Log:  log,
	})
	return s
}

// stir has the picture drawn again; many calls become one.
func (s *Screen) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// info is what gallad is told of this screen.
func (s *Screen) info(looked bool) viewstream.Info {
	i := viewstream.Info{
		Role:      viewstream.RoleScreen,
		Width:     Size.X,
		Height:    Size.Y,
		Monitor:   "a browser",
		Presenter: "browser",
	}
	if !looked {
		i.Problem = "no browser shows the customer's screen; open its page"
	}
	return i
}

// Run draws until ctx ends.
func (s *Screen) Run(ctx context.Context) error {
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		s.client.Run(ctx)
	}()
	defer func() { <-fed }()

	painter := display.NewPainter(Size, nil)
	for {
		m, now := s.client.Latest(), time.Now()
		frame, changed := painter.Frame(m.View, now)
		if !changed.Empty() || !m.Same(s.present().moment) {
			if err := s.put(m, frame); err != nil {
				return err
			}
		}
		s.client.Describe(s.info(s.looked(now)))

		wait := time.Second // a browser that left is noticed meanwhile
		if next := painter.NextChange(m.View, now); !next.IsZero() {
			wait = min(wait, max(time.Until(next), 0))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		case <-time.After(wait):
		}
	}
}

// put makes frame the picture of m.
func (s *Screen) put(m viewstream.Moment, frame *image.RGBA) error {
	p := picture{moment: m}
	if err := display.Verify(frame, m.View); err != nil { // the QR is taken off, as galla-display does
		p.wrong = err.Error()
		s.log.Warn("the picture does not show what it should", "err", err)
		frame = display.Draw(Size, nil, unreadable(m.View), time.Now())
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, frame); err != nil {
		return err
	}
	p.png = out.Bytes()

	s.mu.Lock()
	defer s.mu.Unlock()
	p.number = s.at.number + 1
	s.at = p
	close(s.next)
	s.next = make(chan struct{})
	return nil
}

// unreadable is what stands in place of a View whose QR can't be read back.
func unreadable(v display.View) display.View {
	return display.View{
		Screen:    display.ScreenOutOfService,
		Reason:    display.ReasonQRUnreadable,
		Shop:      v.Shop,
		Languages: v.Languages,
		Demo:      v.Demo,
	}
}

func (s *Screen) present() picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *Screen) looked(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.asked.IsZero() && now.Sub(s.asked) < looking
}

// ServeHTTP answers the page and its picture.
func (s *Screen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page is only looked at", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	case r.URL.Path == "/picture":
		s.picture(w, r)
	default:
		http.NotFound(w, r)
	}
}

// picture answers the newest one, once it is another than the one that the browser has: ?after=N names that, whose
// asking for the next says that it stands in the window. 204: nothing new within 4 s.
func (s *Screen) picture(w http.ResponseWriter, r *http.Request) {
	var after uint64
	if q := r.URL.Query().Get("after"); q != "" {
		n, err := strconv.ParseUint(q, 10, 64)
		if err != nil {
			http.Error(w, "after="+strconv.QuoteToASCII(q)+" is no picture's number: leave it out for the first",
				http.StatusBadRequest)
			return
		}
		after = n
	}

	p, next := s.look(after)
	if p.number == after {
		select {
		case <-next:
		case <-time.After(patience):
		case <-r.Context().Done():
			return
		}
		p = s.present()
	}
	if p.number == after || p.number == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Galla-Picture", strconv.FormatUint(p.number, 10))
	w.Write(p.png)
}

// look notes that a browser asks, and that picture number after stands in its window.
func (s *Screen) look(after uint64) (picture, <-chan struct{}) {
	s.mu.Lock()
	p, next, now := s.at, s.next, time.Now()
	first := now.Sub(s.asked) >= looking
	s.asked = now
	shown := after == p.number && after > s.seen
	if shown {
		s.seen = after
	}
	s.mu.Unlock()

	if first {
		s.stir()
	}
	if shown {
		s.client.Shown(p.moment, now, p.wrong)
	}
	return p, next
}
