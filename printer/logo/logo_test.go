package logo

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

// encoded is a PNG of width x height with one brightness.
func encoded(t testing.TB, width, height int, grey uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.SetGray(i%width, i/width, color.Gray{Y: grey})
	}

	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// claiming is a PNG whose header names another size than its data has.
func claiming(t testing.TB, width, height uint32) []byte {
	t.Helper()
	file := encoded(t, 8, 8, 0)
	header := file[12:29] // type and content of IHDR, whose checksum follows
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(header))
	return file
}

// TestRead: a picture is shrunk to the paper and to 200 rows, never enlarged; what is none is refused with a remedy.
func TestRead(t *testing.T) {
	for _, c := range []struct {
		what         string
		file         []byte
		stride, rows int // of the dots; 0: it is refused
		because      string
	}{
		{"small", encoded(t, 40, 10, 0), 5, 10, ""},
		{"wide", encoded(t, 768, 100, 0), 48, 50, ""},
		{"high", encoded(t, 100, 400, 0), 7, 200, ""},
		{"white", encoded(t, 40, 10, 255), 0, 0, "the picture is white"},
		{"no PNG", []byte("hello"), 0, 0, "not a PNG"},
		{"cut short", encoded(t, 40, 40, 0)[:60], 0, 0, "the PNG is damaged"},
		{"as large as a wall", claiming(t, 100_000, 100_000), 0, 0, "at most 2048 x 2048"},
	} {
		m, err := Read(c.file, 384)
		if c.because != "" {
			if err == nil || !strings.Contains(err.Error(), c.because) {
				t.Errorf("%s: %v, want %q", c.what, err, c.because)
			}
			continue
		}
		if err != nil || m.Stride != c.stride || m.Rows != c.rows || !m.At(0, 0) || !m.At(3, c.rows-1) {
			t.Errorf("%s: %d bytes x %d rows, %v", c.what, m.Stride, m.Rows, err)
		}
	}
}

// FuzzRead: whatever the file is, what is read fits the paper and has a dot.
func FuzzRead(f *testing.F) {
	f.Add(encoded(f, 40, 10, 0), 384)
	f.Add(encoded(f, 20, 30, 100), 576)
	f.Add(claiming(f, 2048, 1), 128)

	f.Fuzz(func(t *testing.T, file []byte, dots int) {
		dots = 128 + int(uint(dots)%900)
		m, err := Read(file, dots)
		if err != nil {
			return
		}
		if m.Rows < 1 || m.Rows > maxRows || m.Stride > (dots+7)/8 || m.Blank() {
			t.Errorf("%d bytes x %d rows for %d dots", m.Stride, m.Rows, dots)
		}
	})
}
