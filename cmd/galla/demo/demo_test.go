package demo

import (
	"image"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"galla/printer/printertest"
)

// TestDemoSlips: what one slip burns into the paper is in its own picture, whole, and in no other's.
func TestDemoSlips(t *testing.T) {
	w := &world{
		out:     t.TempDir(),
		printer: printertest.New(printertest.Model{Dots: 576, Baud: 1e6, Buffer: 4096, DotTime: time.Microsecond}),
	}
	host, device := net.Pipe()
	w.printer.Attach(device)
	defer w.printer.Close()
	defer host.Close()
	black := func(m image.Image) (n int) {
		for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
			for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
				if r, _, _, _ := m.At(x, y).RGBA(); r == 0 {
					n++
				}
			}
		}
		return n
	}
	before := 0
	for _, name := range []string{"first.png", "second.png", "third.png"} {
		if _, err := host.Write([]byte("Asha General Stores\n" + name + "\n")); err != nil {
			t.Fatal(err)
		}
		w.printer.Until(name, 1) // or it would rest before it began
		if !w.printer.Idle(10 * time.Second) {
			t.Fatal("the printer does not come to rest")
		}
		if err := w.slip(name); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(filepath.Join(w.out, name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		all := black(w.printer.Paper())
		if got, want := black(m), all-before; got != want || want == 0 {
			t.Errorf("%s has %d black dots, the slip %d", name, got, want)
		}
		before = all
	}
}

// TestFreeAddress: where the address of the guide is taken, the box is found at another.
func TestFreeAddress(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wish := held.Addr().String()
	if got, err := freeAddress(wish); err != nil || got == wish {
		t.Errorf("%s is taken, and given: %s %v", wish, got, err)
	}
	held.Close()
	if got, err := freeAddress(wish); err != nil || got != wish {
		t.Errorf("%s is free, and %s is given: %v", wish, got, err)
	}
}
