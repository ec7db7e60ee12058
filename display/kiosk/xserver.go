package kiosk

import (
	"cmp"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"

	"galla/display/viewstream"
)

// xserver is the X server as the kiosk sees it: its monitors, the kiosk's window, and the keys pressed in that. It has
// a connection of its own beside ebiten's, and one goroutine that reads its events.
type xserver struct {
	conn   *xgb.Conn
	screen *xproto.ScreenInfo
	log    *slog.Logger
	wake   func()                   // something is different now
	key    func(viewstream.KeyName) // a key was pressed
	board  keyboard
	randr  bool
	shm    bool
	saver  *xproto.GetScreenSaverReply // as it was before keepAwake

	mu       sync.Mutex
	monitors []monitor
	window   xproto.Window   // 0: none yet
	at       image.Rectangle // where it is, in the root window
	mapped   bool
	covered  bool // something stands over a part of it
	wiped    int  // how often a part of it was covered, uncovered or painted over
	closed   bool // its close button was pressed
	ended    bool // the X server is gone
	pings    uint32
	pinged   *sync.Cond
}

// monitor is one that shows something: an output of RandR with its part of the root window, after the session's own
// rotation.
type monitor struct {
	name string
	area image.Rectangle
}

// openXServer connects to the X server that DISPLAY names.
func openXServer(log *slog.Logger, wake func(), key func(viewstream.KeyName)) (*xserver, error) {
	xgb.Logger.SetOutput(io.Discard) // what matters comes back as an error
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("connect to the X server: %w", err)
	}
	d := &xserver{conn: conn, screen: xproto.Setup(conn).DefaultScreen(conn), log: log, wake: wake, key: key}
	d.pinged = sync.NewCond(&d.mu)
	d.board.detectable = detectRepeat(conn)

	// Every extension is set up before the first event is asked for. xgb waits for ever where one goroutine sets one up
	// while another asks something of one: a request locks Conn.ExtLock for reading, and once more within that.
	d.shm = shm.Init(conn) == nil

	const mask = randr.NotifyMaskScreenChange | randr.NotifyMaskCrtcChange | randr.NotifyMaskOutputChange
	if d.randr = randr.Init(conn) == nil; d.randr {
		if err := randr.SelectInputChecked(conn, d.screen.Root, mask).Check(); err != nil {
			conn.Close()
			return nil, fmt.Errorf("watch the monitors: %w", err)
		}
	}
	if err := d.readMonitors(); err != nil {
		conn.Close()
		return nil, err
	}
	go d.listen()
	return d, nil
}

// notify has another function called from now on when something is different.
func (d *xserver) notify(wake func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wake = wake
}

// differs calls it.
func (d *xserver) differs() {
	d.mu.Lock()
	wake := d.wake
	d.mu.Unlock()
	wake()
}

// close ends the connection. What keepAwake changed is as it was before.
func (d *xserver) close() {
	if s := d.saver; s != nil {
		xproto.SetScreenSaver(d.conn, int16(s.Timeout), int16(s.Interval), s.PreferBlanking, s.AllowExposures)
		d.conn.Sync()
	}
	d.conn.Close()
}

// keepAwake keeps the X server from blanking the screen.
func (d *xserver) keepAwake() {
	s, err := xproto.GetScreenSaver(d.conn).Reply()
	if err != nil {
		return
	}
	d.saver = s
	xproto.SetScreenSaver(d.conn, 0, 0, xproto.BlankingDefault, xproto.ExposuresDefault)
}

// listen reads events until the connection ends.
func (d *xserver) listen() {
	for {
		event, err := d.conn.WaitForEvent()
		if event == nil && err == nil {
			d.mu.Lock()
			d.ended = true
			d.pinged.Broadcast()
			d.mu.Unlock()
			d.differs()
			return
		}
		switch e := event.(type) {
		case xproto.KeyPressEvent:
			if name, ok := d.board.press(e); ok {
				d.key(name)
			}
		case xproto.KeyReleaseEvent:
			d.board.release(e)
		case randr.ScreenChangeNotifyEvent, randr.NotifyEvent:
			if err := d.readMonitors(); err != nil {
				d.log.Warn("the monitors can't be read", "err", err)
			}
			d.differs()
		case xproto.ConfigureNotifyEvent, xproto.MapNotifyEvent, xproto.ReparentNotifyEvent, xproto.UnmapNotifyEvent:
			d.readWindow()
			d.differs()
		case xproto.VisibilityNotifyEvent:
			d.mu.Lock()
			d.covered = e.State != xproto.VisibilityUnobscured
			d.wiped++
			d.mu.Unlock()
			d.differs()
		case xproto.ExposeEvent:
			d.mu.Lock()
			d.wiped++
			d.mu.Unlock()
			if e.Count == 0 {
				d.differs()
			}
		case xproto.ClientMessageEvent:
			d.message(e)
		}
	}
}

