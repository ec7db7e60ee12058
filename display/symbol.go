package display

import (
	"math/bits"
	"sync"
)

// A payload as a QR symbol at level M, to ISO/IEC 18004: the smallest version that holds it, cut into stretches of
// digits, capitals and bytes. Sections are the standard's of 2015.
//
// skip2/go-qrcode makes the same symbols (TestSymbolIsTheLibrarys, in every version), by 9,000 allocations and 2 to 4
// ms each: a third of what a sale may cost on the screen (kiosk/README.md). The other packages use it.

// Level M by version (table 9): codewords for correction in each block, and blocks.
var (
	levelMCorrection = [41]int{
		0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
		26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	}
	levelMBlocks = [41]int{
		0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
		17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
	}
)

// room is how many codewords a version has, correction and all: the modules that no pattern takes.
func room(version int) int {
	n := (16*version+128)*version + 64
	if version >= 2 {
		marks := version/7 + 2
		n -= (25*marks-10)*marks - 55
	}
	if version >= 7 {
		n -= 36
	}
	return n / 8
}

// dataRoom is how many of them are the payload's.
func dataRoom(version int) int {
	return room(version) - levelMCorrection[version]*levelMBlocks[version]
}

// symbolOf makes the code of a payload; nil: it is longer than version 40 holds.
func symbolOf(payload string) code {
	last := [3]int{9, 26, 40}
	version := 1
	for group := range last {
		parts, size := cut(payload, group)
		for ; version <= last[group]; version++ {
			if free := 8*dataRoom(version) - size; free >= 0 {
				var b bitString
				for _, s := range parts {
					b.write(s, group)
				}
				b.add(0, min(4, free)) // the terminator
				for pad := uint(0xec); len(b.bytes) < dataRoom(version); pad ^= 0xec ^ 0x11 {
					b.bytes = append(b.bytes, byte(pad))
				}
				return draft(version, protect(b.bytes, version))
			}
		}
	}
	return nil
}

// line is a row or a column of modules, the first in the lowest bit: 177 at most.
type line [3]uint64

func (l *line) set(i int, dark bool) {
	bit := uint64(1) << (i & 63)
	if l[i>>6] &^= bit; dark {
		l[i>>6] |= bit
	}
}

func (l *line) at(i int) bool { return l[i>>6]>>(i&63)&1 == 1 }

// ahead is the line without its first n modules, n below 64.
func (l line) ahead(n uint) line {
	return line{l[0]>>n | l[1]<<(64-n), l[1]>>n | l[2]<<(64-n), l[2] >> n}
}

func (l line) and(o line) line    { return line{l[0] & o[0], l[1] & o[1], l[2] & o[2]} }
func (l line) andNot(o line) line { return line{l[0] &^ o[0], l[1] &^ o[1], l[2] &^ o[2]} }
func (l line) xor(o line) line    { return line{l[0] ^ o[0], l[1] ^ o[1], l[2] ^ o[2]} }

func (l line) count() int {
	return bits.OnesCount64(l[0]) + bits.OnesCount64(l[1]) + bits.OnesCount64(l[2])
}

// leading is a line whose first n modules are dark.
func leading(n int) (l line) {
	for i := range l {
		switch {
		case n >= 64*(i+1):
			l[i] = ^uint64(0)
		case n > 64*i:
			l[i] = 1<<(n-64*i) - 1
		}
	}
	return l
}

// sheet is a symbol being made: its modules, which of them are patterns, which no mask touches, and the same by
// columns.
type sheet struct {
	n                int
	rows, columns    []line
	fixed, fixedDown []line
}

func newSheet(n int) *sheet {
	all := make([]line, 4*n)
	s := &sheet{n, all[:n], all[n : 2*n], all[2*n : 3*n], all[3*n:]}
	beyond := leading(64 * len(line{})).andNot(leading(n))
	for i := range n {
		s.fixed[i], s.fixedDown[i] = beyond, beyond
	}
	return s
}

func (s *sheet) put(x, y int, dark bool) {
	s.rows[y].set(x, dark)
	s.columns[x].set(y, dark)
}

func (s *sheet) set(x, y int, dark bool) {
	s.put(x, y, dark)
	s.fixed[y].set(x, true)
	s.fixedDown[x].set(y, true)
}

// draft lays out codewords in a version's symbol, with the mask that the standard's penalties prefer.
func draft(version int, words []byte) code {
	n := 17 + 4*version
	s := newSheet(n)
	s.patterns(version)
	s.fill(words)

	best, least := -1, 0
	for mask := range 8 {
		s.turn(mask)
		s.format(mask)
		if p := s.penalty(); best < 0 || p < least {
			best, least = mask, p
		}
		s.turn(mask) // back
	}
	s.turn(best)
	s.format(best)

	c := make(code, n)
	all := make([]bool, n*n)
	for y := range c {
		c[y] = all[y*n : (y+1)*n : (y+1)*n]
		for x := range c[y] {
			c[y][x] = s.rows[y].at(x)
		}
	}
	return c
}

// turn turns over the modules that a mask names.
func (s *sheet) turn(mask int) {
	m := &masks()[mask]
	for i := range s.n {
		s.rows[i] = s.rows[i].xor(m.rows[i%12].andNot(s.fixed[i]))
		s.columns[i] = s.columns[i].xor(m.columns[i%12].andNot(s.fixedDown[i]))
	}
}

// masks are the eight of the standard. Each is the same again after twelve rows and twelve columns.
var masks = sync.OnceValue(func() *[8]struct{ rows, columns [12]line } {
	all := new([8]struct{ rows, columns [12]line })
	for mask := range all {
		m := &all[mask]
		for i := range 12 {
			for j := range 17 + 4*40 {
				m.rows[i].set(j, masked(mask, j, i))
				m.columns[i].set(j, masked(mask, i, j))
			}
		}
	}
	return all
})

