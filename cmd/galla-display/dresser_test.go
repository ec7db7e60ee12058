package main

import (
	"bytes"
	"image"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/display"
)

// TestPicturesComeLater: a screen is drawn in the theme's colours while its pictures are still being read, and with
// them afterwards. Those of a size that is no longer the screen's are not read.
func TestPicturesComeLater(t *testing.T) {
	size := image.Pt(320, 240)
	logo := filepath.Join(t.TempDir(), "logo.png")
	if err := writePNG(logo, image.NewGray(image.Rect(0, 0, 50, 50))); err != nil {
		t.Fatal(err)
	}
	files := display.ThemeFiles{Logo: logo, Pictures: "/nowhere", Accent: "#004000"}
	draw := func(files display.ThemeFiles) *image.RGBA {
		theme, _ := display.LoadTheme(files, size)
		return display.Draw(size, theme, display.View{Screen: display.ScreenIdle, Shop: "Asha"}, time.Time{})
	}
	var log syncBuffer
	woken := make(chan struct{}, 10)
	d := &dresser{
		files: files,
		log:   slog.New(slog.NewTextHandler(&log, nil)),
		wake:  func() { woken <- struct{}{} },
	}

	d.reading.Lock() // pictures that take for ever
	old, p := d.painter(image.Pt(64, 64)), d.painter(size)
	frame, _ := p.Frame(display.View{Screen: display.ScreenIdle, Shop: "Asha"}, time.Time{})
	if !bytes.Equal(frame.Pix, draw(display.ThemeFiles{Accent: "#004000"}).Pix) {
		t.Error("without the pictures the idle screen is not in the theme's colours")
	}
	d.reading.Unlock()
	<-woken
	frame, changed := p.Frame(display.View{Screen: display.ScreenIdle, Shop: "Asha"}, time.Time{})
	if !bytes.Equal(frame.Pix, draw(files).Pix) || changed != frame.Rect {
		t.Errorf("with the logo %v of the idle screen changed, or it is not the theme's", changed)
	}
	if !strings.Contains(log.String(), "/nowhere") {
		t.Errorf("what can't be read is not told: %s", log.String())
	}
	d.reading.Lock() // whoever waited for it has been there
	if len(old.(*dressed).later) > 0 || len(woken) > 0 {
		t.Error("the pictures of an old size were read")
	}
	d.reading.Unlock()

}
