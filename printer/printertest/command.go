package printertest

import "fmt"

// command decodes what begins with ESC, FS, GS or DC2. It returns 0 while the command isn't whole.
func (d *Decoder) command(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	var table map[byte]op
	switch b[0] {
	case 0x1B:
		table = escape
	case 0x1D:
		table = group
	case 0x1C:
		table = field
	default:
		table = device
	}
	o, ok := table[b[1]]
	if !ok || o.needs != nil && !o.needs(d.model) {
		return d.unknown(b, 2)
	}
	if len(b) < 2+o.args {
		return 0
	}
	return 2 + o.args + o.do(d, b[2:2+o.args], b[2+o.args:])
}

// op is one command: its fixed arguments, and what it does. do may take further bytes of rest and returns how many.
type op struct {
	args  int
	needs func(Model) bool
	do    func(d *Decoder, a, rest []byte) int
}

// set is an op that only changes the decoder.
func set(args int, f func(d *Decoder, a []byte)) op {
	return op{args: args, do: func(d *Decoder, a, _ []byte) int { f(d, a); return 0 }}
}

// ignored is a command that is known and changes nothing that is modelled.
func ignored(args int) op { return set(args, func(*Decoder, []byte) {}) }

func on(b byte) bool { return b&1 == 1 }

var escape = map[byte]op{
	'@': set(0, func(d *Decoder, _ []byte) { d.reset() }),
	'a': set(1, func(d *Decoder, a []byte) {
		if len(d.cells) == 0 { // only at the beginning of a line
			d.style.align = a[0] & 3
		}
	}),
	'E': set(1, func(d *Decoder, a []byte) { d.style.bold = on(a[0]) }),
	'G': set(1, func(d *Decoder, a []byte) { d.style.bold = on(a[0]) }),
	'M': set(1, func(d *Decoder, a []byte) { d.style.fontB = on(a[0]) }),
	'!': set(1, func(d *Decoder, a []byte) {
		d.style.fontB, d.style.bold = on(a[0]), a[0]&8 != 0
		d.style.height, d.style.width = 1+int(a[0]>>4&1), 1+int(a[0]>>5&1)
	}),
	'2': set(0, func(d *Decoder, _ []byte) { d.spacing = 30 }),
	'3': set(1, func(d *Decoder, a []byte) { d.spacing = int(a[0]) }),
	'd': set(1, func(d *Decoder, a []byte) {
		for range a[0] {
			d.endLine(0)
		}
	}),
	'J': set(1, func(d *Decoder, a []byte) { d.endLine(int(a[0]) + 1) }),
	'p': set(3, func(d *Decoder, a []byte) { d.log("[kick %d %d %d]", a[0], a[1], a[2]) }),
	'i': {
		needs: func(m Model) bool { return m.knowsCut("esci") },
		do:    func(d *Decoder, _, _ []byte) int { d.cut(0); return 0 },
	},
	'm': {
		needs: func(m Model) bool { return m.knowsCut("escm") },
		do:    func(d *Decoder, _, _ []byte) int { d.cut(0); return 0 },
	},
	'7':  {args: 3, needs: func(m Model) bool { return m.Heat }, do: func(d *Decoder, a, _ []byte) int { return 0 }},
	'*':  {args: 3, do: func(d *Decoder, a, _ []byte) int { d.columns(a[0], int(a[1])|int(a[2])<<8); return 0 }},
	'&':  {args: 3, do: (*Decoder).define},
	'%':  set(1, func(d *Decoder, a []byte) { d.useUser = on(a[0]) }),
	'?':  set(1, func(d *Decoder, a []byte) { delete(d.user, a[0]) }),
	't':  ignored(1),
	'R':  ignored(1),
	'-':  ignored(1),
	' ':  ignored(1),
	'V':  ignored(1),
	'{':  ignored(1),
	'T':  ignored(1),
	'U':  ignored(1),
	'$':  set(2, func(d *Decoder, a []byte) { d.move(int(a[0]) | int(a[1])<<8) }),
	'\\': set(2, func(d *Decoder, a []byte) { d.move(d.pen + int(int16(uint16(a[0])|uint16(a[1])<<8))) }),
	'r':  ignored(1),
	'=':  ignored(1),
	'S':  ignored(0),
	'c':  {args: 2, do: func(d *Decoder, a, _ []byte) int { return 0 }}, // paper sensors and panel buttons
	'D': {do: func(d *Decoder, _, rest []byte) int { // tab stops up to a NUL
		for i, c := range rest {
			if c == 0 || i == 32 {
				return i + 1
			}
		}
		return len(rest)
	}},
}

