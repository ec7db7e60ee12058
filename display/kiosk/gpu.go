package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"galla/display/kiosk/gl"
)

// withoutGPU has ebiten take desktop OpenGL where the processor draws. It would take OpenGL ES, as a Raspberry Pi
// needs; but Mesa's EGL sends each frame through the X server's socket, its GLX through shared memory, which halves the
// X server's work at 1920x1080 (measured, README.md). The switch is ebiten's own, meant for Steam, and does nothing
// else (internal/graphicsdriver/opengl/gl/procaddr_linbsd.go). Where anything GLX needs is missing all stays as it was.
func withoutGPU(d *xserver) {
	libraries, _ := filepath.Glob("/usr/lib/*/libGL.so.1")
	if _, set := os.LookupEnv("SteamEnv"); !set && !hasGPU() && len(libraries) > 0 && d.has("GLX") {
		os.Setenv("SteamEnv", "1")
	}
}

// hasGPU says whether the kernel has anything that could draw.
func hasGPU() bool {
	nodes, _ := filepath.Glob("/dev/dri/renderD*")
	return len(nodes) > 0
}

// choose says which presenter is taken for what was asked, and why.
func choose(ctx context.Context, asked string) (name, why string) {
	switch {
	case asked == PresentEbiten || asked == PresentX11:
		return asked, "it was asked for"
	case !hasGPU():
		return PresentX11, "there is no GPU"
	}
	gl, err := askGL(ctx)
	switch {
	case err != nil:
		return PresentX11, "there is no OpenGL: " + err.Error()
	case gl.Software():
		return PresentX11, gl.String() + " draws by the processor"
	case !gl.Enough():
		return PresentX11, gl.String() + " is less than OpenGL ES 3.0 and OpenGL 3.2"
	}
	return PresentEbiten, gl.String()
}

// askGL has another process of this program ask: a driver may crash, and its memory stays.
func askGL(ctx context.Context) (gl.Version, error) {
	self, err := os.Executable()
	if err != nil {
		return gl.Version{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, glPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, self, "gl").Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(exit.Stderr) > 0 {
			return gl.Version{}, fmt.Errorf("%.200s", bytes.TrimSpace(exit.Stderr))
		}
		return gl.Version{}, err
	}
	return gl.Parse(string(out))
}

// glPatience is how long a driver may take to say who it is.
const glPatience = 10 * time.Second
