package typeset

import (
	"image"
	"image/color"
	"image/draw"
)

// inkAt is the coverage from which a pixel is ink on paper: a little under half, for a thermal dot is smaller than its
// cell.
const inkAt = 112

// blend mixes ink into dst by the mask's coverage. RGBA, the screen's format, goes without an interface call per pixel.
func blend(dst draw.Image, m *mask, at image.Point, ink color.Color) {
	rgba, ok := dst.(*image.RGBA)
	r, g, b, a := ink.RGBA()
	if !ok || a != 0xffff {
		box := m.Rect.Add(at)
		draw.DrawMask(dst, box, image.NewUniform(ink), image.Point{}, &m.Alpha, m.Rect.Min, draw.Over)
		return
	}
	r, g, b = r>>8, g>>8, b>>8
	box := m.Rect.Add(at).Intersect(rgba.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		cover := m.Pix[m.PixOffset(box.Min.X-at.X, y-at.Y):][:box.Dx()]
		row := rgba.Pix[rgba.PixOffset(box.Min.X, y):][:4*box.Dx()]
		for i, c := range cover {
			if c == 0 {
				continue
			}
			p := row[4*i : 4*i+4 : 4*i+4]
			if c == 255 { // the inside of a letter, most of what it covers
				p[0], p[1], p[2], p[3] = uint8(r), uint8(g), uint8(b), 255
				continue
			}
			c := uint32(c)
			p[0] = mix(p[0], r, c)
			p[1] = mix(p[1], g, c)
			p[2] = mix(p[2], b, c)
			p[3] = mix(p[3], 255, c)
		}
	}
}

// mix returns from with c/255 of to in it, rounded.
func mix(from uint8, to, c uint32) uint8 {
	return uint8((uint32(from)*(255-c) + to*c + 127) / 255)
}

// stamp sets every pixel that the mask covers enough.
func stamp(dst draw.Image, m *mask, at image.Point, ink color.Color) {
	box := m.Rect.Add(at).Intersect(dst.Bounds())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if m.AlphaAt(x-at.X, y-at.Y).A >= inkAt {
				dst.Set(x, y, ink)
			}
		}
	}
}