var group = map[byte]op{
	'!': set(1, func(d *Decoder, a []byte) { d.style.width, d.style.height = 1+int(a[0]>>4&7), 1+int(a[0]&7) }),
	'V': {args: 1, do: func(d *Decoder, a, rest []byte) int {
		switch {
		case a[0] == 65 || a[0] == 66:
			if !d.model.knowsCut("gsv66") {
				d.Unknown = append(d.Unknown, "1d 56 42")
				return 0
			}
			d.expect(1, func(n []byte) { d.cut(int(n[0]) + cutterDistance) })
		case (a[0] == 0 || a[0] == '0') && d.model.knowsCut("gsv0"),
			(a[0] == 1 || a[0] == '1') && d.model.knowsCut("gsv1"):
			d.cut(0)
		default:
			d.Unknown = append(d.Unknown, fmt.Sprintf("1d 56 %02x", a[0]))
		}
		return 0
	}},
	'v': {args: 6, do: func(d *Decoder, a, _ []byte) int {
		stride, rows := int(a[2])|int(a[3])<<8, int(a[4])|int(a[5])<<8
		if a[0] != '0' || a[1]&0xCC != 0 || stride == 0 || stride > 256 || rows == 0 || rows > 2303 {
			d.Unknown = append(d.Unknown, fmt.Sprintf("1d 76 % x", a))
			return 0
		}
		d.raster(stride, rows, 1+int(a[1]&1), 1+int(a[1]>>1&1))
		return 0
	}},
	'(': {args: 3, do: func(d *Decoder, a, _ []byte) int {
		if d.model.Letters {
			d.char('(') // and what follows is text, too
			d.char(a[0])
			return 0
		}
		if a[0] == 'k' && !d.model.NativeQR {
			d.Unknown = append(d.Unknown, "1d 28 6b") // and its parameters are printed as text
			return 0
		}
		d.expect(int(a[1])|int(a[2])<<8, func(data []byte) { d.parameters(a[0], data) })
		return 0
	}},
	'8': {args: 5, do: func(d *Decoder, a, _ []byte) int {
		n := int(a[1]) | int(a[2])<<8 | int(a[3])<<16
		if a[0] != 'L' || a[4] != 0 || n > 1<<20 {
			d.Unknown = append(d.Unknown, fmt.Sprintf("1d 38 % x", a))
			return 0
		}
		d.expect(n, func(data []byte) { d.parameters('L', data) })
		return 0
	}},
	'I': set(1, func(d *Decoder, a []byte) {
		if !d.model.Status {
			return
		}
		switch a[0] {
		case 66:
			d.answer(append(append([]byte{0x5F}, d.model.Maker...), 0)...)
		case 67:
			d.answer(append(append([]byte{0x5F}, d.model.Name...), 0)...)
		}
	}),
	'r': set(1, func(d *Decoder, a []byte) {
		if d.model.GSr {
			d.answer(0)
		}
	}),
	'a':  ignored(1),
	'B':  ignored(1),
	'b':  ignored(1),
	'h':  ignored(1),
	'w':  ignored(1),
	'H':  ignored(1),
	'f':  ignored(1),
	'L':  ignored(2),
	'W':  ignored(2),
	'P':  ignored(2),
	'$':  ignored(2),
	'/':  ignored(1),
	'C':  ignored(1),
	'x':  ignored(1),
	'\\': ignored(2),
	'T':  ignored(1),
	'k': {args: 2, do: func(d *Decoder, a, rest []byte) int {
		if a[0] >= 65 {
			d.expect(int(a[1]), func(data []byte) { d.log("[barcode %q]", data); d.feed(162) })
			return 0
		}
		for i, c := range rest { // the old form ends with a NUL
			if c == 0 {
				d.log("[barcode %q]", rest[:i])
				d.feed(162)
				return i + 1
			}
		}
		return len(rest)
	}},
}

var field = map[byte]op{
	'.': ignored(0),
	'-': ignored(1),
	'&': ignored(0),
	'C': ignored(1),
	'S': ignored(2),
	'!': ignored(1),
	'(': {args: 3, do: func(d *Decoder, a, _ []byte) int {
		d.expect(int(a[1])|int(a[2])<<8, func([]byte) {})
		return 0
	}},
}

var device = map[byte]op{
	'#': {args: 1, needs: func(m Model) bool { return m.Heat }, do: func(d *Decoder, a, _ []byte) int { return 0 }},
}

// cutterDistance is how far GS V 66 feeds: from the print head to the cutter.
const cutterDistance = 120

func (d *Decoder) cut(feed int) {
	if len(d.cells) > 0 {
		d.log("[cut ignored: not at the beginning of a line]")
		return
	}
	d.feed(feed)
	d.log("[cut]")
}

func (d *Decoder) answer(b ...byte) { d.reply = append(d.reply, b...) }

func (d *Decoder) log(format string, a ...any) { d.Lines = append(d.Lines, fmt.Sprintf(format, a...)) }

// parameters decodes GS ( and GS 8 commands whose length is known.
func (d *Decoder) parameters(kind byte, p []byte) {
	switch {
	case kind == 'k' && len(p) >= 2 && p[0] == '1':
		d.qrFunction(p[1], p[2:])
	case kind == 'k' && len(p) >= 2: // PDF417, DataBar, …: taken, not drawn
		if p[1] == 'Q' {
			d.log("[symbol %d]", p[0])
		}
	case kind == 'L' && len(p) >= 2:
		d.graphicFunction(p)
	case kind == 'H' && len(p) == 6 && p[0] == '0' && p[1] == '0':
		if d.model.GSH {
			d.answer(append(append([]byte{0x37, 0x22}, p[2:6]...), 0)...)
		}
	case kind == 'A' || kind == 'D' || kind == 'E' || kind == 'K' || kind == 'M' || kind == 'N' || kind == 'V' ||
		kind == 'P' || kind == 'Q':
	default:
		d.Unknown = append(d.Unknown, fmt.Sprintf("1d 28 %02x with % x", kind, p[:min(8, len(p))]))
	}
}
