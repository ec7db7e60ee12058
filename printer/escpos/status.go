package escpos

// Control bytes that a printer obeys on arrival, even inside other data.
const (
	eot = 0x04
	enq = 0x05
	dle = 0x10
	dc4 = 0x14
)

// StatusQuery says which of a printer's four status bytes is asked for.
type StatusQuery byte

const (
	QueryPrinter StatusQuery = 1
	QueryOffline StatusQuery = 2
	QueryError   StatusQuery = 3
	QueryPaper   StatusQuery = 4
)

// RealtimeStatus asks for one status byte, answered at once even when the printer is offline (DLE EOT) [T81 p. 68].
// Most 58 mm clones never answer: silence means "unknown".
func RealtimeStatus(q StatusQuery) []byte { return []byte{dle, eot, byte(q)} }

// ClearBuffers empties receive and print buffers (DLE DC4 8) [ref dle_dc4_fn8]. Nothing may be sent until the
// printer answers 37 25 00.
func ClearBuffers() []byte { return []byte{dle, dc4, 8, 1, 3, 20, 1, 6, 2, 8} }

// InOrderPaper asks for the paper status in the order of the data (GS r 1): its answer says that all before it was
// taken from the receive buffer. It isn't executed while the printer is offline [T81 p. 121].
func InOrderPaper() []byte { return []byte{0x1D, 'r', 1} }

// ProcessID asks the printer to send 37 22 id 00 "when the printing is completed" (GS ( H fn 48)
// [ref gs_lparen_ch_fn48]. Each id byte must be 0x20 to 0x7E; others are sent as '!'.
func ProcessID(id [4]byte) []byte {
	b := []byte{0x1D, '(', 'H', 6, 0, '0', '0', id[0], id[1], id[2], id[3]}
	for i := 7; i < len(b); i++ {
		if b[i] < 0x20 || b[i] > 0x7E {
			b[i] = '!'
		}
	}
	return b
}

// Information names a text the printer can tell about itself.
type Information byte

const (
	InfoMaker Information = 66
	InfoModel Information = 67
)

// Info asks the printer for a text about itself (GS I), answered as 5F text 00 [T81 p. 104].
func Info(i Information) []byte { return []byte{0x1D, 'I', byte(i)} }

// Condition is what a printer's real-time status bytes say.
type Condition struct {
	Offline       bool
	CoverOpen     bool
	PaperOut      bool
	PaperNearEnd  bool
	Cutter        bool // the automatic cutter is jammed
	Unrecoverable bool // switch it off and call service
	Recoverable   bool // goes away by itself (hot head) or after a command
	DrawerHigh    bool // level of drawer pin 3; which level is "open" depends on the drawer
}

// Apply reads one answer to q into c, which was zero before the first of a round of questions. The same byte means
// different things for different questions.
func (c *Condition) Apply(q StatusQuery, b byte) {
	switch q {
	case QueryPrinter:
		c.DrawerHigh, c.Offline = b&0x04 != 0, b&0x08 != 0
	case QueryOffline:
		c.CoverOpen = b&0x04 != 0
		c.PaperOut = c.PaperOut || b&0x20 != 0
	case QueryError:
		c.Cutter, c.Unrecoverable, c.Recoverable = b&0x08 != 0, b&0x20 != 0, b&0x44 != 0
	case QueryPaper:
		c.PaperNearEnd = b&0x0C == 0x0C
		c.PaperOut = c.PaperOut || b&0x60 == 0x60
	}
}
