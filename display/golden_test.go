package display

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false,
	"write the golden pictures and testdata/pictures.sha256 anew; then look at them")

const hashFile = "testdata/pictures.sha256"

// reviewed are the pictures kept as such: every screen in English and Hindi, lying and standing. The others, of the
// single reasons among them, are kept as hashes; `galla-display --storybook DIR` writes them to look at.
func reviewed(size image.Point, pair []string, s Scene) bool {
	return s.View.Reason == ReasonNone && slices.Equal(pair, []string{"en", "hi"}) &&
		(size == image.Pt(1024, 600) || size == image.Pt(720, 1280))
}

// TestGolden draws the whole storybook and compares every pixel of it with what was looked at.
func TestGolden(t *testing.T) {
	type result struct{ lines []string }
	results := make([]result, len(StorySizes))
	t.Run("sizes", func(t *testing.T) {
		for i, size := range StorySizes {
			t.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(t *testing.T) {
				t.Parallel()
				results[i].lines = drawAll(t, size)
			})
		}
	})
	var all []string
	for _, r := range results {
		all = append(all, r.lines...)
	}
	if *update {
		if !matrix(image.Point{}, []string{""}) {
			t.Fatal("all pictures are needed to write them: go test -tags rig ./display -run Golden -update")
		}
		if err := os.WriteFile(hashFile, []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(hashFile)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(data)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[name] = sum
	}
	wrong := 0
	for _, line := range all {
		sum, name, _ := strings.Cut(line, "  ")
		if want[name] != sum {
			if wrong++; wrong <= 10 {
				t.Errorf("%s is another picture than the one looked at", name)
			}
		}
		delete(want, name)
	}
	if matrix(image.Point{}, []string{""}) {
		for name := range want {
			t.Errorf("%s is no longer drawn", name)
		}
	}
	if wrong > 0 {
		t.Errorf("%d pictures differ; look at the storybook, and if they are right: go test -tags rig ./display "+
			"-run Golden -update", wrong)
	}
}

// drawAll draws the storybook of one size and returns a line for each picture, its first 16 bytes of SHA-256 in hex.
func drawAll(t *testing.T, size image.Point) (lines []string) {
	p := NewPainter(size, nil)
	for _, pair := range languagePairs() {
		if !matrix(size, pair) {
			continue
		}
		for _, s := range Scenes(pair...) {
			frame, _ := p.Frame(s.View, StoryTime)
			name := fmt.Sprintf("%s/%dx%d/%s", strings.Join(pair, "+"), size.X, size.Y, s.Name)
			lines = append(lines, fmt.Sprintf("%x", sha256.Sum256(frame.Pix))[:32]+"  "+name)
			if reviewed(size, pair, s) {
				comparePicture(t, name, frame)
			}
		}
	}
	return lines
}

// comparePicture keeps frame as a PNG of at most 256 colours, a tenth of its size otherwise.
func comparePicture(t *testing.T, name string, frame *image.RGBA) {
	t.Helper()
	file := filepath.Join("testdata", "pictures", strings.ReplaceAll(name, "/", "_")+".png")
	few := fewColours(t, frame)
	if *update {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, few); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if want.Bounds() != few.Rect {
		t.Fatalf("%s: %v, now %v", file, want.Bounds(), few.Rect)
	}
	for y := range few.Rect.Dy() {
		for x := range few.Rect.Dx() {
			if color.RGBAModel.Convert(want.At(x, y)) != few.At(x, y) {
				t.Errorf("%s differs at %d,%d", file, x, y)
				return
			}
		}
	}
}

// fewColours rounds every channel to 16 levels, which no eye misses at a letter's edge, so that 256 colours are enough.
func fewColours(t *testing.T, img *image.RGBA) *image.Paletted {
	t.Helper()
	out := image.NewPaletted(img.Rect, nil)
	index := map[[3]uint8]uint8{}
	for i := range out.Pix {
		p := img.Pix[4*i : 4*i+3]
		c := [3]uint8{(p[0] + 8) / 17 * 17, (p[1] + 8) / 17 * 17, (p[2] + 8) / 17 * 17}
		for j, v := range p {
			if v > 247 {
				c[j] = 255 // the sum above went over
			}
		}
		n, ok := index[c]
		if !ok {
			if len(index) == 256 {
				t.Fatal("a screen has more than 256 colours: too many for a calm one, and for this test")
			}
			n = uint8(len(index))
			index[c] = n
			out.Palette = append(out.Palette, color.RGBA{c[0], c[1], c[2], 255})
		}
		out.Pix[i] = n
	}
	return out
}

// TestPictureOfPayIsRead: the pay screen, and the one that pairs a device, of every size is read by two readers that
// know nothing of each other, zbar (Debian package zbar-tools) and gozxing, and no other screen holds a code.
func TestPictureOfPayIsRead(t *testing.T) {
	dir := t.TempDir()
	for _, size := range StorySizes {
		p := NewPainter(size, nil)
		for _, s := range Scenes("en", "hi") {
			if s.View.symbol() == "" && (size != StorySizes[0] || s.View.Reason != ReasonNone) {
				continue // what holds no code is looked at once
			}
			frame, _ := p.Frame(s.View, StoryTime)
			if err := Verify(frame, At(s.View, StoryTime)); err != nil {
				t.Errorf("%s at %v: %v", s.Name, size, err)
			}
			file := filepath.Join(dir, "frame.png")
			if err := writePNG(file, frame); err != nil {
				t.Fatal(err)
			}
			got, err := zbar(file)
			if err != nil {
				t.Fatal(err)
			}
			if want := At(s.View, StoryTime).symbol(); got != want {
				t.Errorf("%s at %v: zbar reads %q, want %q", s.Name, size, got, want)
			}
		}
	}
}

// zbar reads the QR in a picture; empty when there is none.
func zbar(file string) (string, error) {
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file).Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 4 {
		return "", nil // its word for "no symbol found"
	}
	if err != nil {
		return "", fmt.Errorf("zbarimg (Debian package zbar-tools): %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// TestStorybook: a folder for every pair of languages and size, in it a picture of every scene, the same as is drawn.
func TestStorybook(t *testing.T) {
	all := StorySizes
	StorySizes = []image.Point{{160, 96}, {96, 160}} // the places are the same, and it takes a second
	defer func() { StorySizes = all }()
	dir := t.TempDir()
	if err := Storybook(dir, nil); err != nil {
		t.Fatal(err)
	}
	for _, pair := range languagePairs() {
		for _, size := range StorySizes {
			for _, s := range Scenes(pair...) {
				name := filepath.Join(dir, strings.Join(pair, "+"), fmt.Sprintf("%dx%d", size.X, size.Y), s.Name+".png")
				f, err := os.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				img, err := png.Decode(f)
				f.Close()
				if err != nil || img.Bounds().Size() != size {
					t.Fatalf("%s: %v, %v", name, img.Bounds(), err)
				}
			}
		}
	}
	if err := Storybook(filepath.Join(t.TempDir(), "no\x00name"), nil); err == nil {
		t.Error("a folder that can't be made is no error")
	}
}
