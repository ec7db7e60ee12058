package kiosktest

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Xorg starts a real Xorg with the dummy driver and two monitors side by side: DUMMY0, the cashier's, of 1280x800, and
// DUMMY1, the customer's, of 1024x600 to the right of it. No window manager runs.
func Xorg() (*Server, error) {
	dir, err := os.MkdirTemp("", "xorg")
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "xorg.conf")
	if err := os.WriteFile(conf, []byte(xorgConf), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(
		"Xorg",
		"-displayfd",
		"3",
		"-config",
		conf,
		"-noreset",
		"-nolisten",
		"tcp",
		"-novtswitch",
		"-sharevts",
		"-logfile",
		filepath.Join(dir, "log"),
	)

	s, err := start(cmd, "xserver-xorg-core xserver-xorg-video-dummy")
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	s.scratch = dir
	for _, args := range []string{
		"--newmode 1024x600 49.00 1024 1072 1168 1312 600 603 613 624",
		"--addmode DUMMY1 1024x600",
		"--output DUMMY0 --mode 1280x800",
		"--output DUMMY1 --mode 1024x600 --right-of DUMMY0",
	} {
		if err := s.Xrandr(args); err != nil {
			s.Stop()
			return nil, err
		}
	}

	return s, nil
}

// Mode makes sure that both monitors know a mode of size pixels, and returns its name.
func (s *Server) Mode(size image.Point) (string, error) {
	name := fmt.Sprintf("t%dx%d", size.X, size.Y)
	if s.modes[name] {
		return name, nil
	}
	// Ten pictures a second: no size is too much for a clock.
	w, h := size.X+160, size.Y+30
	line := fmt.Sprintf("--newmode %s %.3f %d %d %d %d %d %d %d %d", name, float64(w*h*10)/1e6,
		size.X, size.X+40, size.X+80, w, size.Y, size.Y+5, size.Y+10, h)
	for _, args := range []string{line, "--addmode DUMMY0 " + name, "--addmode DUMMY1 " + name} {
		if err := s.Xrandr(args); err != nil {
			return "", err
		}
	}
	if s.modes == nil {
		s.modes = map[string]bool{}
	}
	s.modes[name] = true
	return name, nil
}

// Xrandr changes the monitors, as plugging and unplugging would.
func (s *Server) Xrandr(args string) error {
	// The second call has the server look at the plugs, as a hotplug interrupt would: the dummy driver calls a monitor
	// connected when it is in use, and clients trust that word.
	for _, a := range []string{args, "--query"} {
		cmd := exec.Command("xrandr", strings.Fields(a)...)
		cmd.Env = s.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("xrandr %s: %w: %s (apt-get install x11-xserver-utils)", a, err, out)
		}
	}
	return nil
}

const xorgConf = `
Section "Device"
  Identifier "dummy"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "wide"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "screen"
  Device "dummy"
  Monitor "wide"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1024x768"
    Virtual 7680 4320
  EndSubSection
EndSection
Section "ServerFlags"
  Option "DontVTSwitch" "true"
  Option "AutoAddDevices" "false"
  Option "AutoEnableDevices" "false"
EndSection
`
