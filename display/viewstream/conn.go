package viewstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"galla/display"
)

// conn is one connected display, on gallad's side.
type conn struct {
	s     *Server
	id    int
	net   net.Conn
	uid   uint32
	info  Info
	fresh chan struct{}     // holds one token when the newest View may not have been sent
	role  Role              // by its first hello
	paid  chan display.View // for sound: payments not yet told
}

// wake makes the writer look at the newest View. It never blocks.
func (d *conn) wake() {
	select {
	case d.fresh <- struct{}{}:
	default:
	}
}

// serve serves one connection from its first word to its last.
func (s *Server) serve(serving context.Context, c net.Conn) {
	ctx, cancel := context.WithCancel(serving)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	defer c.Close()

	d := &conn{s: s, net: c, fresh: make(chan struct{}, 1), paid: make(chan display.View, maxPaid)}
	in := lines(c)
	if err := d.greet(in); err != nil {
		s.log.Warn("a display was turned away", "err", err)
		return
	}
	s.log.Info("display connected", "display", d.id, "role", d.info.Role, "monitor", d.info.Monitor, "uid", d.uid)
	s.tell(ctx, Hello{Display: d.id, UID: d.uid, Info: d.info})

	var wg sync.WaitGroup
	var writeErr error
	wg.Go(func() {
		if err := d.write(ctx); ctx.Err() == nil {
			writeErr = err // else the reader ended first, and closed the connection
		}
		c.Close() // the reader ends too
	})
	err := d.read(ctx, in)
	cancel()
	wg.Wait()
	if _, broken := errors.AsType[errBroken](err); broken && writeErr != nil {
		err = writeErr // it came first, and closing the connection ended the reader
	}
	s.mu.Lock()
	delete(s.displays, d)
	s.mu.Unlock()
	s.log.Info("display gone", "display", d.id, "why", err)
	s.tell(serving, Gone{Display: d.id, Why: err.Error()}) // the connection's own ctx has ended
}

// greet checks who is there, reads the display's hello and answers it, and gives it a place.
func (d *conn) greet(in *bufio.Scanner) error {
	s := d.s
	uid, err := peerUID(d.net)
	if s.allow != nil {
		if err != nil {
			return err
		}
	}
	d.uid = uid
	d.net.SetDeadline(time.Now().Add(helloLimit))
	m, err := next(in)
	if s.allow != nil && !s.allow(uid) { // what it said is read, so that it stays to hear the answer, and not looked at
		return d.refuse(
			fmt.Errorf(
				"user id %d may not be a display: run galla-display as the user named in gallad's configuration",
				uid,
			),
		)
	}
	if err != nil {
		return fmt.Errorf("before its hello: %w", err)
	}

	if m.Kind != kindHello || m.Info == nil {
		return d.refuse(
			fmt.Errorf("the first message is a %.20q without saying what the display is, not a hello", m.Kind),
		)
	}
	if m.Version != Version {
		return d.refuse(
			fmt.Errorf(
				"the display speaks version %d and gallad version %d: install the same release of both",
				m.Version,
				Version,
			),
		)
	}

	d.info, d.role = *m.Info, m.Info.Role
	if err := d.send(message{Kind: kindHello, Version: Version}); err != nil {
		return err
	}
	s.mu.Lock()
	full := len(s.displays) >= maxDisplays
	if !full {
		s.lastID++
		d.id = s.lastID
		s.displays[d] = struct{}{}
	}
	s.mu.Unlock()
	if full {
		return d.refuse(fmt.Errorf("%d displays are connected, and no more are allowed", maxDisplays))
	}

	return nil
}

// refuse tells the display why it is turned away, for its log, and returns the reason.
func (d *conn) refuse(why error) error {
	if err := d.send(message{Kind: kindRefused, Problem: why.Error()}); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// write sends the newest View at once and whenever it changes, and a beat when nothing changed for BeatEvery.
func (d *conn) write(ctx context.Context) error {
	beat := time.NewTicker(BeatEvery)
	defer beat.Stop()
	var sent uint64
	for {
		if v := d.s.current(); v.Seq != sent {
			// Relative times are taken here, at the moment of sending.
			if err := d.send(message{Kind: kindView, View: toWire(v, time.Now())}); err != nil {
				return err
			}
			sent = v.Seq
		}
		select {
		case <-ctx.Done():
			return nil
		case v := <-d.paid:
			if err := d.send(message{Kind: kindPaid, View: toWire(v, time.Now())}); err != nil {
				return err
			}
		case <-d.fresh:
		case <-beat.C:
			if d.s.current().Seq == sent {
				if err := d.send(message{Kind: kindBeat, Seq: sent}); err != nil {
					return err
				}
			}
		}
	}
}

func (d *conn) send(m message) error {
	m.SentMS = d.s.clock().Milliseconds()
	b, err := encode(m)
	if err != nil {
		return err
	}
	d.net.SetWriteDeadline(time.Now().Add(writeLimit))
	if _, err := d.net.Write(b); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// read turns what the display says into events until it hangs up, is silent or talks nonsense.
func (d *conn) read(ctx context.Context, in *bufio.Scanner) error {
	for {
		d.net.SetReadDeadline(time.Now().Add(SilenceLimit))
		m, err := next(in)
		if err != nil {
			return err
		}
		switch m.Kind {
		case kindHello:
			if m.Info == nil {
				return errors.New("a hello does not say what the display is")
			}
			d.info = *m.Info
			d.s.tell(ctx, Hello{Display: d.id, UID: d.uid, Info: d.info})
		case kindShown:
			d.s.tell(ctx, Shown{
				Display: d.id,
				Seq:     m.Seq,
				SaleID:  m.SaleID,
				At:      time.Now().Add(-min(age(d.s.clock(), m.AtMS), maxShownAge)),
				OK:      m.OK,
				Problem: m.Problem,
			})
		case kindKey:
			switch late := age(d.s.clock(), m.SentMS); {
			case !m.Key.Known():
				return fmt.Errorf("the unknown key %.20q", m.Key)
			case late > keyFresh:
				d.s.log.Warn("a key press came too late and is forgotten", "display", d.id, "age", late)
			default:
				d.s.tell(ctx, Key{Display: d.id, Name: m.Key, At: time.Now().Add(-late)})
			}
		}
	}
}
