package escpos

// ReplyKind sorts what a printer sends by itself or in answer.
type ReplyKind byte

const (
	ReplyNoise    ReplyKind = iota // no printer says this: wrong baud rate, a modem, line noise
	ReplyXON                       // 0x11: send on
	ReplyXOFF                      // 0x13: stop
	ReplyRealtime                  // one byte, in answer to RealtimeStatus
	ReplyAuto                      // four bytes of automatic status (GS a)
	ReplyInOrder                   // one byte, in answer to InOrderPaper
	ReplyProcess                   // Data is the id given to ProcessID
	ReplyCleared                   // the answer to ClearBuffers
	ReplyInfo                      // Data is the text asked for by Info
	ReplyBlock                     // another block of data
)

// Reply is one answer. Data is valid until the next Feed.
type Reply struct {
	Kind ReplyKind
	Data []byte // the byte, the four bytes, or the block without its head and its closing NUL
}

// maxBlock bounds a block reply; the longest known, a model name, has some 30 bytes.
const maxBlock = 128

// Demux separates the replies that share one line. The classes can't be mistaken for each other: the fixed bits of
// each differ, and none equals XON or XOFF [T81 p. 68, ref gs_la]. Anything else is noise and dropped byte by
// byte, so that it falls into step again by itself. The zero value is ready; it isn't safe for concurrent use.
type Demux struct {
	held []byte // the beginning of a reply whose end hasn't come
}

// Reset forgets a half-received reply, as after discarding input.
func (d *Demux) Reset() { d.held = d.held[:0] }

// Feed takes bytes from the line and calls found for each reply they complete.
func (d *Demux) Feed(p []byte, found func(Reply)) {
	d.held = append(d.held, p...)
	rest := d.held
	for len(rest) > 0 {
		r, n := parseReply(rest)
		if n == 0 {
			break
		}
		found(r)
		rest = rest[n:]
	}
	d.held = append(d.held[:0], rest...)
}

// parseReply reads the reply at the beginning of b and says how many bytes it took; 0 means it isn't whole yet.
func parseReply(b []byte) (Reply, int) {
	switch c := b[0]; {
	case c == 0x11:
		return Reply{ReplyXON, b[:1]}, 1
	case c == 0x13:
		return Reply{ReplyXOFF, b[:1]}, 1
	case c&0x93 == 0x12:
		return Reply{ReplyRealtime, b[:1]}, 1
	case c&0x93 == 0x10:
		for i := 1; i < 4; i++ {
			if i == len(b) {
				return Reply{}, 0
			}
			if b[i]&0x90 != 0 {
				return Reply{ReplyNoise, b[:1]}, 1
			}
		}
		return Reply{ReplyAuto, b[:4]}, 4
	case c == 0x35 || c == 0x37 || c == 0x3B || c == 0x3D || c == 0x5F:
		return parseBlock(b)
	case c&0x90 == 0:
		return Reply{ReplyInOrder, b[:1]}, 1
	default:
		return Reply{ReplyNoise, b[:1]}, 1
	}
}

func parseBlock(b []byte) (Reply, int) {
	for i := 1; i < len(b) && i < maxBlock; i++ {
		switch {
		case b[i] == 0:
			switch {
			case b[0] == 0x37 && i == 6 && b[1] == 0x22:
				return Reply{ReplyProcess, b[2:6]}, i + 1
			case b[0] == 0x37 && i == 2 && b[1] == 0x25:
				return Reply{ReplyCleared, b[1:2]}, i + 1
			case b[0] == 0x5F:
				return Reply{ReplyInfo, b[1:i]}, i + 1
			}
			return Reply{ReplyBlock, b[1:i]}, i + 1
		case b[i] < 0x20 || b[i] > 0x7E: // blocks hold printable text: this was noise that looked like a head
			return Reply{ReplyNoise, b[:1]}, 1
		}
	}
	if len(b) >= maxBlock {
		return Reply{ReplyNoise, b[:1]}, 1
	}
	return Reply{}, 0
}
