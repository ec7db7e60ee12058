package kiosk

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"

	"github.com/jezek/xgb/xproto"
)

// plain presents by core X11 and shared memory: on a board without the GL that ebiten needs, and where the processor
// would have to draw what ebiten asks of GL, which costs ten times the memory and the time.
type plain struct {
	stage   *stage
	xserver *xserver
	wakes   chan struct{}
	managed bool
	window  xproto.Window
	gc      xproto.Gcontext
	carrier *carrier

	last  frame           // what stands in the window
	wiped int             // the X server's wipes when that was drawn
	area  image.Rectangle // of the window, as asked for
}

func newPlain() *plain { return &plain{wakes: make(chan struct{}, 1)} }

// ask has the loop draw a frame.
func (p *plain) ask() {
	select {
	case p.wakes <- struct{}{}:
	default: // it has been asked
	}
}

// run shows frames until ctx ends or the window is closed. ebiten binds main's goroutine to its thread, even where it
// is only linked in; the loop has one of its own, for each wait would otherwise cost two switches of threads.
func (p *plain) run(ctx context.Context, s *stage) error {
	ended := make(chan error)
	go func() { ended <- p.loop(ctx, s) }()
	return <-ended
}

func (p *plain) loop(ctx context.Context, s *stage) error {
	p.stage, p.xserver, p.managed = s, s.xserver, s.xserver.managed()
	if err := p.open(); err != nil {
		return err
	}
	for {
		if p.xserver.isClosed() && s.o.Windowed.X > 0 {
			return nil
		}
		if p.xserver.lost() {
			return errors.New("the X server is gone")
		}
		s.before()
		if err := p.present(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.wakes:
		}
	}
}

// open makes the window. It is mapped when there is a place for it.
func (p *plain) open() error {
	conn, screen := p.xserver.conn, p.xserver.screen
	var err error
	if p.carrier, err = newCarrier(p.xserver); err != nil {
		return err
	}
	if p.window, err = xproto.NewWindowId(conn); err != nil {
		return fmt.Errorf("the X server: %w", err)
	}
	if p.gc, err = xproto.NewGcontextId(conn); err != nil {
		return fmt.Errorf("the X server: %w", err)
	}
	size := p.stage.o.Windowed
	override := uint32(0)
	if size.X == 0 {
		size = image.Pt(1, 1)
		if !p.managed {
			override = 1
		}
	}

	const mask = xproto.CwBackPixel | xproto.CwOverrideRedirect
	err = xproto.CreateWindowChecked(
		conn, screen.RootDepth, p.window, screen.Root, 0, 0, uint16(size.X), uint16(size.Y), 0,
		xproto.WindowClassInputOutput, screen.RootVisual, mask, []uint32{screen.BlackPixel, override},
	).Check()
	if err != nil {
		return fmt.Errorf("open a window: %w", err)
	}
	quiet := []uint32{0} // no event for each copy
	err = xproto.CreateGCChecked(conn, p.gc, xproto.Drawable(p.window), xproto.GcGraphicsExposures, quiet).Check()
	if err != nil {
		return fmt.Errorf("open a window: %w", err)
	}
	p.name()
	p.xserver.adopt(p.window)
	if p.stage.o.Windowed.X > 0 {
		xproto.MapWindow(conn, p.window)
		return nil
	}

	p.hidePointer()
	return nil
}

// name tells window managers and their users what the window is.
func (p *plain) name() {
	text := func(property xproto.Atom, value string) {
		xproto.ChangeProperty(p.xserver.conn, xproto.PropModeReplace, p.window, property, xproto.AtomString, 8,
			uint32(len(value)), []byte(value))
	}
	text(xproto.AtomWmName, "Galla")
	text(xproto.AtomWmClass, windowClass+"\x00"+windowClass+"\x00")
	p.words(p.xserver.atom("_NET_WM_PID"), xproto.AtomCardinal, uint32(os.Getpid()))
	// WM_DELETE_WINDOW: a window manager asks, and doesn't end the process. In full screen the wish is ignored.
	p.words(p.xserver.atom("WM_PROTOCOLS"), xproto.AtomAtom, uint32(p.xserver.atom("WM_DELETE_WINDOW")))
	if p.stage.o.Windowed.X > 0 {
		return
	}
	hints := p.xserver.atom("_MOTIF_WM_HINTS")
	p.words(hints, hints, 2, 0, 0, 0, 0) // no decorations
}

func (p *plain) words(property, kind xproto.Atom, values ...uint32) {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	xproto.ChangeProperty(p.xserver.conn, xproto.PropModeReplace, p.window, property, kind, 32, uint32(len(values)), b)
}

