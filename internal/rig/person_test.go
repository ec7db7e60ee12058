package rig

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/internal/counter/wire"
	"galla/state"
)

// galla runs the command line as a cashier does, and returns what it says on both outputs.
func (b *box) galla(args ...string) (said string, err error) {
	b.t.Helper()
	cmd := exec.Command(filepath.Join(bin, "galla"), append([]string{"--socket", b.file("api")}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// done is galla that must succeed.
func (b *box) done(args ...string) string {
	b.t.Helper()
	said, err := b.galla(args...)
	if err != nil {
		b.t.Fatalf("galla %q: %v\n%s", args, err, said)
	}
	return said
}

// take opens a sale with galla and waits for its QR.
func (b *box) take(rupees string, more ...string) (w wire.Sale) {
	b.t.Helper()
	said := b.done(append([]string{"sale", rupees, "--json"}, more...)...)
	if err := json.Unmarshal([]byte(said), &w); err != nil {
		b.t.Fatalf("galla sale: %v: %s", err, said)
	}
	b.until(20*time.Second, "the QR", func() bool { w = b.sale(w.ID); return w.QR != nil })
	return w
}

// stands waits until a sale is as wanted.
func (b *box) stands(id, what string, ok func(wire.Sale) bool) (w wire.Sale) {
	b.t.Helper()
	b.until(40*time.Second, what, func() bool { w = b.sale(id); return ok(w) })
	return w
}

// one returns the only item of a sale.
func (b *box) one(w wire.Sale, kind state.AttentionKind, paise int) wire.Attention {
	b.t.Helper()
	if len(w.Attention) != 1 || w.Attention[0].Kind != kind || int(w.Attention[0].AmountPaise) != paise {
		b.t.Fatalf("items %+v, want one %s of %d paise", w.Attention, kind, paise)
	}
	return w.Attention[0]
}

// audience is a customer's screen with its number pad, and a voice, that keep what they are told.
type audience struct {
	seat *viewstream.Client

	mu     sync.Mutex
	views  []display.View
	spoken []display.View
}

// watched connects them to gallad's socket, and waits until gallad knows of the screen.
func (b *box) watched() *audience {
	b.t.Helper()
	a := &audience{}
	ctx, stop := context.WithCancel(context.Background())
	var ends sync.WaitGroup
	b.t.Cleanup(func() { stop(); ends.Wait() })
	screen := viewstream.Info{Role: viewstream.RoleScreen, Width: 800, Height: 480}
	a.seat = viewstream.NewClient(
		viewstream.ClientOptions{Dial: viewstream.Dialer(b.file("display")), Info: screen, Wake: func() {
			m := a.seat.Latest()
			if !m.FromGallad() {
				return
			}
			a.mu.Lock()
			a.views = append(a.views, m.View)
			a.mu.Unlock()
			if m.View.Screen == display.ScreenPay {
				a.seat.Shown(m, time.Now(), "")
			}
		}},
	)
	voice := viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(b.file("display")),
		Info: viewstream.Info{Role: viewstream.RoleSound},
		Paid: func(v display.View) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.spoken = append(a.spoken, v)
		},
	})
	ends.Go(func() { a.seat.Run(ctx) })
	ends.Go(func() { voice.Run(ctx) })
	b.until(20*time.Second, "the display", func() bool {
		h, err := b.till.Health(b.t.Context())
		return err == nil && h.Display == "connected"
	})
	return a
}

// saw reports whether the screen was ever told such a View.
func (a *audience) saw(ok func(display.View) bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.views, ok)
}

// heard counts the words "paid" of the voice, and green screens.
func (a *audience) heard() (spoken, green int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, v := range a.views {
		if v.Screen == display.ScreenPaid {
			green++
		}
	}
	return len(a.spoken), green
}
