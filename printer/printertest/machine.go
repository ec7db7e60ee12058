package printertest

import (
	"cmp"
	"image"
	"io"
	"strings"
	"sync"
	"time"
)

// Printer is a virtual printer. Connect it with Open (in memory) or Serve (a pty), then change its circumstances at
// will. Its methods may be called from any goroutine.
type Printer struct {
	model   Model
	running sync.WaitGroup

	mu       sync.Mutex
	changed  *sync.Cond // anything below
	buffer   []byte     // receive buffer
	arrived  []byte     // the last bytes that arrived, for real-time commands
	decoder  *Decoder
	out      []byte // answers on their way to the host
	overrun  int
	received int
	written  []byte // all that arrived
	busy     bool   // the head is moving
	paused   bool   // it has sent XOFF or lowered CTS
	line     int    // which connection is the living one; others are gone

	paper     int // rows until the roll ends; below 0: endless
	coverOpen bool
	nearEnd   bool
	mute      bool // answers nothing
	off       bool
	asleep    bool
	garbled   bool // the line speeds differ
	stuck     bool // takes nothing from the line
	closed    bool
	maxBuffer int
	emptied   int // how often the buffer was thrown away
}

// New returns a printer that is switched on and has paper. Close ends its goroutine.
func New(m Model) *Printer {
	p := &Printer{model: m, decoder: NewDecoder(m), paper: -1}
	p.changed = sync.NewCond(&p.mu)
	p.running.Go(p.print)
	return p
}

// Close ends the printer and every connection in memory, and waits for its goroutines. A TTY is closed first.
func (p *Printer) Close() {
	p.update(func() { p.closed = true; p.line++ })
	p.running.Wait()
}

func (p *Printer) update(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.changed.Broadcast()
}

// PaperLeft sets how many rows of dots are left on the roll; the printer stops when they are used up.
func (p *Printer) PaperLeft(rows int) { p.update(func() { p.paper = rows }) }

// Refill puts in a new roll.
func (p *Printer) Refill() { p.update(func() { p.paper, p.nearEnd = -1, false }) }

// NearEnd sets the near-end sensor.
func (p *Printer) NearEnd(on bool) { p.update(func() { p.nearEnd = on }) }

// Cover opens or closes the cover.
func (p *Printer) Cover(open bool) { p.update(func() { p.coverOpen = open }) }

// Mute makes the printer print and answer nothing.
func (p *Printer) Mute(on bool) { p.update(func() { p.mute = on }) }

// Stuck makes the printer take nothing from the line.
func (p *Printer) Stuck(on bool) { p.update(func() { p.stuck = on }) }

// WrongBaud makes both sides garble each other's bytes, as different line speeds do.
func (p *Printer) WrongBaud(on bool) { p.update(func() { p.garbled = on }) }

// Say sends the host bytes nobody asked for.
func (p *Printer) Say(b ...byte) { p.update(func() { p.say(b...) }) }

// Power switches the printer off, which empties its buffer and forgets a half-received command, or on.
func (p *Printer) Power(on bool) {
	p.update(func() {
		p.off = !on
		if !on {
			p.empty()
			p.arrived, p.paused = nil, false
		}
	})
}

// empty throws away the buffer and a half-received command; what is printed stays. The caller holds mu.
func (p *Printer) empty() {
	old := p.decoder
	p.buffer, p.emptied = nil, p.emptied+1
	p.decoder = NewDecoder(p.model)
	p.decoder.Lines, p.decoder.Unknown, p.decoder.Paper, p.decoder.y = old.Lines, old.Unknown, old.Paper,
		old.Paper.Rows()
}

// Report is what a virtual printer has seen.
type Report struct {
	Lines      []string // what was printed, in words
	Unknown    []string // byte sequences that are no command it knows
	Overrun    int      // bytes lost because the buffer was full
	Received   int      // bytes that arrived
	MaxBuffer  int      // the most its buffer ever held
	Unfinished bool     // it waits for the rest of a command
	Bytes      []byte   // all that arrived
}

// Report returns what has happened so far.
func (p *Printer) Report() Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.decoder
	return Report{
		append([]string(nil), d.Lines...),
		append([]string(nil), d.Unknown...),
		p.overrun,
		p.received,
		p.maxBuffer,
		d.Unfinished(),
		append([]byte(nil), p.written...),
	}
}

// Received is how many bytes have arrived.
func (p *Printer) Received() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received
}

// Paper draws what has been printed so far.
func (p *Printer) Paper() image.Image {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.decoder.Paper.Image()
}

// Idle waits until the buffer is empty and the head stands still, and tells whether that came true within limit. It
// doesn't while the paper is out or the rest of a command is missing.
func (p *Printer) Idle(limit time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := false
	defer time.AfterFunc(limit, func() { p.update(func() { late = true }) }).Stop()
	for (len(p.buffer) > 0 || p.busy) && !p.closed && !late {
		p.changed.Wait()
	}
	return len(p.buffer) == 0 && !p.busy
}

// Until waits until n of the printed lines contain text, such as "[cut]". A result "sent" or "printed" is no such
// promise: bytes may still be on their way through a pty.
func (p *Printer) Until(text string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		found := 0
		for _, l := range p.decoder.Lines {
			if strings.Contains(l, text) {
				found++
			}
		}
		if found >= n {
			return
		}
		p.changed.Wait()
	}
}

func (p *Printer) offline() bool { return p.coverOpen || p.paper == 0 || p.off }

