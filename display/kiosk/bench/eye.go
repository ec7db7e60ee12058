package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xproto"
)

// eye watches a spot in the middle of the QR, where the peers all have it: the left half of the screen.
type eye struct {
	conn    *xgb.Conn
	root    xproto.Window
	damage  damage.Damage
	changed chan struct{} // the screen has changed
	x, y    int16
	side    uint16 // of the spot, in pixels: a dozen modules and more, so that two codes differ in it
}

// seen is what was there, and when.
type seen struct {
	pixels []byte
	at     time.Time
}

func newEye(display string) (*eye, error) {
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, err
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	e := &eye{conn: conn, root: screen.Root, changed: make(chan struct{}, 1)}
	// The QR's square is as high as the screen and stands at its left in every peer.
	e.side = screen.HeightInPixels / 4
	e.x = int16(screen.HeightInPixels/2 - e.side/2)
	e.y = e.x
	if err := damage.Init(conn); err != nil {
		return nil, err
	}
	if _, err := damage.QueryVersion(conn, 1, 1).Reply(); err != nil {
		return nil, err
	}
	if e.damage, err = damage.NewDamageId(conn); err != nil {
		return nil, err
	}
	if err := damage.CreateChecked(conn, e.damage, xproto.Drawable(e.root), damage.ReportLevelNonEmpty).
		Check(); err != nil {
		return nil, err
	}
	go func() {
		for {
			event, err := conn.WaitForEvent()
			if event == nil && err == nil {
				return
			}
			select {
			case e.changed <- struct{}{}:
			default:
			}
		}
	}()
	return e, nil
}

func (e *eye) close() { e.conn.Close() }

// look returns the spot's pixels.
func (e *eye) look() ([]byte, error) {
	damage.Subtract(e.conn, e.damage, 0, 0) // from here on, the next change is told
	r, err := xproto.GetImage(e.conn, xproto.ImageFormatZPixmap, xproto.Drawable(e.root), e.x, e.y, e.side,
		e.side, ^uint32(0)).Reply()
	if err != nil {
		return nil, fmt.Errorf("look at the screen: %w", err)
	}
	return r.Data, nil
}

// waitQR waits for a QR that isn't the one of before.
func (e *eye) waitQR(before []byte, limit time.Time) (seen, error) {
	return e.wait(limit, func(p []byte) bool { return looksLikeQR(p) && !bytes.Equal(p, before) })
}

// waitDark waits for the last program's picture to go.
func (e *eye) waitDark() error {
	_, err := e.wait(time.Now().Add(10*time.Second), func(p []byte) bool { return !looksLikeQR(p) })
	return err
}

func (e *eye) wait(limit time.Time, ok func([]byte) bool) (seen, error) {
	for {
		p, err := e.look()
		if err != nil {
			return seen{}, err
		}
		if ok(p) {
			return seen{p, time.Now()}, nil
		}
		select {
		case <-e.changed:
		case <-time.After(min(time.Until(limit), 50*time.Millisecond)): // a change between look and Subtract
		}
		if time.Now().After(limit) {
			return seen{}, errors.New("no new QR came")
		}
	}
}

// looksLikeQR: nothing but black and white, and enough of both.
func looksLikeQR(p []byte) bool {
	var black, white int
	for i := 0; i+3 < len(p); i += 4 {
		switch [3]byte(p[i:]) {
		case [3]byte{0, 0, 0}:
			black++
		case [3]byte{255, 255, 255}:
			white++
		}
	}
	all := len(p) / 4
	return black+white > all*85/100 && black > all/4 && white > all/4
}
