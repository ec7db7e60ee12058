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

// Probe opens a printer that no Run owns, finds out what it says of itself, prints nothing, and closes it again. A
// printer that is silent on a serial line at the profile's speed is asked at the others too; State.Detail then says
// which one it answers at. A printer that must not be asked (Status "never", or port.Unasked) is opened and left
// alone. The error is the port's: it can't be opened or went away.
func Probe(ctx context.Context, name string, p Profile) (State, error) {
	at, err := port.Parse(name)
	if err != nil {
		return State{}, err
	}
	p.Link = at.Means
	if port.Unasked(name) {
		p.Status = "never"
	}
	return probeLine(ctx, p, func(baud int) (Line, error) { return port.Open(name, baud, p.Flow) })
}

func probeLine(ctx context.Context, p Profile, open func(baud int) (Line, error)) (State, error) {
	speeds := append([]int{p.Baud}, bauds...)
	switch {
	case p.Status == "never":
		speeds = speeds[:1]
	case p.Link == port.USB || p.Link == port.TCP:
		speeds = speeds[:1]
		p.Status = "dle"
	default:
		p.Status = "dle" // the profile only says whether to rely on an answer
	}
	var first State
	for i, baud := range speeds {
		if i > 0 && baud == p.Baud {
			continue
		}
		at := p
		at.Baud = baud
		found, err := probeAt(ctx, at, func() (Line, error) { return open(baud) })
		switch {
		case err != nil:
			return found, err
		case i == 0 && found.Answers:
			return found, nil
		case i == 0:
			first = found
		case found.Answers:
			found.Detail = fmt.Sprintf("The printer answers at %d baud, not at %d: set baud = %d.", baud, p.Baud, baud)
			return found, nil
		}
	}
	return first, nil
}

func probeAt(ctx context.Context, p Profile, open func() (Line, error)) (State, error) {
	q, err := New(Options{Profile: p, Open: open})
	if err != nil {
		return State{}, err
	}
	line, err := open()
	if err != nil {
		return q.State(), err
	}
	s, end := q.open(line)
	defer end()
	err = s.probe(ctx)
	return q.State(), err
}

// probe finds out after opening who is there.
func (s *session) probe(ctx context.Context) error {
	s.rest(State{Condition: ConditionUnknown})
	if err := s.look(ctx); err != nil || !s.answers {
		return err
	}
	for _, i := range []escpos.Information{escpos.InfoMaker, escpos.InfoModel} {
		text, ok, err := s.ask(ctx, escpos.Info(i), escpos.ReplyInfo, s.limit)
		if err != nil {
			return err
		}
		if ok {
			if s.model != "" {
				s.model += " "
			}
			s.model += text
		}
	}
	s.confirms = s.Printer.confirms[s.model]
	if known := s.options.Profile.Ack; known != AckAuto {
		s.confirms = known
	}
	return s.look(ctx)
}

// look finds out how the printer is and publishes it. What it answers counts before what its USB interface says. One
// question goes unanswered, the others aren't asked.
func (s *session) look(ctx context.Context) error {
	if !s.asks {
		s.glance()
		return nil
	}
	s.noise = 0
	var c escpos.Condition
	for _, q := range []escpos.StatusQuery{escpos.QueryPrinter, escpos.QueryOffline,
		escpos.QueryError, escpos.QueryPaper} {
		data, ok, err := s.status(ctx, q)
		if err != nil || s.acked {
			return err
		}
		if !ok {
			if c, known := s.signalled(); known && c != (escpos.Condition{}) { // the USB interface knows why
				s.glance()
				return nil
			}
			condition, detail := silent(s.options.Profile, s.answered, s.noise)
			s.rest(State{Condition: condition, Detail: detail})
			return nil
		}
		c.Apply(q, data[0])
	}
	s.answers, s.answered = true, true
	condition, detail := read(c)
	switch {
	case condition == ConditionReady && c.PaperNearEnd:
		detail = "The printer's roll is nearly used up. Keep a new one at hand."
	case condition == ConditionReady && s.limit > answerLimit:
		detail = fmt.Sprintf("The printer answers late, after %.1f s: it works, and slips take longer to be confirmed.",
			s.late.Seconds())
	}
	s.rest(State{Condition: condition, NearEnd: c.PaperNearEnd, Detail: detail})
	return nil
}

// status asks for one status byte. A printer that is silent is woken and asked again if it has answered before; at
// first it is given time, because some answer after seconds, and are slow, not absent.
func (s *session) status(ctx context.Context, q escpos.StatusQuery) (string, bool, error) {
	begun := time.Now()
	data, ok, err := s.ask(ctx, escpos.RealtimeStatus(q), escpos.ReplyRealtime, s.limit)
	if ok || err != nil || s.acked || s.noise >= leastNoise || s.ack != nil {
		return data, ok, err
	}
	switch {
	case s.answers: // NULs print nothing and wake what sleeps
		if _, err := s.send(ctx, make([]byte, wakeBytes), time.Now().Add(s.limit)); err != nil &&
			!errors.Is(err, os.ErrDeadlineExceeded) {
			return "", false, err
		}
		return s.ask(ctx, escpos.RealtimeStatus(q), escpos.ReplyRealtime, s.limit)
	case s.limit == answerLimit && !s.waited:
		s.waited = true
		data, ok, err = s.await(ctx, slowLimit-answerLimit, func(r reply) bool {
			return r.kind == escpos.ReplyRealtime
		})
		if ok {
			s.late, s.limit = time.Since(begun), slowLimit
		}
	}
	return data, ok, err
}

