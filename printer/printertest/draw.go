package printertest

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// char sets one character; a full line is printed and a new one begun.
func (d *Decoder) char(c byte) {
	w, h := 12, 24
	if d.style.fontB {
		w, h = 9, 17
	}
	if d.pen+w*d.style.width > d.model.Dots {
		d.endLine(0)
	}
	r := charOf(c)
	dots := [][]bool(nil)
	if u, ok := d.user[c]; ok && d.useUser && !d.style.fontB {
		r = '₹' // the only one anybody defines here
		dots = columnDots(u, 3, 1, 1)
	} else {
		dots = glyph(r, d.style.bold, w, h)
	}
	d.text.WriteRune(r)
	d.place(dots, d.style.width, d.style.height)
}

// place puts dots into the line at the pen.
func (d *Decoder) place(dots [][]bool, width, height int) {
	c := cell{d.pen, dots, width, height}
	d.cells, d.pen = append(d.cells, c), c.end()
}

// move puts the pen elsewhere in the line; in words that is a gap.
func (d *Decoder) move(to int) {
	to = max(0, min(to, d.model.Dots))
	if gap := (to - d.pen) / 12; gap > 0 && len(d.cells) > 0 {
		d.text.WriteString(strings.Repeat(" ", gap))
	}
	d.pen = to
}

// width is how much of the line is set.
func (d *Decoder) width() int {
	n := 0
	for _, c := range d.cells {
		n = max(n, c.end())
	}
	return n
}

// endLine prints the line. feed, when above 0, is one more than the dots to feed instead of the line spacing.
func (d *Decoder) endLine(feed int) {
	height := 0
	for _, c := range d.cells {
		height = max(height, len(c.dots)*c.height)
	}
	x := d.left(d.width())
	for _, c := range d.cells {
		top := height - len(c.dots)*c.height
		for y := range len(c.dots) * c.height {
			for cx := range len(c.dots[0]) * c.width {
				if c.dots[y/c.height][cx/c.width] {
					d.Paper.set(x+c.x+cx, d.y+top+y)
				}
			}
		}
	}
	had := len(d.cells) > 0
	if had || feed == 0 {
		d.log("%s", d.describe())
	}
	d.clearLine()
	switch {
	case feed > 0 && had:
		d.feed(max(feed-1, height))
	case feed > 0:
		d.feed(feed - 1)
		d.log("[feed %d]", feed-1)
	default:
		d.feed(max(d.spacing, height))
	}
}

// describe is the line in words, aligned and with its style.
func (d *Decoder) describe() string {
	t := strings.TrimRight(d.text.String(), " ")
	columns := d.model.Dots / 12
	if d.style.fontB {
		columns = d.model.Dots / 9
	}
	columns /= d.style.width
	if pad := columns - len([]rune(t)); pad > 0 && t != "" {
		t = strings.Repeat(" ", pad*int(d.style.align)/2) + t
	}
	var marks []string
	if d.style.width > 1 || d.style.height > 1 {
		marks = append(marks, fmt.Sprintf("%dx%d", d.style.width, d.style.height))
	}
	if d.style.bold {
		marks = append(marks, "bold")
	}
	if len(marks) > 0 && t != "" {
		t += "  {" + strings.Join(marks, " ") + "}"
	}
	return t
}

func (d *Decoder) feed(rows int) {
	d.y += rows
	d.moved += rows
	d.Paper.grow(d.y)
}

// left is where a piece of this width begins.
func (d *Decoder) left(width int) int { return max(0, (d.model.Dots-width)*int(d.style.align)/2) }

// raster begins a picture of GS v 0.
func (d *Decoder) raster(stride, rows, scaleX, scaleY int) {
	if len(d.cells) > 0 {
		d.Unknown = append(d.Unknown, "raster image not at the beginning of a line")
	}
	suffix := ""
	if scaleX*scaleY > 1 {
		suffix = fmt.Sprintf(" %dx%d", scaleX, scaleY)
	}
	d.log("[raster %dx%d%s]", stride*8, rows, suffix)
	d.row = rowState{stride: stride, left: rows, scaleX: scaleX, scaleY: scaleY, x: d.left(stride * 8 * scaleX)}
}

func (d *Decoder) printRow(b []byte) {
	r := &d.row
	for x := range r.stride * 8 {
		if b[x/8]&(0x80>>(x%8)) == 0 {
			continue
		}
		for i := range r.scaleX * r.scaleY {
			d.Paper.set(r.x+x*r.scaleX+i%r.scaleX, d.y+i/r.scaleX)
		}
	}
	r.left--
	d.feed(r.scaleY)
}

