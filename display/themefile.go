package display

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the two kinds of picture a shop has
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds of what a shop may give. A picture takes up to mostMemory while it is read, and then what the screen shows of
// it: at most 4.7 MB at 1920x1080.
const (
	mostPictures     = 8
	mostPictureBytes = 8 << 20
	mostMemory       = 48_000_000 // 12 million pixels of 8 bits a colour
	longestSide      = 20_000     // pixels
	mostEntries      = 1000       // looked at in the pictures' folder
)

// ThemeFiles says where a theme's parts are. What is empty is the default theme's.
type ThemeFiles struct {
	Logo     string        // a PNG or JPEG file
	Pictures string        // a folder of PNG and JPEG files, shown by name; others are passed over
	Turn     time.Duration // how long each picture stands; below 5 s is 5 s
	Ground   string        // colours, as #1d3557
	Ink      string
	Accent   string
}

// LoadTheme reads a theme for a screen of size pixels. The theme can always be used: what couldn't be read, or couldn't
// be told apart by eye, is the default's, and the error says what and why. A shop's picture never stops a payment.
func LoadTheme(f ThemeFiles, size image.Point) (*Theme, error) {
	t := defaultTheme()
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	t.Turn = cmp.Or(f.Turn, t.Turn)
	keep(t.colours(f))
	box := divide(size, false).figure
	if f.Logo != "" {
		logo, err := readLogo(f.Logo, box.Inset(box.Dx()/12))
		t.Logo = logo
		keep(err)
	}
	if f.Pictures != "" {
		pictures, err := readPictures(f.Pictures, box)
		t.Pictures = pictures
		keep(err)
	}
	return t, errors.Join(errs...)
}

// colours takes the colours that were given, all or none: two that were meant for each other stay together.
func (t *Theme) colours(f ThemeFiles) error {
	tried := *t
	var errs []error
	for _, c := range []struct {
		name, text string
		to         *color.RGBA
	}{{"ground", f.Ground, &tried.Ground}, {"ink", f.Ink, &tried.Ink}, {"accent", f.Accent, &tried.Accent}} {
		if c.text == "" {
			continue
		}
		got, err := parseColour(c.text)
		if err != nil {
			errs = append(errs, fmt.Errorf("theme: %s: %w", c.name, err))
		}
		*c.to = got
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if err := tried.Check(); err != nil {
		return err
	}
	*t = tried
	return nil
}

// readPictures reads the pictures of a folder. Files are opened within it only: a link that leads out is refused.
func readPictures(dir string, box image.Rectangle) ([]*image.RGBA, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("theme: pictures: %w", err)
	}
	defer root.Close()
	folder, err := root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("theme: pictures: %w", err)
	}
	names, err := folder.Readdirnames(mostEntries)
	folder.Close()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("theme: pictures: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		ext := strings.ToLower(filepath.Ext(n))
		return ext != ".png" && ext != ".jpg" && ext != ".jpeg"
	})
	slices.Sort(names)
	var errs []error
	if len(names) > mostPictures {
		errs = append(
			errs,
			fmt.Errorf("theme: pictures: %d in %s, only the first %d by name are shown", len(names), dir, mostPictures),
		)
		names = names[:mostPictures]
	}
	var out []*image.RGBA
	for _, n := range names {
		img, err := readPicture(root, n, box)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, img)
	}
	return out, errors.Join(errs...)
}

// readLogo reads one picture wherever it is.
func readLogo(name string, box image.Rectangle) (*image.RGBA, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, fmt.Errorf("theme: logo: %w", err)
	}
	root, err := os.OpenRoot(filepath.Dir(real))
	if err != nil {
		return nil, fmt.Errorf("theme: logo: %w", err)
	}
	defer root.Close()
	return readPicture(root, filepath.Base(real), box)
}

// readPicture reads one picture and makes it no larger than box.
func readPicture(root *os.Root, name string, box image.Rectangle) (*image.RGBA, error) {
	// Before opening: opening a pipe would wait for whoever writes to it.
	if info, err := root.Stat(name); err != nil {
		return nil, fmt.Errorf("theme: picture %s: %w", name, err)
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("theme: picture %s is no ordinary file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("theme: picture %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostPictureBytes+1))
	if err != nil {
		return nil, fmt.Errorf("theme: picture %s: %w", name, err)
	}
	img, err := decodePicture(data, box)
	if err != nil {
		return nil, fmt.Errorf("theme: picture %s: %w", name, err)
	}
	return img, nil
}

// decodePicture decodes a PNG or JPEG and makes it no larger than box.
func decodePicture(data []byte, box image.Rectangle) (*image.RGBA, error) {
	if len(data) > mostPictureBytes {
		return nil, fmt.Errorf("it has more than %d MB; save it smaller", mostPictureBytes>>20)
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || kind != "png" && kind != "jpeg" {
		return nil, errors.New("it is neither a PNG nor a JPEG picture")
	}
	if c.Width < 1 || c.Height < 1 || max(c.Width, c.Height) > longestSide {
		return nil, fmt.Errorf("it is %dx%d, and a side may have %d pixels; save it smaller", c.Width,
			c.Height, longestSide)
	}

	pixel, remedy := pixelBytes(data, kind, c.ColorModel)
	if memory := int64(c.Width) * int64(c.Height) * int64(pixel); memory > mostMemory {
		return nil, fmt.Errorf("it is %dx%d, which takes %d MB to read, more than %d; save it smaller%s",
			c.Width, c.Height, memory/1_000_000, mostMemory/1_000_000, remedy)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	return shrink(img, fit(img.Bounds().Size(), box).Size()), nil
}

// pixelBytes is how much memory the standard library takes for a pixel while it reads a picture, and what makes that
// less.
func pixelBytes(data []byte, kind string, model color.Model) (n int, remedy string) {
	switch {
	case kind == "jpeg":
		if n = jpegBytes(data); n > 4 {
			return n, ", or as a JPEG that is not progressive"
		}
	case model == color.NRGBA64Model, model == color.RGBA64Model:
		return 8, ", or with 8 bits a colour"
	}
	return 4, ""
}

// jpegBytes is pixelBytes of a JPEG. Of one that is progressive (its frame begins with SOF2, ITU-T T.81 table B.1) each
// coefficient is kept in four bytes until the last scan, beside the picture. What isn't understood counts as the worst.
func jpegBytes(data []byte) int {
	const worst = 20 // four colours, none of them with fewer samples than pixels
	for i := 2; i+10 <= len(data) && data[i] == 0xff; {
		switch marker := data[i+1]; {
		case marker == 0xc0 || marker == 0xc1:
			return 4
		case marker == 0xc2:
			samples, across, down := 0, 1, 1
			for k := range int(data[i+9]) {
				at := i + 10 + 3*k + 1
				if at >= len(data) {
					return worst
				}
				h, v := int(data[at]>>4), int(data[at]&15)
				samples, across, down = samples+h*v, max(across, h), max(down, v)
			}
			return min(worst, max(4, (5*samples+across*down-1)/(across*down)))
		}
		i += 2 + int(data[i+2])<<8 + int(data[i+3])
	}
	return worst
}
