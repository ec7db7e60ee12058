package display

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"time"
)

// Theme is how a shop's screen looks. The QR's square and the status colours are no part of it.
type Theme struct {
	Ground color.RGBA // behind the words
	Ink    color.RGBA // the words; 7:1 or more against Ground
	Accent color.RGBA // the idle panel; black or white must reach 7:1 on it

	Logo     *image.RGBA   // on the idle screen; nil: none
	Pictures []*image.RGBA // in turn on the idle screen, instead of the logo
	Turn     time.Duration // how long each picture stands; below 5 s is 5 s
}

// defaultTheme is dark blue on white.
func defaultTheme() *Theme {
	return &Theme{
		Ground: white,
		Ink:    color.RGBA{0x10, 0x1c, 0x2c, 255},
		Accent: color.RGBA{0x12, 0x32, 0x4f, 255},
		Turn:   15 * time.Second,
	}
}

// Check says what can't be read in this theme.
func (t *Theme) Check() error {
	var errs []error
	if c := contrast(t.Ink, t.Ground); c < leastContrast {
		errs = append(
			errs,
			fmt.Errorf(
				"theme: ink %s on ground %s has a contrast of %.1f:1; take a darker or a lighter one, to reach %d:1",
				hex(t.Ink),
				hex(t.Ground),
				c,
				leastContrast,
			),
		)
	}
	if _, ok := inkOn(t.Accent); !ok {
		errs = append(errs, fmt.Errorf("theme: neither white nor black can be read on accent %s; take a darker or a "+
			"lighter one, to reach %d:1", hex(t.Accent), leastContrast))
	}
	return errors.Join(errs...)
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// turn is how long one idle picture stands: never so short that the screen flickers.
func (t *Theme) turn() time.Duration { return max(t.Turn, 5*time.Second) }

// picture returns which of the pictures stands at now.
func (t *Theme) picture(now time.Time) int {
	if len(t.Pictures) == 0 {
		return -1
	}
	n := now.UnixMilli() / t.turn().Milliseconds() % int64(len(t.Pictures))
	return int((n + int64(len(t.Pictures))) % int64(len(t.Pictures))) // a clock before 1970 counts too
}
