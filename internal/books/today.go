package books

import (
	"context"
	"errors"
	"time"
)

// patience is how long an X waits for the stream's end. Only after an update of a shop that does not close its days, or
// after a Z that a kill followed, is more to be read than that: a minute for a million sales, ten on a slow machine.
const patience = time.Second

// present adds up one business day while the stream is still behind. It reads from the day's first event on, and finds
// that by the events' times: what a clock wrote that fell back into the day before stands in the stream alone, and so
// in every Z.
type present struct {
	*stream
	day    string
	closed int  // Z reports there were
	cut    bool // what lies before the day is not in it
}

// Percent is how much of the events is added up.
func (s Summing) Percent() int { return int(s.Upto * 100 / max(1, s.Seq)) }

// followFor is follow for so long; behind: that was not long enough.
func (b *Books) followFor(ctx context.Context, d time.Duration) (behind bool, err error) {
	short, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err = b.follow(short)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return true, nil
	}
	return false, err
}

// todayAlone is what an X says of today where the stream is behind. The stream waits meanwhile: a day is soon read.
func (b *Books) todayAlone(ctx context.Context) (r Report, err error) {
	if err := b.hold(ctx); err != nil {
		return Report{}, err
	}
	defer b.leave()
	for done := false; !done; {
		if r, done, err = b.readToday(ctx); err != nil {
			return Report{}, err
		}
	}
	return r, nil
}

// readToday takes one batch of today's events in, and makes the report when there was none. The caller holds the
// stream.
func (b *Books) readToday(ctx context.Context) (r Report, done bool, err error) {
	at, closed := b.o.Now(), b.closings()
	today := b.cuts.business(at)
	if b.unread != nil {
		return r, false, b.unread
	}
	if x := b.present; x == nil || x.day != today || x.closed != len(closed) {
		from, _, err := b.cuts.bounds(today)
		if err != nil {
			return r, false, err
		}
		before, err := lastBefore(ctx, b.o.Till, from)
		if err != nil {
			return r, false, err
		}
		after := since(closed)
		b.present = &present{newStream(max(before, after)), today, len(closed), before > after}
	}

	x := b.present
	if done, err := b.read(ctx, x.stream); !done || err != nil {
		return r, false, err
	}
	r = x.of(today)
	r.Day, r.At, r.ClosedBy, r.After, r.Seq = today, at.UTC(), dayClosed(closed, today), x.after, x.upto
	r.Summing = &Summing{Seq: x.upto}
	if b.stream != nil {
		r.Summing.Upto = b.stream.upto
	}
	if x.cut {
		if r.From, _, err = b.cuts.bounds(today); err != nil {
			return r, false, err
		}
		r.From = r.From.UTC()
	}
	return r, true, nil
}
