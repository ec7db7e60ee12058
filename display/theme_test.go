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
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
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

// bomb is a PNG of a few bytes that says it has w by h pixels, in colours of depth bits.
func bomb(w, h uint32, depth byte) []byte {
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, w)
	binary.BigEndian.PutUint32(head[4:], h)
	head[8], head[9] = depth, 6
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

	theme, err := LoadTheme(ThemeFiles{Logo: logo, Pictures: pictures, Turn: time.Second, Ground: "#ffffff",
		Ink: "#000000", Accent: "#004000"}, size)
	if err != nil {
		t.Fatal(err)
	}
	if theme.Ink != black || theme.Accent != (color.RGBA{0, 0x40, 0, 255}) || theme.turn() != 5*time.Second {
		t.Errorf("theme is %s %s, turn %v", hex(theme.Ink), hex(theme.Accent), theme.turn())
	}
	if got := theme.Logo.Rect.Size(); got != image.Pt(500, 166) {
		t.Errorf("the logo is %v, want 500 wide and its own shape", got)
	}
	if len(theme.Pictures) != 2 || theme.Pictures[0].Rect.Size() != image.Pt(400, 600) ||
		theme.Pictures[1].Rect.Size() != image.Pt(40, 30) {
		t.Errorf("pictures: %d, want a.JPG made smaller and b.png as it is, in the order of their names",
			len(theme.Pictures))
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
	write(t, dir, "bomb.png", bomb(30_000, 30_000, 8))
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
		{ThemeFiles{Logo: filepath.Join(dir, "bomb.png")}, "30000x30000, and a side may have 20000 pixels"},
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

// encoded is what an encoder writes.
func encoded(t *testing.T, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPictureMemory: a picture that would take more memory than the screen's unit has is refused before it is read,
// however small its file, and one that is read takes no more than it is said to. A logo of 23 kB, one pixel wide, took
// 1.1 GB, and the screen was killed at every start.
func TestPictureMemory(t *testing.T) {
	zeros := func(img image.Image) []byte {
		best := png.Encoder{CompressionLevel: png.BestSpeed}
		return encoded(t, func(w io.Writer) error { return best.Encode(w, img) })
	}
	frame := func(sof byte, w, h int, sampling ...byte) []byte { // the head of a JPEG: nothing else is looked at
		b := []byte{0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, sof, 0, byte(8 + 3*len(sampling)), 8,
			byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(sampling))}
		for i, s := range sampling {
			b = append(b, byte(i+1), s, 0)
		}
		return append(b, 0xff, 0xda, 0, 12)
	}
	for name, tt := range map[string]struct {
		data []byte
		want string // of the error
	}{
		"one pixel wide": {bomb(1, 20_001, 8), "a side may have 20000 pixels"},
		"one pixel high": {bomb(20_001, 1, 8), "a side may have 20000 pixels"},
		"20,000 a side":  {bomb(20_000, 20_000, 8), "takes 1600 MB"},
		"16 bits a colour": {bomb(4000, 3000, 16), "takes 96 MB to read, more than 48; save it smaller, or " +
			"with 8 bits"},
		"progressive": {frame(0xc2, 4000, 3000, 0x11, 0x11, 0x11),
			"takes 180 MB to read, more than 48; save it smaller, or as a JPEG that is not"},
		"progressive, subsampled": {frame(0xc2, 4000, 3000, 0x22, 0x11, 0x11), "takes 96 MB"},
		"a phone's photo":         {frame(0xc0, 4000, 3000, 0x22, 0x11, 0x11), "damaged"}, // it may be read
	} {
		if _, err := decodePicture(tt.data, image.Rect(0, 0, 500, 500)); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %d bytes: %v, want %q", name, len(tt.data), err, tt.want)
		}
	}

	for name, data := range map[string][]byte{
		"12 million pixels": zeros(image.NewRGBA(image.Rect(0, 0, 3000, 4000))),
		"the longest":       zeros(image.NewGray(image.Rect(0, 0, 20_000, 100))),
		"16 bits a colour":  zeros(image.NewNRGBA64(image.Rect(0, 0, 1000, 1500))),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		img, err := decodePicture(data, image.Rect(0, 0, 1800, 1800)) // the place at 3840x2160
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if took := int64(after.TotalAlloc-before.TotalAlloc) - int64(len(img.Pix)); took > mostMemory+4<<20 {
			t.Errorf("%s: reading it took %d MB", name, took>>20)
		}
	}
}

// TestShrink: a picture made smaller is the mean of what it was, at any size, and opaque where it was.
func TestShrink(t *testing.T) {
	img := image.NewRGBA(image.Rect(3, 5, 3+97, 5+61))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.Uint32())
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	for _, size := range []image.Point{{97, 61}, {96, 60}, {50, 61}, {13, 7}, {1, 1}, {97, 1}} {
		got := shrink(img, size)
		for y := range size.Y {
			for x := range size.X {
				left, right := float64(x*97)/float64(size.X), float64((x+1)*97)/float64(size.X)
				top, bottom := float64(y*61)/float64(size.Y), float64((y+1)*61)/float64(size.Y)
				var sum, all float64
				for v := int(top); float64(v) < bottom && v < 61; v++ {
					for u := int(left); float64(u) < right && u < 97; u++ {
						part := (min(right, float64(u+1)) - max(left, float64(u))) *
							(min(bottom, float64(v+1)) - max(top, float64(v)))
						sum, all = sum+part*float64(img.RGBAAt(3+u, 5+v).G), all+part
					}
				}
				if c := got.RGBAAt(x, y); math.Abs(float64(c.G)-sum/all) > 0.51 || c.A != 255 {
					t.Fatalf("%v: pixel %d,%d is %v, want green %.2f", size, x, y, c, sum/all)
				}
			}
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
	f.Add(bomb(30_000, 30_000, 8))
	f.Add([]byte{})
	box := image.Rect(0, 0, 60, 40)
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := decodePicture(data, box)
		if err == nil && (img.Rect.Dx() > 60 || img.Rect.Dy() > 40 || img.Rect.Empty()) {
			t.Errorf("a picture of %v for a place of %v", img.Rect, box)
		}
	})
}
