package display

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"time"

	"galla/internal/typeset"
)

// Painter draws Views for one screen. It belongs to one goroutine.
type Painter struct {
	size  image.Point
	theme *Theme
	text  *typeset.Set

	frame   *image.RGBA
	shapes  map[figure]*image.Alpha
	drawn   *View           // what the frame shows; nil: nothing yet
	picture int             // which idle picture it shows; -1: none
	qr      image.Rectangle // where its QR is
	spots   []spot          // its texts that change with time
	mover   mover           // its figure, if that changes with time
}

// NewPainter returns a Painter for a screen of size pixels. A nil theme is defaultTheme; so is one that Theme.Check
// refuses: a screen that can't be read is worse than one in other colours.
func NewPainter(size image.Point, t *Theme) *Painter {
	p := &Painter{
		size:   size,
		text:   typeset.New(),
		shapes: map[figure]*image.Alpha{},
		frame:  image.NewRGBA(image.Rectangle{Max: size}),
	}
	p.Dress(t)
	return p
}

// Dress has everything drawn in another theme from the next frame on.
func (p *Painter) Dress(t *Theme) {
	if t == nil || t.Check() != nil {
		t = defaultTheme()
	}
	p.theme, p.drawn = t, nil
}

// Draw returns the picture of v at now, without a Painter to keep it.
func Draw(size image.Point, t *Theme, v View, now time.Time) *image.RGBA {
	frame, _ := NewPainter(size, t).Frame(v, now)
	return frame
}

// Frame returns the picture of v at now and the rectangle in which it differs from what the last call returned: the
// whole of it for a new View, a few digits for one whose time went on, empty for none. The picture is the Painter's
// own: it is opaque, must not be written to, and changes with the next call.
func (p *Painter) Frame(v View, now time.Time) (frame *image.RGBA, changed image.Rectangle) {
	v = At(v, now)
	picture := -1
	if v.Screen == ScreenIdle {
		picture = p.theme.picture(now)
	}
	if p.drawn == nil || picture != p.picture || !alike(*p.drawn, v) {
		p.picture = picture
		p.paint(v)
		p.drawn = &v
		changed = p.frame.Rect
	}
	changed = changed.Union(p.mover.refresh(p.frame, now))
	for i := range p.spots {
		changed = changed.Union(p.spots[i].refresh(p.text, p.frame, v, now))
	}
	return p.frame, changed
}

// NextChange returns when the picture of v next differs from what it is at now, the View's own end included; the zero
// time when it never does.
func (p *Painter) NextChange(v View, now time.Time) time.Time {
	var next time.Time
	soonest := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	shown := At(v, now)
	soonest(shown.ValidUntil) // zero once it is over
	if shown.Screen == ScreenIdle && len(p.theme.Pictures) > 1 {
		turn := p.theme.turn()
		soonest(now.Add(turn - time.Duration(now.UnixMilli()%turn.Milliseconds())*time.Millisecond))
	}
	page := compose(shown, p.theme)
	if page.figure.moves() {
		soonest(now.Truncate(time.Second).Add(time.Second))
	}
	for _, b := range slices.Concat(page.head, page.foot) {
		if b.live != nil {
			soonest(b.live.next(shown, now))
		}
	}
	return next
}

// QR returns where the QR with its quiet zone stands in the last frame; empty when it shows none.
func (p *Painter) QR() image.Rectangle { return p.qr }

// alike reports whether two Views have the same picture but for what time changes.
func alike(a, b View) bool {
	timed := a.ValidUntil.IsZero() == b.ValidUntil.IsZero()
	since := a.Since.Equal(b.Since) || a.Screen != ScreenPaid && a.Since.IsZero() == b.Since.IsZero()
	tape := slices.Equal(a.Tape, b.Tape)
	languages := slices.Equal(a.Languages, b.Languages)
	notes := slices.Equal(a.Notes, b.Notes)
	return timed && since && tape && languages && notes && a.Link == b.Link &&
		a.Screen == b.Screen && a.Name == b.Name && a.Number == b.Number && a.Amount == b.Amount && a.Shop == b.Shop &&
		a.Payee == b.Payee && a.PayeeVPA == b.PayeeVPA &&
		a.Payload == b.Payload && a.Reason == b.Reason && a.RRN == b.RRN && a.Entry == b.Entry && a.Code == b.Code &&
		a.Demo == b.Demo
}

