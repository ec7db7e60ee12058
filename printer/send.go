package printer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"galla/printer/escpos"
	"galla/printer/port"
)

// stallLimit is how long a line may be held, or a slip wait for paper, before the job is given up: long enough to put
// in a roll.
const stallLimit = 5 * time.Minute

// errUnacknowledged is a printer that took a job, answers, and doesn't say that it printed it.
var errUnacknowledged = errors.New("the printer didn't acknowledge it in time")

// print sends the pending job and ends it. The error is the line's: nil when the session can go on.
func (s *session) print(service context.Context) error {
	r := s.pending
	s.pending = nil
	if r.job.Unwanted != nil {
		if why := r.job.Unwanted(); why != "" {
			s.finish(r, StatusFailed, "Nothing was printed: "+why+".",
				fmt.Errorf("%s %s is no longer wanted: %s", r.job.Kind, r.key, why))
			return nil
		}
	}

	s.printing()
	defer s.settle()
	if err := s.line.Discard(false); err != nil {
		s.pending = r // nothing sent: the next session prints it
		return err
	}
	ctx, cancel := either(service, r.ctx)
	defer cancel()
	p := s.options.Profile
	atOnce := p.held() || r.job.Len() <= s.pace.free(time.Now())
	blank := r.job.Dots() == 0 // a drawer kick: any byte counts
	touched, sent := false, debris{}
	for _, seg := range r.job.Segments {
		sent.of(seg)
		n, err := s.write(ctx, seg, atOnce)
		touched = touched || n > 0 && (seg.Dots > 0 || blank)
		if err != nil {
			return s.broke(r, touched, sent, err)
		}
	}

	if err := s.confirm(ctx, r); err != nil {
		s.dirty.with(sent)
		detail := "The printer didn't confirm the slip. Look at it; print again only if it isn't whole."
		if now := s.State(); !now.ready() && now.Condition != ConditionPrinting && now.Detail != "" {
			detail = now.Detail + " Then look at the slip; print again only if it isn't whole."
		}
		s.finish(r, StatusUnknown, detail, fmt.Errorf("%s %s: %w", r.job.Kind, r.key, err))
		if dropped := s.line.Discard(true); dropped != nil && lineError(err) == nil {
			return dropped // what is still unsent would come out after the refill: only a closed line drops it
		}
		return lineError(err)
	}

	return nil
}

// lineError is err when only opening the line again can help, else nil.
func lineError(err error) error {
	for _, harmless := range []error{context.Canceled, context.DeadlineExceeded,
		os.ErrDeadlineExceeded, errUnacknowledged} {
		if errors.Is(err, harmless) {
			return nil
		}
	}
	return err
}

// write sends one segment, at once or on the pacer's schedule, and says how much of it was taken.
func (s *session) write(ctx context.Context, seg Segment, atOnce bool) (sent int, err error) {
	s.pace.pieces(seg, func(b []byte, feed time.Duration) bool {
		when := s.pace.add(time.Now(), len(b), feed)
		if !atOnce {
			_, _, err = s.await(ctx, time.Until(when), never)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return false
		}
		var n int
		n, err = s.send(ctx, b, time.Now().Add(stallLimit))
		sent += n
		return err == nil
	})
	return sent, err
}

func never(reply) bool { return false }

// broke ends a job that stopped while it was being sent, or keeps it for the next session when nothing can be on paper.
func (s *session) broke(r *request, touched bool, sent debris, err error) error {
	s.dirty.with(sent)
	// what the kernel still holds would come out later; the line may be gone, which is as good
	dropped := s.line.Discard(true)
	caused := fmt.Errorf("%s %s stopped while it was sent: %w", r.job.Kind, r.key, err)
	switch {
	case touched:
		s.finish(r, StatusUnknown, "The slip may be on paper in part. Look at the printer; print again only "+
			"if it isn't whole.", caused)
	case r.ctx.Err() != nil:
		s.finish(r, StatusFailed, s.excuse(), caused)
	default:
		s.pending = r
	}
	if lineError(err) == nil {
		return dropped
	}
	return lineError(err)
}

