package kiosk

import (
	"io"
	"os"
	"path/filepath"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// withoutGPU has ebiten take desktop OpenGL where the processor draws. It would take OpenGL ES, as a Raspberry Pi needs;
// but Mesa's EGL sends each frame through the X server's socket, its GLX through shared memory, which halves the X server's
// work at 1920x1080 (measured, README.md). The switch is ebiten's own, meant for Steam, and does nothing else
// (internal/graphicsdriver/opengl/gl/procaddr_linbsd.go). Where anything GLX needs is missing all stays as it was.
//
// What it returns closes the connection that it asked by; ebiten must have its own by then.
func withoutGPU() (done func()) {
	nodes, _ := filepath.Glob("/dev/dri/renderD*")
	libraries, _ := filepath.Glob("/usr/lib/*/libGL.so.1")
	if _, set := os.LookupEnv("SteamEnv"); set || len(nodes) > 0 || len(libraries) == 0 {
		return func() {}
	}
	has, done := hasGLX()
	if has {
		os.Setenv("SteamEnv", "1")
	}
	return done
}

// hasGLX asks the X server. Its connection stays until done is called: an X server that loses its last client starts itself
// anew (Xserver(1), -noreset), and breaks the next connection, which would be ebiten's.
func hasGLX() (has bool, done func()) {
	xgb.Logger.SetOutput(io.Discard)
	conn, err := xgb.NewConn()
	if err != nil {
		return false, func() {} // ebiten will say why
	}
	const name = "GLX"
	ext, err := xproto.QueryExtension(conn, uint16(len(name)), name).Reply()
	return err == nil && ext.Present, conn.Close
}