// paint draws all of v that time doesn't change.
func (p *Painter) paint(v View) {
	p.qr, p.spots, p.mover = image.Rectangle{}, p.spots[:0], mover{}
	v = drawable(p.text, v)
	var qr code
	if v.Screen == ScreenPay || v.symbol() != "" {
		var err error
		if qr, err = prepare(v, p.size); err != nil && v.Screen == ScreenPay {
			v = refused(v)
		} else if err != nil {
			v.Link = "" // the code can still be typed
		}
	}
	pg := compose(v, p.theme)
	places := divide(p.size, v.Demo)
	ground, ink := pg.colours(p.theme)
	fill(p.frame, p.frame.Rect, ground)
	p.drawFigure(pg, places, qr)
	for _, c := range p.columns(pg, places) {
		p.drawColumn(c, places, ground, ink)
	}
	if v.Demo {
		p.drawRibbon(spoken(v.Languages), places)
	}
}

func (p *Painter) drawFigure(pg page, places panes, qr code) {
	box := places.figure
	onPanel, _ := inkOn(pg.panel)
	switch pg.figure {
	case figureNone:
	case figureQR:
		fill(p.frame, box, white) // so that a dark theme doesn't come near the quiet zone
		var module int
		module, p.qr = qr.place(box)
		qr.draw(p.frame, module, p.qr)
	case figureLogo:
		p.drawPicture(p.theme.Logo, box, pg.panel)
	case figurePicture:
		p.drawPicture(p.theme.Pictures[p.picture], box, pg.panel)
	default:
		panel := places.panel()
		fill(p.frame, panel, pg.panel)
		at := middle(panel, 62)
		if pg.figure.moves() {
			p.mover = mover{figure: pg.figure, box: at, ink: onPanel, ground: pg.panel, step: -1}
			return
		}
		draw.DrawMask(
			p.frame,
			at,
			image.NewUniform(onPanel),
			image.Point{},
			p.shape(pg.figure, at.Dx()),
			image.Point{},
			draw.Over,
		)
	}
}

// shape returns a status figure, drawn the first time it is needed: a sale shows four of them.
func (p *Painter) shape(f figure, side int) *image.Alpha {
	if m := p.shapes[f]; m != nil && m.Rect.Dx() == side {
		return m
	}
	m := shape(f, side, 0)
	p.shapes[f] = m
	return m
}

// drawPicture puts img in the middle of box, as large as it fits.
func (p *Painter) drawPicture(img *image.RGBA, box image.Rectangle, panel color.RGBA) {
	fill(p.frame, box, panel)
	at := fit(img.Rect.Size(), box)
	scale(p.frame, at, img)
}

func (p *Painter) drawRibbon(said []*sentences, places panes) {
	fill(p.frame, places.ribbon, demoYellow)
	words := said[0].say("demo")
	if len(said) > 1 {
		words += "   ·   " + said[1].say("demo")
	}
	st := typeset.Style{Weight: typeset.Bold, Color: black, Language: said[0].code}
	st.Size, _ = p.text.Fit(words, st, places.ribbon.Dx()-places.px(4), places.ribbon.Dy(), places.px(2), places.px(5))
	_, up, down := p.text.Measure(words, st)
	y := places.ribbon.Min.Y + (places.ribbon.Dy()-up-down)/2 + up
	p.text.Draw(p.frame, centre.start(p.text, places.ribbon.Dx()/2, words, st), y, words, st)
}

func fill(dst *image.RGBA, r image.Rectangle, c color.RGBA) {
	r = r.Intersect(dst.Rect)
	if r.Empty() {
		return
	}
	first := dst.Pix[dst.PixOffset(r.Min.X, r.Min.Y):][:4*r.Dx()]
	for i := 0; i < len(first); i += 4 {
		first[i], first[i+1], first[i+2], first[i+3] = c.R, c.G, c.B, c.A
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(dst.Pix[dst.PixOffset(r.Min.X, y):], first)
	}
}

// middle is a square in the middle of r, with percent of its shorter side.
func middle(r image.Rectangle, percent int) image.Rectangle {
	side := min(r.Dx(), r.Dy()) * percent / 100
	at := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{at, at.Add(image.Pt(side, side))}
}
