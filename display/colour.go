package display

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// leastContrast is WCAG 2.2's level AAA for text (success criterion 1.4.6).
const leastContrast = 7

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// The status colours are no part of a theme: green for paid means the same in every shop.
var (
	paidGreen    = color.RGBA{0x0b, 0x5d, 0x2e, 255}
	unpaidRed    = color.RGBA{0x8a, 0x1c, 0x1c, 255}
	lateBrown    = color.RGBA{0x6b, 0x42, 0x00, 255}
	settledTeal  = color.RGBA{0x0b, 0x4f, 0x55, 255} // a good end, and not UPI's green
	serviceGrey  = color.RGBA{0x37, 0x47, 0x4f, 255}
	payingIndigo = color.RGBA{0x1d, 0x35, 0x57, 255}
	demoYellow   = color.RGBA{0xff, 0xc4, 0x00, 255}
)

// luminance is WCAG's relative luminance of an opaque colour.
func luminance(c color.RGBA) float64 {
	channel := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
}

// contrast is WCAG's contrast ratio, 1 to 21.
func contrast(a, b color.RGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// soften moves ink towards the ground as far as the contrast allows, at most by a third: for words that matter less.
func soften(ink, ground color.RGBA) color.RGBA {
	for percent := 30; percent > 0; percent -= 2 {
		c := blend(ink, ground, percent)
		if contrast(c, ground) >= leastContrast {
			return c
		}
	}
	return ink
}

func blend(a, b color.RGBA, percent int) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8((int(x)*(100-percent) + int(y)*percent) / 100) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// inkOn returns white or black, whichever can be read on ground; ok is false when neither reaches the contrast.
func inkOn(ground color.RGBA) (ink color.RGBA, ok bool) {
	ink = white
	if contrast(black, ground) > contrast(white, ground) {
		ink = black
	}
	return ink, contrast(ink, ground) >= leastContrast
}

// parseColour reads "#1d3557".
func parseColour(s string) (color.RGBA, error) {
	if len(s) == 7 && s[0] == '#' {
		if n, err := strconv.ParseUint(s[1:], 16, 24); err == nil {
			return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}, nil
		}
	}
	return color.RGBA{}, fmt.Errorf("colour %.20q is not of the form #1d3557", s)
}
