package printer

import "time"

// pacer is a model of what the printer holds: when each byte arrives over the line, and when the print head is done
// with it. Everything is reckoned on an absolute schedule from those times; sleeping per chunk would lose 12 % at
// 115200 baud.
//
//	write ──(line: one byte per ByteTime)──▶ receive buffer ──(head: one row per DotTime or FeedTime)──▶ paper
//	                            wire ▲                  held ▲                        head ▲
type pacer struct {
	profile   Profile
	byteTime  time.Duration
	room      int       // receive buffer, less a reserve
	wire      time.Time // when all bytes so far have arrived
	head      time.Time // when the head is done with all of them
	held      []chunk   // in the buffer, oldest first
	heldBytes int
}

// chunk is bytes that leave the printer's buffer at one time.
type chunk struct {
	bytes int
	until time.Time
}

// lead is how far ahead of the line bytes are handed to the kernel, so that a late timer doesn't leave the line idle.
const lead = 30 * time.Millisecond

func newPacer(p Profile) *pacer {
	// The reserve is the row of a picture that isn't whole yet, which the head can't begin, and a little for late
	// clocks.
	return &pacer{profile: p, byteTime: p.ByteTime(), room: p.Buffer - p.Dots/8 - 16}
}

// free is how many bytes fit into the printer's buffer at now.
func (p *pacer) free(now time.Time) int {
	p.release(now)
	return p.room - p.heldBytes
}

// release takes out what has left the buffer by t.
func (p *pacer) release(t time.Time) {
	for len(p.held) > 0 && !p.held[0].until.After(t) {
		p.heldBytes -= p.held[0].bytes
		p.held = p.held[1:]
	}
}

// add reckons with n bytes that feed dots rows, written as soon after now as they fit, and returns when to write them.
func (p *pacer) add(now time.Time, n int, feed time.Duration) time.Time {
	start := p.wire
	busy := start.After(now) // earlier bytes are still on the line: these may queue behind them
	if !busy {
		start = now
	}
	arrived := start.Add(time.Duration(n) * p.byteTime)
	p.release(arrived)
	for p.heldBytes+n > p.room && len(p.held) > 0 {
		arrived = p.held[0].until
		p.release(arrived)
		busy = false // the line must rest until then
	}
	p.wire = arrived
	if p.head.Before(arrived) {
		p.head = arrived
	}
	p.head = p.head.Add(feed)
	p.held = append(p.held, chunk{n, p.head})
	p.heldBytes += n
	when := arrived.Add(-time.Duration(n) * p.byteTime)
	if busy {
		when = when.Add(-lead)
	}
	return when
}

// pieces cuts a segment into what is sent at once: text whole, pictures in parts small beside the buffer. feed is the
// head's time for each part.
func (p *pacer) pieces(s Segment, yield func(b []byte, feed time.Duration) bool) {
	total := s.feed(p.profile)
	size := min(256, max(32, p.room/4))
	if !s.Even && len(s.Bytes) <= p.room {
		yield(s.Bytes, total)
		return
	}
	for from := 0; from < len(s.Bytes); from += size {
		to := min(from+size, len(s.Bytes))
		if !yield(s.Bytes[from:to], total*time.Duration(to-from)/time.Duration(len(s.Bytes))) {
			return
		}
	}
}
