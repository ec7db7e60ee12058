package viewstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
	"unicode/utf8"
)

// link is one connection to gallad, on the display's side.
type link struct {
	conn  net.Conn
	clock func() time.Duration
	told  Info // what the first hello said
	out   chan message
	done  chan struct{} // closed when the connection has ended
}

// post queues m. A link that is stuck or has ended takes nothing, so that nothing is delivered long after it happened.
func (l *link) post(m message) bool {
	m.SentMS = l.clock().Milliseconds() // when it happened, not when the socket had room
	select {
	case <-l.done:
		return false
	default:
	}
	select {
	case l.out <- m:
		return true
	default:
		return false
	}
}

// errNonsense marks an answer of gallad's that this display can't understand: what it shows may be false.
type errNonsense struct{ error }

func (e errNonsense) Unwrap() error { return e.error }

// session is one connection from dialling to its end; the error says why it ended.
func (c *Client) session(ctx context.Context) error {
	conn, err := c.o.Dial(ctx)
	if err != nil {
		return fmt.Errorf("%w (is gallad running, and may this user open its socket?)", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()

	c.mu.Lock()
	l := &link{conn: conn, clock: c.clock, told: c.info, out: make(chan message, 32), done: make(chan struct{})}
	c.mu.Unlock()
	l.post(message{Kind: kindHello, Version: Version, Info: &l.told})
	var wg sync.WaitGroup
	wg.Go(func() { l.write(ctx); conn.Close() })
	err = c.read(l, lines(conn))
	close(l.done)
	cancel()
	wg.Wait()
	_, nonsense := errors.AsType[errNonsense](err)
	c.drop(l, nonsense)
	return err
}

// read takes gallad's words until the connection ends.
func (c *Client) read(l *link, in *bufio.Scanner) error {
	if err := l.greeted(in); err != nil {
		return err
	}
	c.o.Log.Info("connected to gallad")
	for {
		l.conn.SetReadDeadline(time.Now().Add(SilenceLimit))
		m, err := next(in)
		if err != nil {
			if _, ok := errors.AsType[errBroken](err); ok {
				return err
			}
			return errNonsense{err}
		}
		sent := time.Now().Add(-age(c.clock(), m.SentMS))
		switch m.Kind {
		case kindView, kindPaid:
			if m.View == nil {
				return errNonsense{fmt.Errorf("a %s message without a view", m.Kind)}
			}
			if err := m.View.check(); err != nil {
				return errNonsense{err}
			}
			if v := m.View.view(sent); m.Kind == kindPaid {
				c.o.Paid(v)
			} else {
				c.take(l, v, sent)
			}
		case kindBeat:
			if err := c.confirm(l, m.Seq, sent); err != nil {
				return errNonsense{err}
			}
		}
	}
}

// greeted reads gallad's answer to our hello.
func (l *link) greeted(in *bufio.Scanner) error {
	l.conn.SetReadDeadline(time.Now().Add(helloLimit))
	m, err := next(in)
	switch {
	case err != nil:
		return fmt.Errorf("gallad did not answer the hello: %w", err)
	case m.Kind == kindRefused:
		return fmt.Errorf("gallad refused this display: %s", m.Problem)
	case m.Kind != kindHello || m.Version != Version:
		return fmt.Errorf("gallad answered with a %.20q of version %d, and this display speaks version %d: install "+
			"the same release of both", m.Kind, m.Version, Version)
	}
	return nil
}

// write sends what was posted, and a beat when there was nothing for BeatEvery.
func (l *link) write(ctx context.Context) {
	beat := time.NewTicker(BeatEvery)
	defer beat.Stop()
	for {
		var m message
		select {
		case <-ctx.Done():
			return
		case m = <-l.out:
		case <-beat.C:
			m = message{Kind: kindBeat, SentMS: l.clock().Milliseconds()}
		}
		b, err := encode(m)
		if err != nil {
			return // the fields are bounded where they are made; a line that still is too long ends the connection
		}
		l.conn.SetWriteDeadline(time.Now().Add(writeLimit))
		if _, err := l.conn.Write(b); err != nil {
			return // the reader says why
		}
	}
}

// clip shortens a sentence to what the wire carries.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