// patterns draws what every symbol of a version has (§6.3), and keeps the place of the format.
func (s *sheet) patterns(version int) {
	for i := range s.n {
		s.set(6, i, i%2 == 0)
		s.set(i, 6, i%2 == 0)
	}
	for _, c := range [][2]int{{3, 3}, {s.n - 4, 3}, {3, s.n - 4}} {
		for dy := -4; dy <= 4; dy++ {
			for dx := -4; dx <= 4; dx++ {
				x, y := c[0]+dx, c[1]+dy
				if x < 0 || y < 0 || x >= s.n || y >= s.n {
					continue
				}
				ring := max(dx, -dx, dy, -dy)
				s.set(x, y, ring != 2 && ring != 4)
			}
		}
	}
	for _, x := range marks(version) {
		for _, y := range marks(version) {
			if x == 6 && y == 6 || x == 6 && y == s.n-7 || x == s.n-7 && y == 6 {
				continue // a corner has its own
			}
			for dy := -2; dy <= 2; dy++ {
				for dx := -2; dx <= 2; dx++ {
					s.set(x+dx, y+dy, max(dx, -dx, dy, -dy) != 1)
				}
			}
		}
	}
	if version >= 7 {
		word := version<<12 | remainder(version<<12, 0x1f25, 12) // §7.10
		for i := range 18 {
			dark := word>>i&1 == 1
			s.set(i/3, s.n-11+i%3, dark)
			s.set(s.n-11+i%3, i/3, dark)
		}
	}
	s.format(0)
}

// marks are where the small squares stand, in either direction (annex E).
func marks(version int) []int {
	if version == 1 {
		return nil
	}
	n := version/7 + 2
	step := (8*version + 3*n + 5) / (4*n - 4) * 2
	at := make([]int, n)
	at[0] = 6
	for i := 1; i < n; i++ {
		at[i] = 4*version + 10 - (n-1-i)*step
	}
	return at
}

// remainder divides value by a polynomial of a degree, in bits.
func remainder(value, by, degree int) int {
	for bit := 1 << 20; bit >= 1<<degree; bit >>= 1 {
		if value&bit != 0 {
			value ^= by * (bit >> degree)
		}
	}
	return value
}

// format writes level M and a mask, twice (§7.9).
func (s *sheet) format(mask int) {
	word := (mask<<10 | remainder(mask<<10, 0x537, 10)) ^ 0x5412
	for i := range 15 {
		dark := word>>i&1 == 1
		switch {
		case i < 6:
			s.set(8, i, dark)
		case i < 8:
			s.set(8, i+1, dark)
		case i == 8:
			s.set(7, 8, dark)
		default:
			s.set(14-i, 8, dark)
		}
		if i < 8 {
			s.set(s.n-1-i, 8, dark)
		} else {
			s.set(8, s.n-15+i, dark)
		}
	}
	s.set(8, s.n-8, true)
}

// fill writes codewords from the right to the left, two columns at a time, up and down in turn (§7.7.3).
func (s *sheet) fill(words []byte) {
	i, up := 0, true
	for right := s.n - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		for step := range s.n {
			y := step
			if up {
				y = s.n - 1 - step
			}
			for _, x := range [2]int{right, right - 1} {
				if s.fixed[y].at(x) || i >= 8*len(words) {
					continue
				}
				s.put(x, y, words[i/8]>>(7-i%8)&1 == 1)
				i++
			}
		}
		up = !up
	}
}

// masked says whether a mask turns a module over (§7.8.2).
func masked(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// penalty says how hard a symbol is to read, to choose between masks (§7.8.3). A stretch of one colour counts from six
// modules on, not from five as in the standard: so did the library that drew the codes of the scan table, and any mask
// is read.
func (s *sheet) penalty() int {
	sum, darks := 0, 0
	pairs := leading(s.n - 1)
	var above, aboveEven line
	for i, row := range s.rows {
		even := pairs.andNot(row.xor(row.ahead(1))) // a module and the next are of one colour
		sum += row.penalty(even, s.n)
		darks += row.count()
		if i > 0 {
			sum += 3 * even.and(aboveEven).andNot(row.xor(above)).count()
		}
		above, aboveEven = row, even
	}
	for _, column := range s.columns {
		sum += column.penalty(pairs.andNot(column.xor(column.ahead(1))), s.n)
	}
	all := s.n * s.n
	off := all/2 - darks
	return sum + 10*(max(off, -off)/(all/20))
}

// penalty is that of one line of n modules: for stretches of one colour, and for what looks like a corner's pattern
// beside four light modules.
func (l line) penalty(even line, n int) (sum int) {
	two := even.and(even.ahead(1))
	six := two.and(two.ahead(2)).and(even.ahead(4)) // six modules from here on are of one colour
	begun := six.andNot(line{six[0] << 1, six[1]<<1 | six[0]>>63, six[2]<<1 | six[1]>>63})
	sum = six.count() + 3*begun.count()

	three := l.and(l.ahead(1)).and(l.ahead(2)).ahead(2)
	if l.and(three).and(l.ahead(6)).andNot(l.ahead(1)).andNot(l.ahead(5)) == (line{}) {
		return sum // nothing looks like a corner
	}
	const corner = 0b1011101
	window := 0
	for i := range n {
		window = window << 1 & 0x7ff
		if l.at(i) {
			window |= 1
		}
		if window == corner || window == corner<<4 || i == n-1 && window&0x7f == corner {
			sum += 40
			window = 0xff
		}
	}
	return sum
}
