package printertest

import (
	"fmt"
	"strings"
)

// Decoder prints a stream of bytes on paper, one element at a time: a character, a command, a row of a picture.
type Decoder struct {
	Paper *Paper
	// what was printed, in words: text lines, "[qr …]", "[raster 168x147 x2]", "[cut]", "[kick 0 50 250]", "[feed 120]"
	Lines   []string
	Unknown []string // what no command of the model begins with, in hexadecimal

	model   Model
	y       int // row at which the current line begins
	cells   []cell
	pen     int // where the next character goes, from the left of the line
	text    strings.Builder
	style   style
	spacing int
	user    map[byte][]byte // defined characters, three bytes per column
	useUser bool
	qr      qrState
	graphic picture        // stored by GS ( L fn 112
	collect int            // bytes of data still to come
	data    []byte         //
	then    func(d []byte) // what to do with them
	row     rowState
	moved   int    // rows fed by the present step
	heated  int    // how many of them have dots
	reply   []byte // answers made by the present step
}

type style struct {
	align  byte
	width  int // magnification, 1 to 8
	height int
	bold   bool
	fontB  bool
}

// cell is one character or inline picture of the line being set.
type cell struct {
	x             int // from the left of the line
	dots          [][]bool
	width, height int // magnification
}

// end is where the cell's right edge is.
func (c cell) end() int { return c.x + len(c.dots[0])*c.width }

// rowState is a raster picture being received row by row.
type rowState struct {
	stride, left, scaleX, scaleY, x int
}

// NewDecoder returns a decoder with empty paper.
func NewDecoder(m Model) *Decoder {
	d := &Decoder{Paper: &Paper{dots: m.Dots}, model: m}
	d.reset()
	return d
}

func (d *Decoder) reset() {
	d.style, d.spacing, d.user, d.useUser = style{width: 1, height: 1}, 30, map[byte][]byte{}, false
	d.clearLine()
}

// clearLine forgets the line being set.
func (d *Decoder) clearLine() {
	d.cells, d.pen = nil, 0
	d.text.Reset()
}

// Write decodes all of b; an unfinished command waits for the next Write. It never fails.
func (d *Decoder) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		used, _, _ := d.Step(b)
		if used == 0 { // unfinished: keep it for the next Write by collecting a copy
			held := append([]byte(nil), b...)
			d.hold(held)
			return n, nil
		}
		b = b[used:]
	}
	return n, nil
}

// hold makes an unfinished command the beginning of the next bytes.
func (d *Decoder) hold(head []byte) {
	d.collect = 1
	d.then = func(more []byte) {
		all := append(head, more...)
		for len(all) > 0 {
			used, _, _ := d.Step(all)
			if used == 0 {
				d.hold(all)
				return
			}
			all = all[used:]
		}
	}
}

// Step takes one element from the beginning of b and says how many bytes it took, how many rows of dots the head moved
// and what the printer answers. None taken means that the element isn't whole yet.
func (d *Decoder) Step(b []byte) (used, rows int, reply []byte) {
	d.moved, d.reply = 0, nil
	from := d.y
	used = d.step(b)
	d.heated = d.Paper.inked(from, d.y)
	return used, d.moved, d.reply
}

func (d *Decoder) step(b []byte) int {
	switch {
	case d.collect > 0:
		n := min(d.collect, len(b))
		d.data = append(d.data, b[:n]...)
		if d.collect -= n; d.collect == 0 {
			data, then := d.data, d.then
			d.data, d.then = nil, nil
			then(data)
		}
		return n
	case d.row.left > 0:
		if len(b) < d.row.stride {
			return 0
		}
		d.printRow(b[:d.row.stride])
		return d.row.stride
	}
	switch c := b[0]; c {
	case '\n':
		d.endLine(0)
		return 1
	case '\r', 0x00, 0x11, 0x13:
		return 1 // CR is ignored beside LF; NUL and flow control mean nothing
	case '\t':
		d.char(' ')
		return 1
	case 0x10:
		return d.realtime(b)
	case 0x12, 0x1B, 0x1C, 0x1D:
		return d.command(b)
	default:
		if c < 0x20 {
			return d.unknown(b, 1)
		}
		d.char(c)
		return 1
	}
}

// expect collects n bytes and hands them to then.
func (d *Decoder) expect(n int, then func(data []byte)) {
	if n == 0 {
		then(nil)
		return
	}
	d.collect, d.then = n, then
}

// unknown records n bytes nobody knows; a real printer prints what follows them as text.
func (d *Decoder) unknown(b []byte, n int) int {
	d.Unknown = append(d.Unknown, fmt.Sprintf("% x", b[:n]))
	return n
}

// realtime skips commands that were obeyed on arrival.
func (d *Decoder) realtime(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	length := 3
	switch b[1] {
	case 0x04, 0x05:
	case 0x14:
		if len(b) < 3 {
			return 0
		}
		length = 5
		if b[2] == 8 {
			length = 10
		}
	default:
		return d.unknown(b, 2)
	}
	if len(b) < length {
		return 0
	}
	return length
}

// Text is all of Lines.
func (d *Decoder) Text() string { return strings.Join(d.Lines, "\n") + "\n" }

// Unfinished tells whether the decoder waits for the rest of a command.
func (d *Decoder) Unfinished() bool { return d.collect > 0 || d.row.left > 0 }

// Pending tells whether text waits for its line feed.
func (d *Decoder) Pending() bool { return len(d.cells) > 0 }
