package kiosk

import (
	"errors"
	"image"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// listener is a Feed that keeps what it is told.
type listener struct {
	Feed
	told []string
}

func (l *listener) Shown(m viewstream.Moment, _ time.Time, problem string) bool {
	l.told = append(l.told, string(m.View.Screen)+problem)
	return true
}

// TestProofOfWhatWasDrawn: a frame is compared with what could be drawn at its moment. A pay screen whose time was over
// by then holds no QR and is no mistake; it was never on the screen, and gallad isn't told so.
func TestProofOfWhatWasDrawn(t *testing.T) {
	now := time.Now()
	pay := display.View{Screen: display.ScreenPay, SaleID: "s1", ValidUntil: now}
	for _, tt := range []struct {
		name  string
		drawn time.Time
		found error
		asked display.Screen
		told  int
		off   bool
	}{
		{"in time", now.Add(-1), nil, display.ScreenPay, 1, false},
		{"in time and wrong", now.Add(-1), errors.New("another string"), display.ScreenPay, 1, true},
		{"too late", now, nil, display.ScreenUnpaid, 0, false},
		{"too late and yet a QR", now, errors.New("shows a QR"), display.ScreenUnpaid, 1, true},
	} {
		feed, off := &listener{}, false
		var asked display.Screen
		o := Options{Feed: feed, Paint: newTestDrawer().painter,
			Verify: func(_ image.Image, _ image.Point, v display.View) error {
				asked = v.Screen
				return tt.found
			}}
		if err := o.check(); err != nil {
			t.Fatal(err)
		}
		p := &prover{o: &o, pic: &picture{}, wrong: func(viewstream.Moment) { off = true }}
		p.check(proof{moment: viewstream.Moment{View: pay}, drawn: tt.drawn,
			code: image.NewGray(image.Rect(0, 0, 8, 8))})
		if asked != tt.asked || len(feed.told) != tt.told || off != tt.off {
			t.Errorf("%s: compared with %q, told %q, withdrawn %v", tt.name, asked, feed.told, off)
		}
	}
}