// columns takes the data of an inline picture (ESC *).
func (d *Decoder) columns(mode byte, n int) {
	perColumn, scaleX, scaleY := 1, 1, 1
	switch mode {
	case 0:
		scaleX, scaleY = 2, 3
	case 1:
		scaleY = 3
	case 32:
		perColumn, scaleX = 3, 2
	case 33:
		perColumn = 3
	default:
		d.Unknown = append(d.Unknown, fmt.Sprintf("1b 2a %02x", mode))
		return
	}
	d.expect(n*perColumn, func(data []byte) {
		if n == 0 {
			return
		}
		d.text.WriteString(fmt.Sprintf("[columns %dx%d]", n, perColumn*8))
		d.place(columnDots(data, perColumn, scaleX, scaleY), 1, 1)
	})
}

// columnDots turns columns of bytes, the highest bit on top, into rows of dots.
func columnDots(data []byte, perColumn, scaleX, scaleY int) [][]bool {
	rows := make([][]bool, perColumn*8*scaleY)
	for y := range rows {
		rows[y] = make([]bool, len(data)/perColumn*scaleX)
		for x := range rows[y] {
			at := y / scaleY
			rows[y][x] = data[x/scaleX*perColumn+at/8]&(0x80>>(at%8)) != 0
		}
	}
	return rows
}

// define takes user-defined characters (ESC & y c1 c2, then for each its width and columns).
func (d *Decoder) define(a, _ []byte) int {
	if a[0] != 3 || a[1] > a[2] || a[1] < 0x20 || a[2] > 0x7E {
		d.Unknown = append(d.Unknown, fmt.Sprintf("1b 26 % x", a))
		return 0
	}
	var next func(code int)
	next = func(code int) {
		if code > int(a[2]) {
			return
		}
		d.expect(1, func(w []byte) {
			d.expect(int(w[0])*3, func(data []byte) {
				if len(data) > 0 {
					d.user[byte(code)] = data
				}
				next(code + 1)
			})
		})
	}
	next(int(a[1]))
	return 0
}

// qrState is what GS ( k has set up.
type qrState struct {
	module int
	level  qrcode.RecoveryLevel
	data   string
}

func (d *Decoder) qrFunction(fn byte, p []byte) {
	switch {
	case fn == 'A' && len(p) == 2:
	case fn == 'C' && len(p) == 1 && p[0] >= 1 && p[0] <= 16:
		d.qr.module = int(p[0])
	case fn == 'E' && len(p) == 1 && p[0] >= '0' && p[0] <= '3':
		d.qr.level = qrcode.RecoveryLevel(p[0] - '0')
	case fn == 'P' && len(p) >= 1:
		d.qr.data = string(p[1:])
	case fn == 'Q' && len(p) == 1:
		d.printQR()
	default:
		d.Unknown = append(d.Unknown, fmt.Sprintf("1d 28 6b fn %02x with % x", fn, p))
	}
}

func (d *Decoder) printQR() {
	code, err := qrcode.New(d.qr.data, d.qr.level)
	if err != nil || d.qr.module == 0 {
		d.log("[qr not printed: %v]", err)
		return
	}
	code.DisableBorder = true
	bits := code.Bitmap()
	width := len(bits) * d.qr.module
	if width > d.model.Dots {
		d.log("[qr not printed: %d dots wide]", width)
		return
	}
	d.log("[qr %d dots, module %d: %s]", width, d.qr.module, d.qr.data)
	x0 := d.left(width)
	for y := range width {
		for x := range width {
			if bits[y/d.qr.module][x/d.qr.module] {
				d.Paper.set(x0+x, d.y+y)
			}
		}
	}
	d.feed(width)
}

// picture is an image stored by GS ( L.
type picture struct {
	stride, rows, scaleX, scaleY int
	bits                         []byte
}

func (d *Decoder) graphicFunction(p []byte) {
	switch fn := p[1]; {
	case fn == 112 && len(p) >= 10:
		width, rows := int(p[6])|int(p[7])<<8, int(p[8])|int(p[9])<<8
		g := picture{(width + 7) / 8, rows, int(p[3]), int(p[4]), p[10:]}
		if len(g.bits) != g.stride*g.rows || g.scaleX < 1 || g.scaleX > 2 || g.scaleY < 1 || g.scaleY > 2 {
			d.Unknown = append(d.Unknown, fmt.Sprintf("graphics of %d x %d with %d bytes", width, rows, len(g.bits)))
			return
		}
		d.graphic = g
	case fn == 50 || fn == 2:
		if d.graphic.rows == 0 {
			return
		}
		g := d.graphic
		d.raster(g.stride, g.rows, g.scaleX, g.scaleY)
		for y := range g.rows {
			d.printRow(g.bits[y*g.stride : (y+1)*g.stride])
		}
	case fn == 48 || fn == 49:
	default:
		d.Unknown = append(d.Unknown, fmt.Sprintf("1d 28 4c fn %02x", fn))
	}
}
