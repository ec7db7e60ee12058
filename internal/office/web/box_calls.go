package web

import (
	"errors"
	"net/http"

	"galla/internal/office"
	"galla/internal/office/joining"
	"galla/internal/segment"
	"galla/internal/signature"
)

// look says what a code is for.
func (b *Box) look(c *call) {
	var m segment.Look
	if !c.read() || !c.message(&m) {
		return
	}
	offer, err := b.o.Members.Look(c.ctx, m.Code, b.o.From(c.r))
	if err != nil {
		b.refused(c, err)
		return
	}
	c.answer(http.StatusOK, segment.Looked{
		Office:  offer.Office,
		Shop:    offer.Shop,
		Counter: offer.Counter,
		Expires: offer.Expires,
	})
}

// join makes a key a terminal.
func (b *Box) join(c *call) {
	var m segment.Join
	if !c.read() || !c.message(&m) {
		return
	}
	id, err := signature.KeyID(c.r.Header)
	if err != nil || id != segment.TerminalID(m.Key) {
		c.no(http.StatusUnauthorized, "signature", "the request is not signed by the key in it")
		return
	}
	if !b.verify(c, m.Key) {
		return
	}
	t, offer, err := b.o.Members.Join(c.ctx, joining.Request{
		Code:    m.Code,
		Key:     m.Key,
		Label:   m.Label,
		Shop:    m.Shop,
		Version: m.Version,
		Head:    m.Head,
	}, b.o.From(c.r))
	if err != nil {
		b.refused(c, err)
		return
	}
	c.answer(http.StatusOK, segment.Joined{
		Terminal: t.ID,
		Office:   offer.Office,
		Shop:     offer.Shop,
		Counter:  offer.Counter,
		State:    string(t.State),
	})
}

// refused answers what a joining is refused for.
func (b *Box) refused(c *call, err error) {
	switch {
	case joining.Is(err, joining.CodeUnknown):
		c.no(http.StatusNotFound, "code", err.Error())
	case joining.Is(err, joining.CodeOver) && c.r.URL.Path == segment.PathLook:
		c.no(http.StatusNotFound, "code", err.Error())
	case joining.Is(err, joining.CodeOver):
		c.no(http.StatusGone, "code", err.Error())
	case joining.Is(err, joining.TooManyTries):
		c.Header().Set("Retry-After", "900")
		c.no(http.StatusTooManyRequests, "tries", err.Error())
	case joining.Is(err, joining.TerminalRevoked):
		c.state("left", err.Error())
	case joining.Is(err, joining.TerminalUnknown):
		c.state("unknown", err.Error())
	default:
		b.fault(c, err)
	}
}

// leave ends a terminal.
func (b *Box) leave(c *call) {
	if err := b.o.Members.Leave(c.ctx, c.id); err != nil {
		b.refused(c, err)
		return
	}
	c.answer(http.StatusNoContent, nil)
}

// heads says where the office's branches end.
func (b *Box) heads(c *call) {
	m, err := b.o.Core.Heads(c.ctx, c.id)
	if err != nil {
		b.fault(c, err)
		return
	}
	c.answer(http.StatusOK, m)
}

// locate says which place both have.
func (b *Box) locate(c *call) {
	var m segment.Places
	if !c.message(&m) {
		return
	}
	l, err := b.o.Core.Known(c.ctx, c.id, m)
	if err != nil {
		b.fault(c, err)
		return
	}
	c.answer(http.StatusOK, l)
}

// heartbeat keeps what a box says of itself.
func (b *Box) heartbeat(c *call) {
	var m segment.Heartbeat
	if !c.message(&m) {
		return
	}
	ours, err := b.o.Core.Heads(c.ctx, c.id)
	if err != nil {
		b.fault(c, err)
		return
	}
	newer, err := b.o.Beats.Heard(c.ctx, c.id, m, c.signed, ours.Heads)
	switch {
	case err != nil:
		b.fault(c, err)
	case !newer:
		c.no(http.StatusUnauthorized, "replay", "there was a newer heartbeat of this terminal, or this one twice")
	default:
		c.answer(http.StatusOK, ours)
	}
}

// segments takes one.
func (b *Box) segments(c *call) {
	taken, err := b.queue.take(c.ctx, office.Submission{Terminal: c.id, Raw: c.body})
	if err != nil {
		b.fault(c, err)
		return
	}
	b.o.Counts.Segment(string(taken.Verdict))
	status := http.StatusOK
	switch taken.Verdict {
	case segment.Gap:
		status = http.StatusConflict
	case segment.Refused:
		status = http.StatusUnprocessableEntity
	}
	c.answer(status, taken)
}

// z takes a Z report that was asked for.
func (b *Box) z(c *call) {
	var m segment.Z
	if !c.message(&m) {
		return
	}
	err := b.o.Core.TakeZ(c.ctx, c.id, m)
	if errors.Is(err, office.ErrNotZ) {
		c.no(http.StatusUnprocessableEntity, "z", err.Error())
		return
	}
	if err != nil {
		b.fault(c, err)
		return
	}
	b.heads(c)
}

// message reads a body as a message; what is wrong with it is answered.
func (c *call) message(into any) (ok bool) {
	if err := segment.Decode(c.body, into); err != nil {
		c.no(http.StatusBadRequest, "message", err.Error())
		return false
	}
	return true
}