// print is the print head: it takes elements from the buffer and moves the paper.
func (p *Printer) print() {
	p.mu.Lock()
	defer p.mu.Unlock()
	short := 0 // buffered bytes that didn't make an element
	for !p.closed {
		if len(p.buffer) == 0 || len(p.buffer) == short || p.offline() {
			if len(p.buffer) == 0 {
				short = 0
			}
			p.changed.Wait()
			continue
		}
		used, rows, reply := p.decoder.Step(p.buffer)
		if used == 0 {
			short = len(p.buffer)
			continue
		}
		short = 0
		p.busy = true
		emptied, heated := p.emptied, p.decoder.heated
		for rows > 0 && !p.closed {
			for p.offline() && !p.closed { // stops in mid-line, and goes on from there
				p.changed.Wait()
			}
			n := rows
			if p.paper > 0 {
				n = min(n, p.paper)
				p.paper -= n
			}
			rows -= n
			hot := min(n, heated)
			heated -= hot
			p.mu.Unlock()
			time.Sleep(time.Duration(hot)*p.model.DotTime + time.Duration(n-hot)*cmp.Or(p.model.Feed, p.model.DotTime))
			p.mu.Lock()
		}
		if p.emptied == emptied {
			p.buffer = p.buffer[used:]
		}
		p.busy = false
		p.say(reply...)
		p.flow()
		p.changed.Broadcast()
	}
}

// say sends an answer to the host. The caller holds mu.
func (p *Printer) say(b ...byte) {
	if p.mute || p.off || p.asleep || len(b) == 0 {
		return
	}
	if p.model.Late > 0 {
		line := p.line
		time.AfterFunc(p.model.Late, func() {
			p.update(func() {
				if p.line == line {
					p.out = append(p.out, b...)
				}
			})
		})
		return
	}
	p.out = append(p.out, b...)
	p.changed.Broadcast()
}

// Noise puts bytes on the line that no printer means, as a break does when it is switched off; also while it is off.
func (p *Printer) Noise(b ...byte) { p.update(func() { p.out = append(p.out, b...) }) }

// Sleep sends a printer that Wakes to sleep: it loses the byte that wakes it.
func (p *Printer) Sleep() { p.update(func() { p.asleep = true }) }

// flow asks for a pause or the end of one. The caller holds mu.
func (p *Printer) flow() {
	full, empty := len(p.buffer) >= p.model.Buffer*3/4, len(p.buffer) <= p.model.Buffer/4
	if !p.model.XonXoff && !p.model.CTS || p.paused && !empty || !p.paused && !full {
		return
	}
	p.paused = !p.paused
	if p.model.XonXoff && p.paused {
		p.say(0x13)
	} else if p.model.XonXoff {
		p.say(0x11)
	}
	p.changed.Broadcast()
}

// arrive takes one byte from the line. The caller holds mu.
func (p *Printer) arrive(b byte) {
	if p.off {
		return
	}
	if p.asleep {
		p.asleep = !p.model.Wakes
		return
	}
	p.received++
	if p.garbled {
		if p.say(0x80 | b); p.received%3 > 0 {
			return // several bytes become one
		}
		b = 0x80 | b>>1
	}
	p.written = append(p.written, b)
	if len(p.buffer) >= p.model.Buffer {
		p.overrun++ // real-time commands are lost with the rest
		return
	}
	p.buffer = append(p.buffer, b)
	p.maxBuffer = max(p.maxBuffer, len(p.buffer))
	p.arrived = append(p.arrived, b)
	if len(p.arrived) > 10 {
		p.arrived = p.arrived[1:]
	}
	p.realtime()
	p.flow()
	p.changed.Broadcast()
}

// realtime obeys the commands a printer obeys on arrival, wherever they stand. The caller holds mu.
func (p *Printer) realtime() {
	tail := func(n int) []byte {
		if len(p.arrived) < n {
			return make([]byte, n)
		}
		return p.arrived[len(p.arrived)-n:]
	}
	if t := tail(3); p.model.Status && t[0] == 0x10 && t[1] == 0x04 && t[2] >= 1 && t[2] <= 4 {
		p.say(p.status(t[2]))
	}
	if p.model.Clear && string(tail(10)) == "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08" {
		p.empty()
		p.say(0x37, 0x25, 0)
	}
}

// status is the answer to DLE EOT n. The caller holds mu.
func (p *Printer) status(n byte) byte {
	b := byte(0x12)
	mark := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		mark(p.offline(), 0x08)
	case 2:
		mark(p.coverOpen, 0x04)
		mark(p.paper == 0, 0x20)
	case 4:
		mark(p.nearEnd || p.paper == 0, 0x0C)
		mark(p.paper == 0, 0x60)
	}
	return b
}

// wire brings bytes from the line to the printer at the line's speed, on an absolute schedule, until next fails.
// next waits for at least one byte and returns at most limit.
func (p *Printer) wire(line int, byteTime time.Duration, next func(limit int) ([]byte, error)) error {
	batch := max(1, int(time.Millisecond/byteTime))
	free := time.Now()
	for {
		b, err := next(batch)
		if err != nil {
			return err
		}
		if now := time.Now(); now.After(free) {
			free = now
		}
		free = free.Add(time.Duration(len(b)) * byteTime)
		time.Sleep(time.Until(free))
		p.mu.Lock()
		if p.line != line || p.closed {
			p.mu.Unlock()
			return io.EOF
		}
		for _, c := range b {
			p.arrive(c)
		}
		p.mu.Unlock()
	}
}
