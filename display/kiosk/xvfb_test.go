//go:build gpu

package kiosk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// xvfb starts an X server of its own on a free display and returns its name. Without Xvfb the tests fail: a screen that
// nobody looked at proves nothing.
func xvfb(size string) (display string, stop func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", nil, fmt.Errorf("%w (apt-get install xvfb)", err)
	}
	number, err := io.ReadAll(r) // ends when the server has written its number and closed the pipe
	if len(number) == 0 {
		cmd.Process.Kill()
		cmd.Wait()
		return "", nil, fmt.Errorf("Xvfb did not start: %v: %s", err, log.Bytes())
	}
	return ":" + strings.TrimSpace(string(number)), func() {
		cmd.Process.Signal(os.Interrupt)
		t := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		t.Stop()
	}, nil
}

// grab returns what the X server shows on its root window. It is not ours: xwd asks the server.
func grab() (*image.RGBA, error) {
	out, err := exec.Command("xwd", "-root", "-silent").Output()
	if err != nil {
		return nil, fmt.Errorf("xwd: %w (apt-get install x11-apps)", err)
	}
	return parseXWD(out)
}

// parseXWD reads the format of /usr/include/X11/XWDFile.h: 25 big-endian words, the window's name, a colour map, rows.
func parseXWD(b []byte) (*image.RGBA, error) {
	if len(b) < 100 {
		return nil, fmt.Errorf("a window dump of %d bytes", len(b))
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	header, width, height, order, bits, stride, colours := word(0), word(4), word(5), word(7), word(11), word(12), word(19)
	if word(1) != 7 || bits != 32 && bits != 24 || order != 0 { // 24: put together by xwd from windows of several visuals
		return nil, fmt.Errorf("a window dump of version %d with %d bits per pixel and byte order %d: 7, 32 or 24, and 0 are expected", word(1), bits, order)
	}
	rows := b[header+12*colours:]
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := rows[y*stride+x*bits/8:]
			copy(img.Pix[img.PixOffset(x, y):], []byte{p[2], p[1], p[0], 255})
		}
	}
	return img, nil
}
