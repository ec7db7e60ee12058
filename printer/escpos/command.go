package escpos

// Alignment of text, raster images and native QR symbols; it takes effect only at the beginning of a line.
// [HPRT p. 53] says "effective to raster bit image"; some clones ignore it for images, which then stand at the left.
type Alignment byte

const (
	Left   Alignment = 0
	Center Alignment = 1
	Right  Alignment = 2
)

// Size of characters, as GS ! wants it: width-1 in the high half, height-1 in the low half [T81 p. 76].
type Size byte

const (
	Normal Size = 0x00
	Tall   Size = 0x01 // double height
	Wide   Size = 0x10 // double width
	Double Size = 0x11 // double width and height
)

// Font selects the character cell.
type Font byte

const (
	FontA Font = 0 // 12 x 24 dots
	FontB Font = 1 // 9 x 17 dots
)

// CutMode is one maker's way to say "cut".
type CutMode byte

const (
	CutFeedPartial CutMode = iota // GS V 66 0: feed to the cutter, then cut partially [T81 p. 111]
	CutPartial                    // GS V 1: the paper must already stand at the cutter
	CutFull                       // GS V 0
	CutESCi                       // ESC i: full cut of clones without GS V
	CutESCm                       // ESC m: partial cut of clones without GS V
)

// Init clears the print buffer, modes and user-defined characters. It does not clear the receive buffer and does not
// end a half-received command [T81 p. 63].
func Init() []byte { return []byte{0x1B, '@'} }

// Align sets the alignment (ESC a) [T81 p. 84].
func Align(a Alignment) []byte { return []byte{0x1B, 'a', byte(a)} }

// Bold turns emphasised print on or off (ESC E).
func Bold(on bool) []byte { return []byte{0x1B, 'E', bit(on)} }

// SetSize selects the character size (GS !). It is preferred to ESC !, which resets the font too.
func SetSize(s Size) []byte { return []byte{0x1D, '!', byte(s)} }

// SetFont selects the font (ESC M).
func SetFont(f Font) []byte { return []byte{0x1B, 'M', byte(f)} }

// FeedDots prints the line buffer and feeds n dots (ESC J) [T81 p. 79].
func FeedDots(n byte) []byte { return []byte{0x1B, 'J', n} }

// LineSpacing sets what a line feed feeds, at least the height of what was printed (ESC 3) [T81 p. 74]. n counts
// vertical motion units: dots on most printers, and on Epson what MotionUnits says.
func LineSpacing(n byte) []byte { return []byte{0x1B, '3', n} }

// MotionUnits makes feeds and spacings count in dots of a head with dpi dots per inch (GS P) [T81 p. 107]. Without it
// an Epson feeds in halves of a dot: ESC 3 defaults to 60 units for 1/6 inch (TM-T85 manual, p. 5-17).
func MotionUnits(dpi byte) []byte { return []byte{0x1D, 'P', dpi, dpi} }

// Cut cuts the paper. It must stand at the beginning of a line, or the printer ignores it (escpos-php #144).
func Cut(m CutMode) []byte {
	switch m {
	case CutPartial:
		return []byte{0x1D, 'V', 1}
	case CutFull:
		return []byte{0x1D, 'V', 0}
	case CutESCi:
		return []byte{0x1B, 'i'}
	case CutESCm:
		return []byte{0x1B, 'm'}
	default:
		return []byte{0x1D, 'V', 66, 0}
	}
}

// DrawerPin is the pin of the drawer connector that gets the pulse.
type DrawerPin byte

const (
	DrawerPin2 DrawerPin = 0
	DrawerPin5 DrawerPin = 1
)

// DrawerKick opens the cash drawer (ESC p) with on and off times in units of 2 ms. All five bytes are sent: a
// three-byte kick swallows the two bytes that follow it.
func DrawerKick(pin DrawerPin, on, off byte) []byte { return []byte{0x1B, 'p', byte(pin), on, off} }

// Heat sets the heating of CSN-A2 class print heads (ESC 7, that is 1B 37) [CSN]: dots heated at once in units of
// 8 (n+1), heating time and interval in units of 10 µs. A printer that doesn't know it prints its arguments as text.
func Heat(dots, time, interval byte) []byte { return []byte{0x1B, '7', dots, time, interval} }

// Density sets the print density of CSN-A2 class printers (DC2 #): 50 % + 5 % * density, break time * 250 µs [CSN].
// density is taken modulo 32 and breakTime modulo 8, the widths of their fields.
func Density(density, breakTime byte) []byte {
	return []byte{0x12, '#', breakTime&7<<5 | density&31}
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}
