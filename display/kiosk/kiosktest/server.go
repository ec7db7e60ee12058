package kiosktest

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xproto"
)

// Server is a running X server. It belongs to one goroutine.
type Server struct {
	Name    string // for DISPLAY
	Process *os.Process
	cmd     *exec.Cmd
	conn    *xgb.Conn
	root    xproto.Window
	scratch string // removed at Stop
	modes   map[string]bool
}

// Xvfb starts an X server without any monitor, of one screen of size pixels, on a free display.
func Xvfb(size image.Point) (*Server, error) {
	cmd := exec.Command(
		"Xvfb",
		"-displayfd",
		"3",
		"-screen",
		"0",
		fmt.Sprintf("%dx%dx24", size.X, size.Y),
		"-nolisten",
		"tcp",
		"-noreset",
	)
	return start(cmd, "xvfb")
}

// start runs an X server that writes its display's number to file descriptor 3 when it is ready.
func start(cmd *exec.Cmd, deb string) (*Server, error) {
	xgb.Logger.SetOutput(io.Discard)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	// The server ends with the test, however the test ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, fmt.Errorf("%w (apt-get install %s)", err, deb)
	}
	number := make([]byte, 16)
	r.SetReadDeadline(time.Now().Add(30 * time.Second))
	n, err := io.ReadAtLeast(r, number, 2)
	s := &Server{Name: ":" + strings.TrimSpace(string(number[:n])), Process: cmd.Process, cmd: cmd}
	if err == nil {
		s.conn, err = xgb.NewConnDisplay(s.Name)
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("%s did not start: %w: %s", cmd.Args[0], err, log.Bytes())
	}
	s.root = xproto.Setup(s.conn).DefaultScreen(s.conn).Root
	return s, nil
}

// Stop ends the server.
func (s *Server) Stop() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.Process.Signal(syscall.SIGTERM)
	t := time.AfterFunc(5*time.Second, func() { s.Process.Kill() })
	s.cmd.Wait()
	t.Stop()
	if s.scratch != "" {
		os.RemoveAll(s.scratch)
	}
}

// Env is the environment for a client of this server.
func (s *Server) Env() []string {
	return append(os.Environ(), "DISPLAY="+s.Name, "WAYLAND_DISPLAY=")
}

// Monitor says where an output stands in the root window, and whether it shows anything. It asks by a program of its
// own: xgb's tables of events and errors, which its RandR writes to, are shared by all of a process and not locked.
func (s *Server) Monitor(name string) (image.Rectangle, bool) {
	cmd := exec.Command("xrandr", "--current")
	cmd.Env = s.Env()
	out, err := cmd.Output()
	if err != nil {
		return image.Rectangle{}, false
	}
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` \w+ (?:primary )?(\d+)x(\d+)\+(\d+)\+(\d+)`).
		FindSubmatch(out)
	if m == nil {
		return image.Rectangle{}, false
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(string(m[i+1]))
	}
	return image.Rect(n[2], n[3], n[2]+n[0], n[3]+n[1]), true
}

// Watch has the server tell of each change of what it shows from now on, and returns a function that gives those since
// it was last called. It is called before any other client of this process: xgb's tables of events are not locked.
func (s *Server) Watch() (func() []image.Rectangle, error) {
	if err := damage.Init(s.conn); err != nil {
		return nil, err
	}
	if _, err := damage.QueryVersion(s.conn, 1, 1).Reply(); err != nil {
		return nil, err
	}
	id, err := damage.NewDamageId(s.conn)
	if err != nil {
		return nil, err
	}
	err = damage.CreateChecked(s.conn, id, xproto.Drawable(s.root), damage.ReportLevelRawRectangles).Check()
	return func() (changed []image.Rectangle) {
		s.conn.Sync()
		for {
			e, err := s.conn.PollForEvent()
			if e == nil && err == nil {
				return changed
			}
			if e, ok := e.(damage.NotifyEvent); ok {
				at := image.Pt(int(e.Area.X), int(e.Area.Y))
				changed = append(changed, image.Rectangle{at, at.Add(image.Pt(int(e.Area.Width), int(e.Area.Height)))})
			}
		}
	}, err
}

// Grab returns what the server shows in r of its root window, windows and all; an empty r is all of it.
func (s *Server) Grab(r image.Rectangle) (*image.RGBA, error) {
	if r.Empty() {
		g, err := xproto.GetGeometry(s.conn, xproto.Drawable(s.root)).Reply()
		if err != nil {
			return nil, fmt.Errorf("the root window's size: %w", err)
		}
		r = image.Rect(0, 0, int(g.Width), int(g.Height))
	}
	reply, err := xproto.GetImage(s.conn, xproto.ImageFormatZPixmap, xproto.Drawable(s.root),
		int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), ^uint32(0)).
		Reply()
	if err != nil {
		return nil, fmt.Errorf("read the root window: %w", err)
	}
	img := image.NewRGBA(r)
	if len(reply.Data) != len(img.Pix) {
		return nil, fmt.Errorf("read the root window: %d bytes for %v, want %d", len(reply.Data), r, len(img.Pix))
	}
	for i := 0; i < len(img.Pix); i += 4 { // the server's order is blue, green, red, nothing
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = reply.Data[i+2], reply.Data[i+1], reply.Data[i], 255
	}
	return img, nil
}
