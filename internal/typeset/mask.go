package typeset

import (
	"image"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// maskKey names one drawn glyph. sub is the quarter of a pixel at which it starts.
type maskKey struct {
	family int
	weight Weight
	id     font.GID
	size   int
	sub    int
}

// mask is a glyph's coverage; its image's bounds are relative to the pen on the baseline. Empty for a space.
type mask struct{ image.Alpha }

func (m *mask) cost() int { return 64 + len(m.Pix) }

// mask returns the coverage of a glyph. The caller holds s.mu.
func (s *Set) mask(k maskKey) *mask {
	if m, ok := s.masks.get(k, (*mask).cost); ok {
		return m
	}
	m := s.rasterise(k)
	s.masks.put(k, m, m.cost())
	return m
}

func (s *Set) rasterise(k maskKey) *mask {
	outline, ok := s.face(k.family, k.weight).GlyphDataOutline(k.id)
	if !ok || len(outline.Segments) == 0 {
		return &mask{}
	}

	// The conversions keep the compiler from fusing multiply and add, which would draw other pixels on other
	// processors.
	scale := float32(k.size) / unitsPerEm
	dx := float32(k.sub) / 4
	px := func(p opentype.SegmentPoint) (x, y float32) {
		return float32(p.X*scale) + dx, -float32(p.Y * scale)
	}
	minX, minY := float32(math.Inf(1)), float32(math.Inf(1))
	maxX, maxY := float32(math.Inf(-1)), float32(math.Inf(-1))
	for i := range outline.Segments {
		for _, p := range outline.Segments[i].ArgsSlice() {
			x, y := px(p)
			minX, maxX = min(minX, x), max(maxX, x)
			minY, maxY = min(minY, y), max(maxY, y)
		}
	}

	box := image.Rect(floor(minX), floor(minY), -floor(-maxX), -floor(-maxY))
	if box.Empty() {
		return &mask{}
	}
	ox, oy := float32(box.Min.X), float32(box.Min.Y)
	at := func(p opentype.SegmentPoint) (x, y float32) {
		x, y = px(p)
		return x - ox, y - oy
	}
	s.raster.Reset(box.Dx(), box.Dy())
	s.raster.DrawOp = draw.Src
	for i, seg := range outline.Segments {
		ax, ay := at(seg.Args[0])
		bx, by := at(seg.Args[1])
		cx, cy := at(seg.Args[2])
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				s.raster.ClosePath()
			}
			s.raster.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			s.raster.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			s.raster.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			s.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}

	s.raster.ClosePath()
	m := &mask{*image.NewAlpha(box)}
	s.raster.Draw(&m.Alpha, box, image.Opaque, image.Point{})
	return m
}

func floor(f float32) int { return int(math.Floor(float64(f))) }
