//go:build gpu

package main

import (
	"image"
	"testing"

	"galla/display/kiosk/gl"
)

// TestScreen_3: a board whose GL is too old for ebiten, as Pi 3, 3+ and Zero 2 W, is known by the driver's own word,
// and its screen shows the pay screen by plain X11. Mesa plays that board.
func TestScreen_3(t *testing.T) {
	g, x := newGallad(t), xvfb(t, 800, 480)
	old := []string{"MESA_GLES_VERSION_OVERRIDE=2.0", "MESA_GL_VERSION_OVERRIDE=2.1"}
	ask := func(env ...string) gl.Version {
		t.Helper()
		cmd := program(t, "gl")
		cmd.Env = append(append(cmd.Env, "DISPLAY="+x.Name), env...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("galla-display gl: %v", err)
		}
		v, err := gl.Parse(string(out))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := ask(); !v.Enough() || !v.Software() {
		t.Errorf("this machine has %v; a software renderer of today was expected", v)
	}
	if v := ask(old...); v.Enough() {
		t.Errorf("an old board's %v is called enough", v)
	}

	launch(t, program(t, "-socket", g.socket), append(old, "DISPLAY="+x.Name)...)
	v := scene(t, "pay")
	g.show(v)
	if got := scan(t, grab(t, x, image.Rectangle{})); got != v.Payload {
		t.Errorf("zbar reads %q", got)
	}
}