// hidePointer gives the window a pointer without a pixel. The core protocol has it; XFixes need not be there.
func (p *plain) hidePointer() {
	conn := p.xserver.conn
	dot, err := xproto.NewPixmapId(conn)
	if err != nil {
		return
	}
	cursor, err := xproto.NewCursorId(conn)
	if err != nil {
		return
	}
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		return
	}
	xproto.CreatePixmap(conn, 1, dot, xproto.Drawable(p.window), 1, 1)
	xproto.CreateGC(conn, gc, xproto.Drawable(dot), xproto.GcForeground, []uint32{0})
	xproto.PolyFillRectangle(conn, xproto.Drawable(dot), gc, []xproto.Rectangle{{Width: 1, Height: 1}})
	xproto.CreateCursor(conn, cursor, dot, dot, 0, 0, 0, 0, 0, 0, 0, 0)
	xproto.ChangeWindowAttributes(conn, p.window, xproto.CwCursor, []uint32{uint32(cursor)})
	xproto.FreeGC(conn, gc)
	xproto.FreePixmap(conn, dot)
}

// cover has the window stand where area is. A window manager looks at a window's place when it is mapped, so it is
// mapped anew.
func (p *plain) cover(area image.Rectangle) {
	conn := p.xserver.conn
	p.last = frame{}
	if area.Empty() || p.managed && area != p.area {
		xproto.UnmapWindow(conn, p.window)
	}
	p.area = area
	if area.Empty() {
		p.xserver.readWindow()
		return
	}
	if p.managed {
		at := []uint32{1<<0 | 1<<1, uint32(area.Min.X), uint32(area.Min.Y), uint32(area.Dx()), uint32(area.Dy())}
		p.words(xproto.AtomWmNormalHints, xproto.AtomWmSizeHints, append(at, make([]uint32, 13)...)...)
		p.words(p.xserver.atom("_NET_WM_STATE"), xproto.AtomAtom, uint32(p.xserver.atom("_NET_WM_STATE_FULLSCREEN")))
	}
	p.xserver.place(area, true)
	xproto.MapWindow(conn, p.window)
	conn.Sync()
	p.xserver.place(area, p.managed)
}

// present draws one frame.
func (p *plain) present() error {
	at, mapped := p.xserver.where()
	if !mapped {
		at = image.Rectangle{}
	}
	f := p.stage.draw(at.Size())
	wiped := p.wiped != p.stage.wiped
	p.wiped = p.stage.wiped
	if wiped || !f.visible || !p.last.visible || f.at != p.last.at || f.panel.Rect != p.last.panel.Rect {
		place := image.Rectangle{}
		if f.visible {
			f.changed = f.panel.Rect
			place = f.panel.Rect.Add(f.at)
		}
		// The window's ground is black: what stood elsewhere goes. Where the picture comes, the last one stands until
		// then.
		for _, r := range around(image.Rectangle{Max: at.Size()}, place) {
			x, y, w, h := int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy())
			xproto.ClearArea(p.xserver.conn, false, p.window, x, y, w, h)
		}
	}
	p.last = f
	if !f.visible {
		return nil
	}
	if err := p.carrier.put(xproto.Drawable(p.window), p.gc, f.panel, f.changed, f.at); err != nil {
		return fmt.Errorf("show a picture: %w", err)
	}
	return nil
}

// around is what of a window lies outside of a place in it.
func around(window, place image.Rectangle) (parts []image.Rectangle) {
	place = place.Intersect(window)
	if place.Empty() {
		place = image.Rectangle{window.Min, window.Min}
	}
	for _, r := range []image.Rectangle{
		image.Rect(window.Min.X, window.Min.Y, window.Max.X, place.Min.Y),
		image.Rect(window.Min.X, place.Max.Y, window.Max.X, window.Max.Y),
		image.Rect(window.Min.X, place.Min.Y, place.Min.X, place.Max.Y),
		image.Rect(place.Max.X, place.Min.Y, window.Max.X, place.Max.Y),
	} {
		if !r.Empty() { // X takes a side of none for all there is
			parts = append(parts, r)
		}
	}
	return parts
}

// read fetches back what stands in the window.
func (p *plain) read(r image.Rectangle) *image.Gray {
	img := image.NewGray(r)
	if !p.fetch(r, func(y int, row []byte) { p.carrier.format.grey(img.Pix[y*img.Stride:][:r.Dx()], row) }) {
		return nil
	}
	return img
}

// shot fetches back all that stands in the window, in colour.
func (p *plain) shot() *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: p.stage.pic.panel.Rect.Size()})
	if !p.fetch(img.Rect, func(y int, row []byte) {
		p.carrier.format.unpack(img.Pix[y*img.Stride:][:img.Stride], row)
	}) {
		return nil
	}
	return img
}

// fetch has row called with each row of the part r of the panel as it stands in the window, and says whether all of it
// was there. Where another window stands over it nobody sees it, and X doesn't keep it.
func (p *plain) fetch(r image.Rectangle, row func(y int, row []byte)) bool {
	if !p.last.visible || p.xserver.isCovered() {
		return false
	}
	if err := p.carrier.get(xproto.Drawable(p.window), r.Add(p.last.at), row); err != nil {
		p.stage.o.Log.Warn("the picture can't be read back", "err", err)
		return false
	}
	p.xserver.settle()
	return p.xserver.wipes() == p.wiped // another may have come or gone while the picture was fetched
}
