package printer

import (
	"context"

	"galla/printer/escpos"
)

// probe finds out after opening who is there.
func (s *session) probe(ctx context.Context) error {
	s.set(State{Condition: ConditionUnknown, Device: s.line.Path()})
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
			s.set(State{Condition: condition, Detail: silent(s.options.Profile, s.noise), Device: s.line.Path(), Model: s.model, Answers: s.answers})
			return nil
		}
		c.Apply(q, data[0])
	}
	s.answers = true
	condition, detail := read(c)
	if condition == ConditionReady && c.PaperNearEnd {
		detail = "The printer's roll is nearly used up. Keep a new one at hand."
	}
	s.set(State{Condition: condition, NearEnd: c.PaperNearEnd, Detail: detail, Device: s.line.Path(), Model: s.model, Answers: true})
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
			s.dirty = 0
			s.pace = newPacer(p)
			return s.look(ctx)
		}
	}
	if s.pending != nil { // its caller isn't kept waiting by a line that is held
		var cancel context.CancelFunc
		ctx, cancel = either(ctx, s.pending.ctx)
		defer cancel()
	}
	rows := s.dirty*8/p.Dots + 1 // of the widest picture there can be
	if _, err := s.write(ctx, Segment{Bytes: make([]byte, s.dirty), Dots: rows, Even: true}, p.Flow == "rtscts"); err != nil {
		return lineError(err)
	}
	s.dirty = 0
	return lineError(s.drained(ctx))
}