// message is our own ping, or a window manager's word that the window is to be closed.
func (d *xserver) message(e xproto.ClientMessageEvent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Format == 32 && e.Type == xproto.AtomInteger {
		d.pings++
		d.pinged.Broadcast()
		return
	}
	d.closed = true
	go d.differs()
}

// settle returns when every event that the X server had sent by now has been taken note of.
func (d *xserver) settle() {
	d.mu.Lock()
	window, seen := d.window, d.pings
	d.mu.Unlock()
	e := xproto.ClientMessageEvent{
		Format: 32,
		Window: window,
		Type:   xproto.AtomInteger,
		Data:   xproto.ClientMessageDataUnionData32New(make([]uint32, 5)),
	}
	if xproto.SendEventChecked(d.conn, false, window, 0, string(e.Bytes())).Check() != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.pings == seen && !d.ended {
		d.pinged.Wait()
	}
}

// readMonitors asks for all monitors that show something, the primary one first, then in RandR's order.
func (d *xserver) readMonitors() error {
	if !d.randr {
		root := image.Rect(0, 0, int(d.screen.WidthInPixels), int(d.screen.HeightInPixels))
		d.mu.Lock()
		defer d.mu.Unlock()
		d.monitors = []monitor{{"screen", root}}
		return nil
	}
	res, err := randr.GetScreenResourcesCurrent(d.conn, d.screen.Root).Reply()
	if err != nil {
		return fmt.Errorf("the monitors: %w", err)
	}
	first, err := randr.GetOutputPrimary(d.conn, d.screen.Root).Reply()
	if err != nil {
		first = &randr.GetOutputPrimaryReply{}
	}
	slices.SortStableFunc(res.Outputs, func(a, b randr.Output) int {
		return cmp.Compare(rank(a, first.Output), rank(b, first.Output))
	})

	var all []monitor
	for _, id := range res.Outputs {
		out, err := randr.GetOutputInfo(d.conn, id, res.ConfigTimestamp).Reply()
		if err != nil || out.Crtc == 0 || out.Connection == randr.ConnectionDisconnected {
			continue // gone in the meantime, off, or unplugged
		}
		crtc, err := randr.GetCrtcInfo(d.conn, out.Crtc, res.ConfigTimestamp).Reply()
		if err != nil || crtc.Width == 0 || crtc.Height == 0 {
			continue
		}
		at := image.Pt(int(crtc.X), int(crtc.Y))
		size := image.Pt(int(crtc.Width), int(crtc.Height))
		all = append(all, monitor{string(out.Name), image.Rectangle{at, at.Add(size)}})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.monitors = all
	return nil
}

func rank(o, primary randr.Output) int {
	if o == primary {
		return 0
	}
	return 1
}

// find returns the wanted monitor: by its RandR name, by its number from the left ("2"), or the first. problem says why
// there is none.
func (d *xserver) find(want string) (m monitor, problem string) {
	d.mu.Lock()
	all := slices.Clone(d.monitors)
	d.mu.Unlock()
	if len(all) == 0 {
		return m, "no monitor is connected"
	}
	if want == "" {
		return all[0], ""
	}
	var there []string
	for _, m := range all {
		if m.name == want {
			return m, ""
		}
		there = append(there, fmt.Sprintf("%s %dx%d", m.name, m.area.Dx(), m.area.Dy()))
	}
	slices.SortStableFunc(all, func(a, b monitor) int {
		return cmp.Or(cmp.Compare(a.area.Min.X, b.area.Min.X), cmp.Compare(a.area.Min.Y, b.area.Min.Y))
	})
	if n, err := strconv.Atoi(want); err == nil && n >= 1 && n <= len(all) {
		return all[n-1], ""
	}
	return m, fmt.Sprintf("monitor %q is not connected (there is %s)", want, strings.Join(there, ", "))
}

// seek looks for the window that ebiten opened for this process, and watches it once it is there. Its creator and its
// keyboard stay ebiten's: the X server tells each client that asks.
func (d *xserver) seek() (found bool) {
	d.mu.Lock()
	known := d.window != 0
	d.mu.Unlock()
	if known {
		return false
	}
	w := d.search(d.screen.Root, 3)
	if w != 0 {
		d.adopt(w)
	}
	return w != 0
}

// adopt makes w the kiosk's window.
func (d *xserver) adopt(w xproto.Window) {
	const mask = xproto.EventMaskStructureNotify | xproto.EventMaskKeyPress | xproto.EventMaskKeyRelease |
		xproto.EventMaskVisibilityChange | xproto.EventMaskExposure
	xproto.ChangeWindowAttributes(d.conn, w, xproto.CwEventMask, []uint32{mask})
	d.mu.Lock()
	d.window = w
	d.mu.Unlock()
	d.readWindow()
}

// search finds a window of our class and process below w.
func (d *xserver) search(w xproto.Window, depth int) xproto.Window {
	tree, err := xproto.QueryTree(d.conn, w).Reply()
	if err != nil {
		return 0
	}
	for _, c := range tree.Children {
		class, err := xproto.GetProperty(d.conn, false, c, xproto.AtomWmClass, xproto.AtomString, 0, 64).Reply()
		if err == nil && strings.Contains(string(class.Value), windowClass) && d.pid(c) == os.Getpid() {
			return c
		}
		if depth > 1 {
			if found := d.search(c, depth-1); found != 0 {
				return found
			}
		}
	}
	return 0
}

// windowClass is WM_CLASS of the kiosk's window.
const windowClass = "galla-display"

func (d *xserver) pid(w xproto.Window) int {
	p, err := xproto.GetProperty(d.conn, false, w, d.atom("_NET_WM_PID"), xproto.AtomCardinal, 0, 1).Reply()
	if err != nil || len(p.Value) < 4 {
		return 0
	}
	return int(xgb.Get32(p.Value))
}

func (d *xserver) atom(name string) xproto.Atom {
	r, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0
	}
	return r.Atom
}

