package display

// A payload as the bits of a QR symbol (ISO/IEC 18004:2015).

// Kinds of stretch, cheapest first: 10 bits for three digits, 11 for two of the 45 capitals and signs, 8 a byte.
const (
	digits = iota
	capitals
	octets
)

// stretch is a part of a payload in one kind.
type stretch struct {
	kind int
	text string
}

// capitalSigns are the 45 letters of the standard's alphanumeric mode, each at its value (§7.4.5).
const capitalSigns = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// capitalValue is a letter's place in capitalSigns; -1: it has none.
var capitalValue = func() (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i := range len(capitalSigns) {
		v[capitalSigns[i]] = int8(i)
	}
	return v
}()

func kindOfByte(b byte) int {
	switch v := capitalValue[b]; {
	case v < 0:
		return octets
	case v < 10:
		return digits
	}
	return capitals
}

// countBits is how long the count of a stretch is, by kind and by group of versions: to 9, to 26, to 40 (§7.4.1).
var countBits = [3][3]int{{10, 9, 8}, {12, 11, 16}, {14, 13, 16}}

// length is how many bits n letters of a kind take, with mode and count.
func length(kind, n, group int) int {
	head := 4 + countBits[group][kind]
	switch kind {
	case digits:
		return head + (10*n+2)/3
	case capitals:
		return head + (11*n+1)/2
	}
	return head + 8*n
}

// cut divides a payload into stretches. A stretch takes what comes after it, of a cheaper kind, when the two are
// shorter as one.
func cut(payload string, group int) (parts []stretch, size int) {
	var raw []stretch
	for i := 0; i < len(payload); {
		kind, j := kindOfByte(payload[i]), i+1
		for j < len(payload) && kindOfByte(payload[j]) == kind {
			j++
		}
		raw = append(raw, stretch{kind, payload[i:j]})
		i = j
	}

	most, at := 0, 0
	for i := 0; i < len(raw); {
		kind, n := raw[i].kind, len(raw[i].text)
		j := i + 1
		for ; j < len(raw) && raw[j].kind <= kind; j++ {
			next := len(raw[j].text)
			if length(kind, n+next, group) >= length(kind, n, group)+length(raw[j].kind, next, group) {
				break
			}
			n += next
		}
		parts = append(parts, stretch{kind, payload[at : at+n]})
		size += length(kind, n, group)
		most, at, i = max(most, kind), at+n, j
	}
	if whole := length(most, len(payload), group); whole <= size {
		return []stretch{{most, payload}}, whole
	}
	return parts, size
}

// bitString is a row of bits, the first in the highest bit of its first byte.
type bitString struct {
	bytes []byte
	n     int
}

func (b *bitString) add(value uint, n int) {
	for n--; n >= 0; n-- {
		if b.n%8 == 0 {
			b.bytes = append(b.bytes, 0)
		}
		b.bytes[b.n/8] |= byte(value>>n&1) << (7 - b.n%8)
		b.n++
	}
}

// write adds a stretch (§7.4.3 to §7.4.5).
func (b *bitString) write(s stretch, group int) {
	b.add(1<<s.kind, 4)
	b.add(uint(len(s.text)), countBits[group][s.kind])
	switch s.kind {
	case octets:
		for i := range len(s.text) {
			b.add(uint(s.text[i]), 8)
		}
	case capitals:
		for i := 0; i < len(s.text); i += 2 {
			v := uint(capitalValue[s.text[i]])
			if i+1 == len(s.text) {
				b.add(v, 6)
				break
			}
			b.add(45*v+uint(capitalValue[s.text[i+1]]), 11)
		}
	case digits:
		for i := 0; i < len(s.text); i += 3 {
			group := s.text[i:min(i+3, len(s.text))]
			v := uint(0)
			for j := range len(group) {
				v = 10*v + uint(group[j]-'0')
			}
			b.add(v, 1+3*len(group))
		}
	}
}