// confirm waits for what this printer can say about a job that was sent whole. On nil the job is ended.
func (s *session) confirm(ctx context.Context, r *request) error {
	var request []byte
	switch {
	case !s.answers || s.confirms == ConfirmsNone || s.confirms == "":
		if err := s.drained(ctx); err != nil {
			return err
		}
		s.finish(r, StatusSent, sentTruth(s.options.Profile.Link), nil)
		return nil
	case s.confirms == ConfirmsGSH:
		s.acks++
		id := fmt.Sprintf("%04d", s.acks%10_000)
		request = escpos.ProcessID([4]byte([]byte(id)))
		s.ack = func(x reply) bool { return x.kind == escpos.ReplyProcess && x.data == id }
	default:
		request = escpos.InOrderPaper()
		s.ack = func(x reply) bool { return x.kind == escpos.ReplyInOrder }
	}

	s.acked = false
	defer func() { s.ack, s.acked = nil, false }()
	if _, err := s.write(ctx, Segment{Bytes: request}, true); err != nil {
		return err
	}
	if err := s.acknowledged(ctx, r); err != nil {
		return err
	}
	if s.confirms == ConfirmsGSR {
		// Its answer is one byte with four free bits: a line that goes down as the printer is switched off looks like
		// one. A printer that is there answers the next question too.
		s.ack, s.acked = nil, false
		_, ok, err := s.ask(ctx, escpos.RealtimeStatus(escpos.QueryPrinter), escpos.ReplyRealtime, s.limit)
		if err != nil {
			return err
		} else if !ok {
			return errUnacknowledged
		}
	}

	s.pace = newPacer(s.options.Profile) // it is all on paper: the buffer is empty
	s.finish(r, StatusPrinted, "Printed.", nil)
	return nil
}

// sentTruth is what is known of a slip that nobody confirms, by the line it went over.
func sentTruth(link port.Means) string {
	switch link {
	case port.USB:
		return "The printer has taken it all; whether it is on paper it can't say."
	case port.TCP:
		return "The printer's network side has received it all; whether it is on paper it can't say."
	}
	return "Sent to the printer, which can't confirm it."
}

// acknowledged waits for the printer's word. While it waits it looks how the printer is: with the paper out or
// the cover open the printer holds the rest of the slip and prints it afterwards, so the wait goes on.
func (s *session) acknowledged(ctx context.Context, r *request) error {
	deadline, giveUp, trouble := s.pace.head.Add(ackMargin), time.Now().Add(stallLimit), false
	for {
		if _, _, err := s.await(ctx, min(troubleWait, time.Until(deadline)), never); err != nil || s.acked {
			return err
		}
		if err := s.look(ctx); err != nil || s.acked {
			return err
		}
		now := time.Now()
		switch ready := s.State().ready(); {
		case ready && trouble:
			trouble = false
			deadline = now.Add(r.job.Head(s.options.Profile) + ackMargin)
			s.printing()
		case ready && !now.Before(deadline), now.After(giveUp):
			return errUnacknowledged
		case ready:
			s.printing()
		default:
			trouble, deadline = true, giveUp
		}
	}
}

// drained waits until the bytes have left, which is all that can be known of a printer that doesn't answer.
func (s *session) drained(ctx context.Context) error {
	giveUp := time.Now().Add(stallLimit)
	least, moved := -1, time.Now() // the fewest bytes that were queued, and when they became so few
	for {
		wait := time.Until(s.pace.wire)
		if wait <= 0 {
			queued, err := s.line.Queued()
			if err != nil || queued == 0 {
				return err
			}
			switch {
			case least < 0 || queued < least:
				least, moved = queued, time.Now()
			case time.Since(moved) > troubleWait:
				s.hold()
			}
			wait = 20 * time.Millisecond
		}
		if time.Now().After(giveUp) {
			return os.ErrDeadlineExceeded
		}
		if _, _, err := s.await(ctx, wait, never); err != nil {
			return err
		}
	}
}

// either ends when one of two contexts does.
func either(a, b context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(a)
	stop := context.AfterFunc(b, func() { cancel(context.Cause(b)) })
	return ctx, func() { stop(); cancel(nil) }
}
