package viewstream

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"galla/display"
)

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// ClientOptions are what a Client needs.
type ClientOptions struct {
	// Dial connects to gallad. Dialer(path) makes one for a Unix socket.
	Dial func(context.Context) (net.Conn, error)
	// Wake is called when Latest has something new to say: a View came, or one must be withdrawn. It runs on the
	// Client's goroutines and must not block. When a View came, Latest called inside Wake gives that very View. Nil:
	// nobody listens.
	Wake func()
	// Paid is given each sale that was paid, if this is a sound process, whether or not it is on the screen. It runs on
	// the goroutine that reads and must not block. Nil: nobody listens.
	Paid func(display.View)
	Info Info
	Log  *slog.Logger
}

// Dialer connects to the Unix socket at path.
func Dialer(path string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		d := net.Dialer{Timeout: 3 * time.Second}
		return d.DialContext(ctx, "unix", path)
	}
}

// Client is the display's side. Its methods may be called from any goroutine.
type Client struct {
	o     ClientOptions
	clock func() time.Duration

	mu     sync.Mutex
	info   Info
	view   display.View // as gallad sent it last
	heard  time.Time    // when gallad last said that view is true; the start of the Client before the first word
	broken bool         // gallad said something that can't be understood: view may be false
	link   *link        // nil while not connected
	timer  *time.Timer  // fires when Latest changes by itself
	over   bool         // Run has returned
}

// NewClient returns a Client that shows "starting" until gallad speaks.
func NewClient(o ClientOptions) *Client {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Paid == nil {
		o.Paid = func(display.View) {}
	}
	return &Client{
		o:     o,
		clock: boottime,
		info:  o.Info,
		view:  display.View{Screen: display.ScreenOutOfService, Reason: display.ReasonStarting},
		heard: time.Now(),
	}
}

// Moment is what may be shown now, and whom to answer about it.
type Moment struct {
	View display.View
	link *link // the connection it came over; nil for what the Client says by itself
}

// Same says whether m and o are the same View of the same connection.
func (m Moment) Same(o Moment) bool {
	return m.link == o.link && m.View.Seq == o.View.Seq && m.View.Screen == o.View.Screen &&
		m.View.Reason == o.View.Reason
}

// FromGallad says whether gallad said m over a connection that still stood when Latest was asked; false: the Client's
// own words, or what is left of an earlier connection.
func (m Moment) FromGallad() bool { return m.link != nil }

// Latest returns what may be shown at this moment. The View is gallad's newest unless gallad has been silent for
// SilenceLimit or broke the protocol (then: out of service, connection lost) or the View's time is over (then: what
// display.At puts in its place). The shop's name and language stay; of the customer nothing does.
func (c *Client) Latest() Moment {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	v := c.view
	if c.broken || now.Sub(c.heard) >= SilenceLimit {
		return Moment{View: display.View{Screen: display.ScreenOutOfService, Reason: display.ReasonConnectionLost,
			Shop: v.Shop, Languages: v.Languages, Demo: v.Demo}}
	}
	if !v.ValidUntil.IsZero() && !now.Before(v.ValidUntil) {
		return Moment{View: display.At(v, now)}
	}
	return Moment{View: v, link: c.link}
}

// Run keeps a connection to gallad until ctx ends; it is called once. It returns ctx's error and no other: gallad may
// come and go.
func (c *Client) Run(ctx context.Context) error {
	c.mu.Lock()
	c.rearm()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timer.Stop()
		c.over = true
	}()
	retry := firstRetry
	said := "" // the last complaint, so that an outage is one line in the log and not thousands
	for {
		began := time.Now()
		err := c.session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if said != err.Error() {
			said = err.Error()
			c.o.Log.Warn("no connection to gallad; trying again", "err", err)
		}
		if time.Since(began) > SilenceLimit {
			retry, said = firstRetry, ""
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retry/2 + rand.N(retry/2)):
		}
		retry = min(2*retry, lastRetry)
	}
}

// Describe tells gallad something new about this display. Texts that are too long for the wire are cut: gallad would
// hang up on them, again and again.
func (c *Client) Describe(i Info) {
	i.Monitor, i.Release, i.Presenter, i.Problem = clip(i.Monitor), clip(i.Release), clip(i.Presenter), clip(i.Problem)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.info == i {
		return
	}
	c.info = i
	if c.link != nil {
		c.link.post(message{Kind: kindHello, Version: Version, Info: &i})
	}
}

// Shown tells gallad that m's frame has been on the screen since the moment at. problem is empty when it was read back
// and is right. It says nothing, and returns false, when m came over a connection that has ended, or from nobody.
func (c *Client) Shown(m Moment, at time.Time, problem string) bool {
	return m.link != nil && m.link.post(message{Kind: kindShown, Seq: m.View.Seq, SaleID: m.View.SaleID,
		AtMS: (c.clock() - time.Since(at)).Milliseconds(), OK: problem == "", Problem: clip(problem)})
}

// Key tells gallad that k was pressed. Without a connection the key is forgotten, and Key returns false.
func (c *Client) Key(k KeyName) bool {
	c.mu.Lock()
	l := c.link
	c.mu.Unlock()
	return l != nil && l.post(message{Kind: kindKey, Key: k})
}

// take makes v, confirmed at the moment sent, the truth. It is called with a View of l.
func (c *Client) take(l *link, v display.View, sent time.Time) {
	c.mu.Lock()
	if info := c.info; c.link != l && info != l.told { // described anew while the connection was being made
		l.post(message{Kind: kindHello, Version: Version, Info: &info})
	}
	c.view, c.heard, c.broken, c.link = v, sent, false, l
	c.rearm()
	c.mu.Unlock()
	c.o.Wake()
}

// confirm notes that gallad still stands by View seq.
func (c *Client) confirm(l *link, seq uint64, sent time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != l || c.view.Seq != seq {
		return errors.New("gallad believes that another view is shown")
	}
	c.heard = sent
	c.rearm()
	return nil
}

// drop forgets connection l. What it said stays true until silence ends it, unless it talked nonsense.
func (c *Client) drop(l *link, nonsense bool) {
	c.mu.Lock()
	if c.link == l {
		c.link = nil
	}
	c.broken = c.broken || nonsense
	c.mu.Unlock()
	if nonsense {
		c.o.Wake()
	}
}

// rearm sets the timer to the moment at which Latest changes by itself. c.mu is held.
func (c *Client) rearm() {
	at := c.heard.Add(SilenceLimit)
	if v := c.view.ValidUntil; !v.IsZero() && v.Before(at) && time.Now().Before(v) {
		at = v
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	// After a View's own end has passed, silence is still to come: the timer is set again by whatever fires first.
	c.timer = time.AfterFunc(time.Until(at), func() {
		c.o.Wake()
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.over && time.Since(c.heard) < SilenceLimit {
			c.rearm()
		}
	})
}
