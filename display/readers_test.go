package display

import (
	"bufio"
	"encoding/binary"
	"image"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// readers are zbar and zxing-cpp in one process that stays: starting one for each picture takes longer than reading it.
// The Debian packages are libzbar0 (of zbar-tools) and python3-zxing-cpp.
type readers struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// readerNames are in the order of what read returns.
var readerNames = [2]string{"zbar", "zxing-cpp"}

func startReaders(t testing.TB) *readers {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "testdata/readers.py") // Debian's, for which the package is made
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("testdata/readers.py (Debian packages python3-zxing-cpp, zbar-tools): %v", err)
		}
	})
	return &readers{in, bufio.NewReader(out)}
}

// read returns what each reader finds in img; empty for nothing.
func (r *readers) read(img *image.Gray) (texts [2]string, err error) {
	head := binary.LittleEndian.AppendUint32(nil, uint32(img.Rect.Dx()))
	head = binary.LittleEndian.AppendUint32(head, uint32(img.Rect.Dy()))
	if _, err := r.in.Write(head); err != nil {
		return texts, err
	}
	if _, err := r.in.Write(img.Pix); err != nil {
		return texts, err
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return texts, err
	}
	texts[0], texts[1], _ = strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
	return texts, nil
}