// has asks for an extension of the X server.
func (d *xserver) has(extension string) bool {
	r, err := xproto.QueryExtension(d.conn, uint16(len(extension)), extension).Reply()
	return err == nil && r.Present
}

// managed says whether a window manager runs (ICCCM §2.8: it owns WM_S0).
func (d *xserver) managed() bool {
	r, err := xproto.GetSelectionOwner(d.conn, d.atom("WM_S0")).Reply()
	return err == nil && r.Owner != 0
}

// readWindow asks where the window is now.
func (d *xserver) readWindow() {
	d.mu.Lock()
	w := d.window
	d.mu.Unlock()
	if w == 0 {
		return
	}
	g, err := xproto.GetGeometry(d.conn, xproto.Drawable(w)).Reply()
	if err != nil {
		return
	}
	t, err := xproto.TranslateCoordinates(d.conn, w, d.screen.Root, 0, 0).Reply()
	if err != nil {
		return
	}
	a, err := xproto.GetWindowAttributes(d.conn, w).Reply()
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at := image.Pt(int(t.DstX), int(t.DstY))
	d.at = image.Rectangle{at, at.Add(image.Pt(int(g.Width), int(g.Height)))}
	d.mapped = a.MapState == xproto.MapStateViewable
}

// place asks that the window be where area is, above all others and with the keyboard. A window manager may do
// otherwise.
func (d *xserver) place(area image.Rectangle, managed bool) {
	d.mu.Lock()
	w := d.window
	d.mu.Unlock()
	if w == 0 {
		return
	}
	const mask = xproto.ConfigWindowX | xproto.ConfigWindowY | xproto.ConfigWindowWidth | xproto.ConfigWindowHeight |
		xproto.ConfigWindowStackMode
	xproto.ConfigureWindow(d.conn, w, mask, []uint32{
		uint32(int32(area.Min.X)),
		uint32(int32(area.Min.Y)),
		uint32(area.Dx()),
		uint32(area.Dy()),
		xproto.StackModeAbove,
	})
	d.readWindow()
	d.mu.Lock()
	mapped := d.mapped
	d.mu.Unlock()
	if !managed && mapped {
		xproto.SetInputFocus(d.conn, xproto.InputFocusParent, w, xproto.TimeCurrentTime)
	}
}

// where is where the window is, and whether it can be seen.
func (d *xserver) where() (at image.Rectangle, mapped bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at, d.mapped
}

// isCovered says whether something stands over a part of the window.
func (d *xserver) isCovered() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.covered
}

// wipes is how often a part of the window was covered, uncovered or painted over: a frame drawn before the last time
// may not be what stands there.
func (d *xserver) wipes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wiped
}

// lost says that the connection has ended: the X server is gone.
func (d *xserver) lost() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ended
}

// isClosed says whether the user closed the window.
func (d *xserver) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}
