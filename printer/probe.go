package printer

import (
	"context"
	"fmt"

	"galla/printer/escpos"
	"galla/printer/port"
)

// Probe opens a printer that no Run owns, finds out what it says of itself, prints nothing, and closes it again. A printer
// that is silent at the profile's speed is asked at the others too; State.Detail then says which one it answers at. The
// error is the port's: it can't be opened or went away.
func Probe(ctx context.Context, name string, p Profile) (State, error) {
	return probeLine(ctx, p, func(baud int) (Line, error) { return port.Open(name, baud, p.Flow) })
}

func probeLine(ctx context.Context, p Profile, open func(baud int) (Line, error)) (State, error) {
	p.Status = "dle" // asking does no harm; the profile only says whether to rely on an answer
	var first State
	for i, baud := range append([]int{p.Baud}, bauds...) {
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
	s.rest(State{Condition: ConditionUnknown, Device: s.line.Path()})
	if s.options.Profile.Status != "dle" {
		return nil
	}
	if err := s.look(ctx); err != nil || !s.answers {
		return err
	}
	for _, i := range []escpos.Information{escpos.InfoMaker, escpos.InfoModel} {
		text, ok, err := s.ask(ctx, escpos.Info(i), escpos.ReplyInfo, answerLimit)
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
	return s.look(ctx)
}

// look asks the printer how it is and publishes the answer. One question goes unanswered, the others aren't asked.
func (s *session) look(ctx context.Context) error {
	var c escpos.Condition
	for _, q := range []escpos.StatusQuery{escpos.QueryPrinter, escpos.QueryOffline, escpos.QueryError, escpos.QueryPaper} {
		data, ok, err := s.ask(ctx, escpos.RealtimeStatus(q), escpos.ReplyRealtime, answerLimit)
		if err != nil || s.acked {
			return err
		}
		if !ok {
			condition := ConditionUnknown
			if s.answers {
				condition = ConditionOffline // it did answer: switched off, most likely, and a slip would be lost
			}
			s.rest(State{Condition: condition, Detail: silent(s.options.Profile, s.noise), Device: s.line.Path(), Model: s.model, Answers: s.answers})
			return nil
		}
		c.Apply(q, data[0])
	}
	s.answers = true
	condition, detail := read(c)
	if condition == ConditionReady && c.PaperNearEnd {
		detail = "The printer's roll is nearly used up. Keep a new one at hand."
	}
	s.rest(State{Condition: condition, NearEnd: c.PaperNearEnd, Detail: detail, Device: s.line.Path(), Model: s.model, Answers: true})
	return nil
}

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
	if _, err := s.write(ctx, s.dirty.fill(), p.Flow == "rtscts"); err != nil {
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
