package escpos

import "fmt"

// MaxRows is the tallest raster band: Cino stops at 343 rows, Adafruit's class at 255, Epson at 2303. A taller
// picture is sent as several bands.
const MaxRows = 255

// Bitmap is a one-bit picture: rows of Stride bytes, the highest bit leftmost, a set bit is black.
type Bitmap struct {
	Stride int // bytes per row, 1 to 256 [T81 p. 124]
	Rows   int
	Bits   []byte // Stride * Rows bytes
}

// NewBitmap returns a white bitmap of at least width dots.
func NewBitmap(width, rows int) Bitmap {
	stride := (width + 7) / 8
	return Bitmap{Stride: stride, Rows: rows, Bits: make([]byte, stride*rows)}
}

// Set makes the dot at x, y black. Dots outside are ignored.
func (m Bitmap) Set(x, y int) {
	if x >= 0 && y >= 0 && x < m.Stride*8 && y < m.Rows {
		m.Bits[y*m.Stride+x/8] |= 0x80 >> (x % 8)
	}
}

// At tells whether the dot at x, y is black.
func (m Bitmap) At(x, y int) bool {
	return x >= 0 && y >= 0 && x < m.Stride*8 && y < m.Rows && m.Bits[y*m.Stride+x/8]&(0x80>>(x%8)) != 0
}

// Slice returns the rows from (included) to to (excluded); it shares the bits of m.
func (m Bitmap) Slice(from, to int) Bitmap {
	return Bitmap{Stride: m.Stride, Rows: to - from, Bits: m.Bits[from*m.Stride : to*m.Stride]}
}

// Doubled returns the bitmap with every row twice.
func (m Bitmap) Doubled() Bitmap {
	out := Bitmap{Stride: m.Stride, Rows: 2 * m.Rows, Bits: make([]byte, 0, 2*len(m.Bits))}
	for y := range m.Rows {
		row := m.Bits[y*m.Stride : (y+1)*m.Stride]
		out.Bits = append(append(out.Bits, row...), row...)
	}
	return out
}

// Scale is how the printer enlarges a raster image by itself. Quadruple prints every dot as 2 x 2, for a quarter of the
// bytes.
type Scale byte

const (
	Same      Scale = 0
	Quadruple Scale = 3
)

// Raster prints a bitmap of at most MaxRows rows (GS v 0) [T81 p. 124]. It is valid only at the beginning of a line.
// Data that a printer would obey at once (see scrub) is altered by one dot.
func Raster(scale Scale, m Bitmap) ([]byte, error) {
	if m.Stride < 1 || m.Stride > 256 || m.Rows < 1 || m.Rows > MaxRows || len(m.Bits) != m.Stride*m.Rows {
		return nil, fmt.Errorf(
			"a raster band is 1 to 256 bytes wide and 1 to %d rows high with all its bytes, not %d x %d with %d bytes",
			MaxRows,
			m.Stride,
			m.Rows,
			len(m.Bits),
		)
	}
	if scale != Same && scale != Quadruple {
		return nil, fmt.Errorf("raster scale %d is neither Same nor Quadruple", scale)
	}
	b := append(make([]byte, 0, 8+len(m.Bits)), 0x1D, 'v', '0', byte(scale))
	b = append(b, byte(m.Stride), byte(m.Stride>>8), byte(m.Rows), byte(m.Rows>>8))
	b = append(b, m.Bits...)
	scrub(b[7:]) // from the last byte of the header, which may begin a pair
	return b, nil
}

// scrub alters picture data so that it contains no real-time command: DLE EOT, DLE ENQ, DLE DC4 are obeyed wherever
// they occur ("Graphic data might accidentally include a data string matching this command" [T81 p. 70]).
// The first byte is left as it is; the second of a pair gets one more black dot. It reports how many bytes it changed.
func scrub(data []byte) int {
	n := 0
	for i := 1; i < len(data); i++ {
		if data[i-1] != dle {
			continue
		}
		switch data[i] {
		case eot, enq, dc4:
			data[i] |= 0x08
			n++
		}
	}
	return n
}

// GlyphA is a character of font A: 12 columns of 24 dots, three bytes each, the highest bit on top.
type GlyphA [36]byte

// DefineGlyph replaces the printable ASCII character code by g in font A (ESC &) and switches user-defined characters
// on (ESC %) [T81 p. 72]. Init erases it. Other characters keep their shape.
func DefineGlyph(code byte, g GlyphA) ([]byte, error) {
	if code < 0x20 || code > 0x7E {
		return nil, fmt.Errorf("only the characters 0x20 to 0x7e can be defined, not %#02x", code)
	}
	b := []byte{0x1B, '&', 3, code, code, 12}
	b = append(b, g[:]...)
	scrub(b[5:])
	return append(b, 0x1B, '%', 1), nil
}

// BandRows is the height of a band of columns: ESC * in its 24-dot modes.
const BandRows = 24

// Columns prints a bitmap of at most BandRows rows into the line (ESC *) [T81 p. 66]: three bytes a column, the highest
// bit on top; with wide the printer makes every column two dots wide (m = 32, single density, instead of 33). The line
// is printed by what follows, such as FeedDots(BandRows). It is for printers whose GS v 0 is faulty. Data that a
// printer would obey at once is altered by one dot.
func Columns(m Bitmap, wide bool) ([]byte, error) {
	width := m.Stride * 8
	if width < 1 || width > 1024 || m.Rows < 1 || m.Rows > BandRows || len(m.Bits) != m.Stride*m.Rows {
		return nil, fmt.Errorf("a band of columns is 1 to 1024 dots wide and 1 to %d rows high with all its bytes, "+
			"not %d x %d with %d bytes", BandRows, width, m.Rows, len(m.Bits))
	}
	for width > 1 && m.blankColumn(width-1) {
		width--
	}
	mode := byte(33)
	if wide {
		mode = 32
	}
	b := []byte{0x1B, '*', mode, byte(width), byte(width >> 8)}
	for x := range width {
		var column [3]byte
		for y := range m.Rows {
			if m.At(x, y) {
				column[y/8] |= 0x80 >> (y % 8)
			}
		}
		b = append(b, column[:]...)
	}
	scrub(b[4:]) // from the last byte of the header, which may begin a pair
	return b, nil
}

func (m Bitmap) blankColumn(x int) bool {
	for y := range m.Rows {
		if m.At(x, y) {
			return false
		}
	}
	return true
}

// Blank tells whether no dot is black.
func (m Bitmap) Blank() bool {
	for _, b := range m.Bits {
		if b != 0 {
			return false
		}
	}
	return true
}
