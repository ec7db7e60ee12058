package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"galla/internal/upiqr"
)

// TestQR reads what is drawn back with another library than that which made it, payloads of all lengths that gateways
// send.
func TestQR(t *testing.T) {
	for _, n := range []int{1, 60, 300, 1200} {
		payload := "upi://pay?pa=galla@enkash&am=215.50&cu=INR&tn=" + strings.Repeat("x", n)
		svg, err := QR(payload)
		if err != nil {
			t.Fatal(err)
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, raster(t, string(svg), 4)); err != nil {
			t.Fatal(err)
		}
		got, err := upiqr.DecodePicture(picture.Bytes())
		if err != nil || got != payload {
			t.Errorf("%d bytes are read back as %.80q, %v", len(payload), got, err)
		}
	}

	for _, payload := range []string{"", strings.Repeat("x", 3000)} {
		if _, err := QR(payload); err == nil {
			t.Errorf("%d bytes are drawn", len(payload))
		}
	}
}

// raster paints the rectangles of the file.
func raster(t *testing.T, svg string, scale int) image.Image {
	t.Helper()
	var side int
	if _, err := fmt.Sscanf(svg[strings.Index(svg, "viewBox"):], `viewBox="0 0 %d`, &side); err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	_, dark, _ := strings.Cut(svg, `fill="#000"`)
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1`).FindAllStringSubmatch(dark, -1) {
		var x, y, w int
		fmt.Sscan(m[1]+" "+m[2]+" "+m[3], &x, &y, &w)
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+w)*scale; px++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	return img
}