// wakeBytes are enough for a printer that loses some while it wakes.
const wakeBytes = 8

// glance publishes what the line itself knows of a printer that isn't asked.
func (s *session) glance() {
	condition, detail := ConditionUnknown, ""
	if c, known := s.signalled(); known {
		condition, detail = read(c)
	}
	s.rest(State{Condition: condition, Detail: detail})
}

// findOut finds out how the printer says that a job is on paper: by GS ( H, or by GS r, whose answer counts only when a
// real-time answer follows it; or not at all. A printer that doesn't know GS ( H may take it for letters: ESC @ clears
// them from its line before they are printed. What was found is remembered for the model while the process lives: a
// restart asks once more, which costs nothing and notices another printer.
func (s *session) findOut(ctx context.Context) error {
	s.acks++
	id := fmt.Sprintf("%04d", s.acks%10_000)
	limit := max(s.limit, firstAck)
	said, ok, err := s.ask(ctx, escpos.ProcessID([4]byte([]byte(id))), escpos.ReplyProcess, limit)
	if err != nil {
		return err
	}
	if ok && said == id {
		s.confirms = ConfirmsGSH
	}
	if s.confirms == "" {
		if _, err := s.send(ctx, escpos.Init(), time.Now().Add(s.limit)); err != nil &&
			!errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		_, ok, err := s.ask(ctx, escpos.InOrderPaper(), escpos.ReplyInOrder, limit)
		if err != nil {
			return err
		}
		s.confirms = ConfirmsNone
		if ok {
			_, ok, err = s.ask(ctx, escpos.RealtimeStatus(escpos.QueryPrinter), escpos.ReplyRealtime, s.limit)
			if err != nil {
				return err
			} else if ok {
				s.confirms = ConfirmsGSR
			}
		}
	}
	s.Printer.confirms[s.model] = s.confirms
	s.log.Info("how the printer confirms slips", "model", s.model, "by", s.confirms)
	s.rest(s.calm)
	return nil
}

// firstAck is how long the answer to a completion request may take when nothing is being printed.
const firstAck = time.Second

// resync frees a printer that may hold part of a lost job: inside a picture it would take the next job for dots.
// Real-time clearing answers when it is done; a printer without it is fed as many NULs as it can still be waiting for,
// which are white dots inside a picture and nothing outside.
func (s *session) resync(ctx context.Context) error {
	p := s.options.Profile
	if p.Clear == "dledc4" && s.answers {
		_, ok, err := s.ask(ctx, escpos.ClearBuffers(), escpos.ReplyCleared, clearLimit)
		if err != nil {
			return err
		}
		if ok {
			s.dirty = debris{}
			s.pace = newPacer(p)
			return s.look(ctx)
		}
	}
	if s.pending != nil { // its caller isn't kept waiting by a line that is held
		var cancel context.CancelFunc
		ctx, cancel = either(ctx, s.pending.ctx)
		defer cancel()
	}
	if _, err := s.write(ctx, s.dirty.fill(), p.held()); err != nil {
		return lineError(err)
	}
	s.dirty = debris{}
	err := s.drained(ctx)
	s.settle()
	return lineError(err)
}

// debris is what a printer may hold of a job that was cut short: at most the rest of one command.
type debris struct {
	bytes int // of the longest command there can be
	rows  int // of dots, per 256 bytes, of the narrowest picture there can be: how slowly it may take them
}

// of makes room for one more command of the job.
func (d *debris) of(s Segment) {
	d.bytes = max(d.bytes, len(s.Bytes))
	if s.Even {
		d.rows = max(d.rows, (s.Dots*256+len(s.Bytes)-1)/len(s.Bytes))
	}
}

// with adds what is known of another job.
func (d *debris) with(o debris) { d.bytes, d.rows = max(d.bytes, o.bytes), max(d.rows, o.rows) }

// anyDebris is what an earlier process may have left: nothing Render makes is longer or slower. So the first thing a
// printer gets is what frees it.
func anyDebris(p Profile) debris {
	return debris{bytes: max(p.Buffer, pacedRows*p.Dots/8) + 16, rows: 256 / 9}
}

// fill is as many NULs as the printer can be waiting for.
func (d debris) fill() Segment {
	return Segment{Bytes: make([]byte, d.bytes), Dots: d.bytes*d.rows/256 + 1, Even: true}
}
