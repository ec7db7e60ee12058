package reader

import (
	"fmt"
	"image"
	"strings"

	"github.com/skip2/go-qrcode"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Sheet is a job on paper.
type Sheet struct {
	Picture    *image.Alpha      // a dot is 0xFF
	Letters    []image.Rectangle // where characters stand
	Text       []string          // the lines of characters, without the blanks around them
	Complaints []string
}

// Read prints a job on paper of a width in dots. pitch is what a line feeds until ESC 3 says otherwise.
func Read(job []byte, dots, pitch int) *Sheet {
	r := &reading{in: job, dots: dots, own: pitch}
	r.initialise()
	for r.at < len(r.in) && len(r.complaints) < 20 {
		from := r.at
		if err := r.one(); err != "" {
			r.complaints = append(
				r.complaints,
				fmt.Sprintf("byte %d, % x: %s", from, r.in[from:min(len(r.in), from+8)], err),
			)
		}
	}
	if len(r.line) > 0 {
		r.complaints = append(r.complaints, "the last line has no end")
	}
	s := &Sheet{
		Letters:    r.letters,
		Text:       r.text,
		Complaints: r.complaints,
		Picture:    image.NewAlpha(image.Rect(0, 0, dots, r.y)),
	}
	for _, d := range r.ink {
		if d.In(s.Picture.Rect) {
			s.Picture.Pix[s.Picture.PixOffset(d.X, d.Y)] = 0xFF
		} else {
			s.Complaints = append(s.Complaints, fmt.Sprintf("a dot at %v is beside the paper", d))
		}
	}
	return s
}

// reading is a job half read.
type reading struct {
	in   []byte
	at   int
	dots int
	own  int // pitch of the printer itself
	y    int
	ink  []image.Point

	letters    []image.Rectangle
	text       []string
	complaints []string

	// What ESC @ sets back.
	align, wide, high, pitch int
	bold, small, redefined   bool
	drawn                    map[byte][]byte
	line                     []item
	x                        int

	qrModule int
	qrLevel  byte
	qrData   string
}

// item is what stands in a line: a character, or columns of dots.
type item struct {
	x, width, height int
	letter           byte
	dot              func(x, y int) bool // of a picture of width x height
	character        bool
}

func (r *reading) initialise() {
	r.align, r.wide, r.high, r.pitch, r.bold, r.small, r.redefined = 0, 1, 1, r.own, false, false, false
	r.drawn, r.line, r.x = map[byte][]byte{}, nil, 0
}

// next takes n bytes; nil when there are fewer.
func (r *reading) next(n int) []byte {
	if r.at+n > len(r.in) {
		r.at = len(r.in)
		return nil
	}
	b := r.in[r.at : r.at+n]
	r.at += n
	return b
}

const short = "the job ends inside a command"

// one reads one character or command. What it answers is a complaint.
func (r *reading) one() string {
	switch b := r.next(1)[0]; {
	case b == '\n':
		r.end(max(r.pitch, r.height()))
	case b == 0:
	case b >= 0x20 && b < 0x7F:
		return r.character(b)
	case b == 0x1B:
		return r.escape()
	case b == 0x1D:
		return r.group()
	case b == 0x12:
		if a := r.next(2); a == nil || a[0] != '#' {
			return "DC2 with something else than #"
		}
	default:
		return "a byte that is neither a character nor a command"
	}
	return ""
}

func (r *reading) character(b byte) string {
	w, h := 12, 24
	if r.small {
		w, h = 9, 17
	}
	it := item{x: r.x, width: w * r.wide, height: h * r.high, letter: b, character: true}
	if columns, ok := r.drawn[b]; ok && r.redefined && !r.small {
		it.dot = func(x, y int) bool { x, y = x/r.wide, y/r.high; return columns[3*x+y/8]>>(7-y%8)&1 == 1 }
	} else {
		it.dot = letter(b, w, h, r.wide, r.high)
	}
	r.line = append(r.line, it)
	if r.x += it.width; r.x > r.dots {
		return "the line is wider than the paper"
	}
	return ""
}

// letter draws a character with a face that the decoder doesn't use, into a cell.
func letter(b byte, w, h, wide, high int) func(x, y int) bool {
	face := basicfont.Face7x13
	box, mask, from, _, ok := face.Glyph(fixed.P(0, face.Ascent), rune(b))
	if !ok {
		return func(int, int) bool { return false }
	}
	return func(x, y int) bool {
		x, y = x/wide*7/w, y/high*13/h
		p := image.Pt(x, y)
		if !p.In(box) {
			return false
		}
		_, _, _, a := mask.At(from.X+x-box.Min.X, from.Y+y-box.Min.Y).RGBA()
		return a > 0
	}
}

func (r *reading) height() int {
	h := 0
	for _, it := range r.line {
		h = max(h, it.height)
	}
	return h
}

// left is where something of a width begins by the alignment.
func (r *reading) left(width int) int { return (r.dots - width) * r.align / 2 }

// end prints the line, which stands on its feet, and feeds.
func (r *reading) end(feed int) {
	h, x0 := r.height(), r.left(r.x)
	var words strings.Builder
	for _, it := range r.line {
		top := r.y + h - it.height
		for y := range it.height {
			for x := range it.width {
				if it.dot(x, y) {
					r.ink = append(r.ink, image.Pt(x0+it.x+x, top+y))
				}
			}
		}
		if it.character {
			words.WriteByte(it.letter)
			r.letters = append(r.letters, image.Rect(x0+it.x, top, x0+it.x+it.width, top+it.height))
		}
	}
	if t := strings.TrimSpace(words.String()); t != "" {
		r.text = append(r.text, t)
	}
	r.line, r.x = nil, 0
	r.y += feed
}

func (r *reading) escape() string {
	c := r.next(1)
	if c == nil {
		return short
	}
	lengths := map[byte]int{
		'@': 0,
		'a': 1,
		'E': 1,
		'M': 1,
		'3': 1,
		'2': 0,
		'J': 1,
		'd': 1,
		'p': 3,
		'i': 0,
		'm': 0,
		'7': 3,
		'%': 1,
		'&': 3,
		'*': 3,
		'!': 1,
		't': 1,
		'=': 1,
		'G': 1,
	}

	n, known := lengths[c[0]]
	if !known {
		return "an ESC command that isn't known"
	}
	a := r.next(n)
	if n > 0 && a == nil {
		return short
	}
	switch c[0] {
	case '@':
		r.initialise()
	case 'a':
		if a[0] > 2 {
			return "an alignment that there isn't"
		}
		if len(r.line) > 0 {
			return "an alignment inside a line"
		}
		r.align = int(a[0])
	case 'E', 'G':
		r.bold = a[0]&1 == 1
	case 'M':
		if a[0] > 1 {
			return "a font that not every printer has"
		}
		r.small = a[0] == 1
	case '!':
		r.small, r.bold, r.high, r.wide = a[0]&1 == 1, a[0]&8 != 0, 1+int(a[0]>>4&1), 1+int(a[0]>>5&1)
	case '3':
		r.pitch = int(a[0])
	case '2':
		r.pitch = 30
	case 'J':
		r.end(max(int(a[0]), r.height()))
	case 'd':
		for range a[0] {
			r.end(max(r.pitch, r.height()))
		}
	case 'i', 'm':
		return r.cut(0)
	case '%':
		r.redefined = a[0]&1 == 1
	case '&':
		for code := int(a[1]); code <= int(a[2]); code++ {
			w := r.next(1)
			if a[0] != 3 || w == nil || w[0] > 12 {
				return "a character that doesn't fit its cell"
			}
			data := r.next(3 * int(w[0]))
			if data == nil {
				return short
			}
			r.drawn[byte(code)] = append(append([]byte{}, data...), make([]byte, 36-len(data))...)
		}
	case '*':
		return r.columns(a[0], int(a[1])+256*int(a[2]))
	}

	return ""
}

func (r *reading) columns(mode byte, n int) string {
	each, wide, tall := 3, 1, 1
	switch mode {
	case 0, 1:
		each, wide, tall = 1, 2-int(mode), 3
	case 32:
		wide = 2
	case 33:
	default:
		return "a density that there isn't"
	}
	data := r.next(n * each)
	if data == nil || n == 0 {
		return short
	}
	r.line = append(r.line, item{x: r.x, width: n * wide, height: 24, dot: func(x, y int) bool {
		x, y = x/wide, y/tall
		return data[each*x+y/8]>>(7-y%8)&1 == 1
	}})
	if r.x += n * wide; r.x > r.dots {
		return "a picture wider than the paper"
	}
	return ""
}

func (r *reading) group() string {
	c := r.next(1)
	if c == nil {
		return short
	}
	switch c[0] {
	case '!':
		a := r.next(1)
		if a == nil || a[0]&0x88 != 0 {
			return "a size that there isn't"
		}
		r.wide, r.high = 1+int(a[0]>>4), 1+int(a[0]&7)
	case 'P':
		if r.next(2) == nil {
			return short
		}
	case 'V':
		a := r.next(1)
		switch {
		case a == nil:
			return short
		case a[0] == 65 || a[0] == 66:
			n := r.next(1)
			if n == nil {
				return short
			}
			return r.cut(int(n[0]) + 120)
		case a[0] > 1 && a[0] != '0' && a[0] != '1':
			return "a cut that there isn't"
		}
		return r.cut(0)
	case 'v':
		return r.rows()
	case '(':
		return r.parentheses()
	default:
		return "a GS command that isn't known"
	}
	return ""
}

func (r *reading) cut(feed int) string {
	if len(r.line) > 0 {
		return "a cut inside a line, which printers ignore"
	}
	r.y += feed
	return ""
}

func (r *reading) rows() string {
	a := r.next(6)
	if a == nil || a[0] != '0' || a[1] > 3 {
		return "a picture of a kind that there isn't"
	}
	wide, tall := 1+int(a[1]&1), 1+int(a[1]>>1)
	stride, rows := int(a[2])+256*int(a[3]), int(a[4])+256*int(a[5])
	data := r.next(stride * rows)
	switch {
	case data == nil || stride == 0 || rows == 0:
		return "a picture that is shorter than it says"
	case len(r.line) > 0:
		return "a picture inside a line"
	case rows > 255:
		return "a picture higher than every manual allows"
	case (stride*8-7)*wide > r.dots:
		return "a picture wider than the paper"
	}
	x0 := max(0, r.left(stride*8*wide))
	for i, bits := range data {
		for b := range 8 {
			if bits>>(7-b)&1 == 0 {
				continue
			}
			x, y := (i%stride*8+b)*wide, i/stride*tall
			for dy := range tall {
				for dx := range wide {
					r.ink = append(r.ink, image.Pt(x0+x+dx, r.y+y+dy))
				}
			}
		}
	}
	r.y += rows * tall
	return ""
}

func (r *reading) parentheses() string {
	a := r.next(3)
	if a == nil {
		return short
	}
	p := r.next(int(a[1]) + 256*int(a[2]))
	switch {
	case len(p) < 2:
		return short
	case a[0] == 'H' || a[0] == 'D':
		return ""
	case a[0] != 'k' || p[0] != '1':
		return "a GS ( command that isn't known"
	}
	switch p[1] {
	case 'A':
	case 'C':
		r.qrModule = int(p[2])
	case 'E':
		r.qrLevel = p[2]
	case 'P':
		r.qrData = string(p[3:])
	case 'Q':
		return r.qr()
	default:
		return "a function of the QR that there isn't"
	}
	return ""
}

func (r *reading) qr() string {
	if r.qrModule < 1 || r.qrModule > 8 || r.qrLevel < '0' || r.qrLevel > '3' || r.qrData == "" {
		return "a QR before it is set up"
	}
	code, err := qrcode.New(r.qrData, qrcode.RecoveryLevel(r.qrLevel-'0'))
	if err != nil {
		return err.Error()
	}
	code.DisableBorder = true
	bits := code.Bitmap()
	side := len(bits) * r.qrModule
	if side > r.dots {
		return "a QR wider than the paper"
	}
	x0 := r.left(side)
	for y := range side {
		for x := range side {
			if bits[y/r.qrModule][x/r.qrModule] {
				r.ink = append(r.ink, image.Pt(x0+x, r.y+y))
			}
		}
	}
	r.y += side
	return ""
}
