package display

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func pictureFile(t testing.TB, kind string, w, h int, c color.RGBA) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	fill(img, img.Rect, c)
	var b bytes.Buffer
	err := png.Encode(&b, img)
	if kind == "jpg" {
		b.Reset()
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG of a few bytes that says it has 30000 by 30000 pixels.
func bomb() []byte {
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, 30_000)
	binary.BigEndian.PutUint32(head[4:], 30_000)
	head[8], head[9] = 8, 6
	chunk := append([]byte("IHDR"), head...)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadTheme(t *testing.T) {
	size := image.Pt(1024, 600)
	dir := t.TempDir()
	red, blue := color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}
	logo := filepath.Join(dir, "logo.png")
	write(t, dir, "logo.png", pictureFile(t, "png", 3000, 1000, red))
	pictures := filepath.Join(dir, "pictures")
	if err := os.Mkdir(pictures, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, pictures, "b.png", pictureFile(t, "png", 40, 30, blue))
	write(t, pictures, "a.JPG", pictureFile(t, "jpg", 2000, 3000, red))
	write(t, pictures, "notes.txt", []byte("passed over"))

	theme, err := LoadTheme(ThemeFiles{Logo: logo, Pictures: pictures, Turn: time.Second, Ground: "#ffffff", Ink: "#000000", Accent: "#004000"}, size)
	if err != nil {
		t.Fatal(err)
	}
	if theme.Ink != black || theme.Accent != (color.RGBA{0, 0x40, 0, 255}) || theme.turn() != 5*time.Second {
		t.Errorf("theme is %s %s, turn %v", hex(theme.Ink), hex(theme.Accent), theme.turn())
	}
	if got := theme.Logo.Rect.Size(); got != image.Pt(500, 166) {
		t.Errorf("the logo is %v, want 500 wide and its own shape", got)
	}
	if len(theme.Pictures) != 2 || theme.Pictures[0].Rect.Size() != image.Pt(400, 600) || theme.Pictures[1].Rect.Size() != image.Pt(40, 30) {
		t.Errorf("pictures: %d, want a.JPG made smaller and b.png as it is, in the order of their names", len(theme.Pictures))
	}

	// Both take their turns on the idle screen, and nowhere else.
	p := NewPainter(size, theme)
	idle := story("idle", "en")
	seen := map[color.RGBA]bool{}
	for i := range 2 {
		frame, _ := p.Frame(idle, StoryTime.Add(time.Duration(i)*5*time.Second))
		seen[frame.RGBAAt(300, 300)] = true
	}
	if len(seen) != 2 || !seen[blue] {
		t.Errorf("the idle screen shows %v, want both pictures", seen)
	}
	pay, _ := p.Frame(story("pay", "en"), StoryTime)
	if err := Verify(pay, story("pay", "en")); err != nil {
		t.Errorf("the pay screen in this theme: %v", err)
	}
}

func TestLoadThemeRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bomb.png", bomb())
	write(t, dir, "text.png", []byte("GIF89a no picture"))
	write(t, dir, "large.png", make([]byte, mostPictureBytes+1))
	half := pictureFile(t, "png", 200, 200, white)
	write(t, dir, "half.png", half[:len(half)/2])
	outside := filepath.Join(t.TempDir(), "outside.png")
	if err := os.WriteFile(outside, pictureFile(t, "png", 4, 4, white), 0o600); err != nil {
		t.Fatal(err)
	}
	links, pipes, many := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(links, "link.png")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(pipes, "pipe.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range mostPictures + 1 {
		write(t, many, fmt.Sprintf("%02d.png", i), pictureFile(t, "png", 4, 4, white))
	}
	for _, tc := range []struct {
		files ThemeFiles
		want  string
	}{
		{ThemeFiles{Logo: filepath.Join(dir, "none.png")}, "no such file"},
		{ThemeFiles{Logo: dir}, "no ordinary file"},
		{ThemeFiles{Logo: filepath.Join(dir, "bomb.png")}, "30000 by 30000 pixels, more than 12 million"},
		{ThemeFiles{Logo: filepath.Join(dir, "text.png")}, "neither a PNG nor a JPEG"},
		{ThemeFiles{Logo: filepath.Join(dir, "large.png")}, "more than 8 MB"},
		{ThemeFiles{Logo: filepath.Join(dir, "half.png")}, "damaged"},
		{ThemeFiles{Logo: filepath.Join(pipes, "pipe.png")}, "no ordinary file"},
		{ThemeFiles{Pictures: filepath.Join(dir, "none")}, "no such file"},
		{ThemeFiles{Pictures: links}, "escapes"},
		{ThemeFiles{Pictures: pipes}, "no ordinary file"},
		{ThemeFiles{Pictures: many}, "only the first 8"},
		{ThemeFiles{Ink: "blue"}, `colour "blue" is not of the form #1d3557`},
		{ThemeFiles{Ink: "#12345g"}, "not of the form"},
		{ThemeFiles{Ink: "#888888"}, "contrast of 3.5:1"},
		{ThemeFiles{Ground: "#000000"}, "contrast of 1."},
		{ThemeFiles{Accent: "#808080"}, "neither white nor black can be read on accent #808080"},
	} {
		theme, err := LoadTheme(tc.files, image.Pt(1024, 600))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v, want %q", tc.files, err, tc.want)
		}
		if theme == nil || theme.Check() != nil || theme.Logo != nil {
			t.Errorf("%+v: the theme that is left can't be used", tc.files)
		}
	}
}

// TestUnreadableTheme: a Painter doesn't take a theme that can't be read.
func TestUnreadableTheme(t *testing.T) {
	bad := &Theme{Ground: white, Ink: white, Accent: white}
	want := Draw(image.Pt(320, 240), nil, story("paid", "en"), StoryTime)
	if got := Draw(image.Pt(320, 240), bad, story("paid", "en"), StoryTime); !bytes.Equal(got.Pix, want.Pix) {
		t.Error("white on white was drawn")
	}
}

// FuzzPicture: no bytes make a picture larger than its place, or anything but an error.
func FuzzPicture(f *testing.F) {
	f.Add(pictureFile(f, "png", 8, 8, white))
	f.Add(pictureFile(f, "jpg", 8, 8, black))
	f.Add(bomb())
	f.Add([]byte{})
	box := image.Rect(0, 0, 60, 40)
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := decodePicture(data, box)
		if err == nil && (img.Rect.Dx() > 60 || img.Rect.Dy() > 40 || img.Rect.Empty()) {
			t.Errorf("a picture of %v for a place of %v", img.Rect, box)
		}
	})
}
