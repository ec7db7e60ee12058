package kiosk

import (
	"fmt"
	"image"
	"io"
	"log/slog"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// outputs knows how large each monitor really is, from the X server itself. ebiten learns a monitor's size when it is
// connected and never again, so that after a change of resolution without a window manager a window keeps its old size
// and a part of the QR lies outside of the glass (reference/display.md §6).
type outputs struct {
	conn *xgb.Conn
	root xproto.Window

	mu    sync.Mutex
	sizes map[string]image.Point // in pixels, after the session's own rotation
}

// watchOutputs connects to the X server that DISPLAY names and calls changed whenever a monitor's size has.
func watchOutputs(log *slog.Logger, changed func()) (*outputs, error) {
	xgb.Logger.SetOutput(io.Discard) // what matters comes back as an error
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("connect to the X server: %w", err)
	}
	o := &outputs{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root}
	if err := randr.Init(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("the X server has no RandR: %w", err)
	}
	const mask = randr.NotifyMaskScreenChange | randr.NotifyMaskCrtcChange | randr.NotifyMaskOutputChange
	if err := randr.SelectInputChecked(conn, o.root, mask).Check(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("watch the monitors: %w", err)
	}
	if err := o.read(); err != nil {
		conn.Close()
		return nil, err
	}
	go func() { // ends with the connection
		for {
			event, err := conn.WaitForEvent()
			if event == nil && err == nil {
				return
			}
			if err := o.read(); err != nil {
				log.Warn("the monitors' sizes can't be read", "err", err)
				continue
			}
			changed()
		}
	}()
	return o, nil
}

// read asks for the sizes of all monitors that show something.
func (o *outputs) read() error {
	res, err := randr.GetScreenResourcesCurrent(o.conn, o.root).Reply()
	if err != nil {
		return fmt.Errorf("the monitors' sizes: %w", err)
	}
	sizes := map[string]image.Point{}
	for _, id := range res.Outputs {
		out, err := randr.GetOutputInfo(o.conn, id, res.ConfigTimestamp).Reply()
		if err != nil || out.Crtc == 0 {
			continue // gone in the meantime, or off
		}
		crtc, err := randr.GetCrtcInfo(o.conn, out.Crtc, res.ConfigTimestamp).Reply()
		if err != nil || crtc.Width == 0 {
			continue
		}
		sizes[string(out.Name)] = image.Pt(int(crtc.Width), int(crtc.Height))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sizes = sizes
	return nil
}

// size returns the size of the monitor of this name; zero when it isn't there or off.
func (o *outputs) size(name string) image.Point {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sizes[name]
}

// close ends the watching.
func (o *outputs) close() { o.conn.Close() }
