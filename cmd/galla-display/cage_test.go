//go:build gpu

package main

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"galla/display"
	"galla/display/kiosk/kiosktest"
)

// TestScreen_1 is the appliance's session: cage, Xwayland in it, and the display in that. What the compositor shows is
// the picture. With two monitors cage stretches the window over both: the picture stands in the wanted one, the other
// is black.
func TestScreen_1(t *testing.T) {
	for _, present := range presenters {
		for _, monitors := range []int{1, 2} {
			t.Run(fmt.Sprint(present, " on ", monitors), func(t *testing.T) {
				t.Parallel() // it mostly waits, on an X server of its own
				underCage(t, present, monitors)
			})
		}
	}
}

func underCage(t *testing.T, present string, monitors int) {
	g := newGallad(t)
	exe := everybodys(t)
	var log syncBuffer
	env := []string{asMain + "=1", fmt.Sprint("WLR_HEADLESS_OUTPUTS=", monitors)}
	c, err := kiosktest.StartCage(
		&log,
		env,
		exe,
		"-socket",
		g.socket,
		"-present",
		present,
		"-monitor",
		fmt.Sprint(monitors),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the session said:\n%s", log.String())
		}
	})
	for i, name := range []string{"pay", "paid", "pay-large"} {
		v := scene(t, name)
		g.show(v)
		var got *image.RGBA
		var why string
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("%s: %s", name, why)
			}
		})
		// grim has the compositor draw one frame and gets what is new in it. A picture that stands still leaves it with
		// what was there before (wlroots 0.15 hands such a picture to the output without drawing it), so it is kept
		// moving, from before grim comes: that frame may be over before a first movement reaches the compositor.
		moving, still := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for moving.Err() == nil {
				g.server.Publish(v)
				<-time.After(10 * time.Millisecond)
			}
		}()
		eventually(t, 30*time.Second, "the compositor showing "+name, func() bool {
			path, err := c.Grab(i)
			if err != nil {
				t.Fatal(err)
			}
			img := readPNG(t, path)
			size := img.Bounds().Size()
			size.X /= monitors
			got = image.NewRGBA(image.Rectangle{Max: size})
			last := img.Bounds().Min.Add(image.Pt((monitors-1)*size.X, 0))
			draw.Draw(got, got.Rect, img, last, draw.Src)
			rest := image.NewRGBA(image.Rect(0, 0, last.X, size.Y))
			draw.Draw(rest, rest.Rect, img, img.Bounds().Min, draw.Src)
			if !blank(rest) || len(rest.Pix) > 0 && rest.Pix[0] != 0 {
				why = "something stands outside of the customer's monitor"
				return false
			}
			n := differ(t, got, display.Draw(got.Rect.Size(), nil, v, time.Now()))
			why = fmt.Sprintf("%d pixels of %v differ from the picture", n, got.Rect)
			return n == 0
		})
		still()
		<-stopped
		if read := scan(t, got); read != v.Payload {
			t.Errorf("%s: zbar reads %q, want %q", name, read, v.Payload)
		}
		if i := g.described(); i.Width != got.Rect.Dx() || i.Height != got.Rect.Dy() || i.Problem != "" {
			t.Errorf("%s: gallad was told %+v, and the output has %v", name, i, got.Rect.Size())
		}
	}
}

// everybodys is the program in a place where another user may run it.
func everybodys(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(dir, "galla-display")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
