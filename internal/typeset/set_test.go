package typeset

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"sync"
	"testing"
)

func paper(w, h int) *image.RGBA {
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(im, im.Rect, image.White, image.Point{}, draw.Src)
	return im
}

// inkOf returns the smallest rectangle around everything that isn't white.
func inkOf(im *image.RGBA) (box image.Rectangle) {
	for y := im.Rect.Min.Y; y < im.Rect.Max.Y; y++ {
		for x := im.Rect.Min.X; x < im.Rect.Max.X; x++ {
			if im.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func TestInkHoldsWhatIsDrawn(t *testing.T) {
	s := New()
	for _, text := range []string{"₹1,25,000.00", "fjÅq", "स्त्री र्कि", "স্ত্রী", "శ్రీ క్ష", "ଶ୍ରୀ", "ਸ੍ਰੀ"} {
		for _, size := range []int{9, 30, 121} {
			st := Style{Size: size, Weight: Bold}
			im := paper(1200, 400)
			advance := s.Draw(im, 100, 200, text, st)
			got, want := inkOf(im), s.Ink(text, st).Add(image.Pt(100, 200))
			if !got.In(want) || want.Dx() > got.Dx()+4 || want.Dy() > got.Dy()+4 {
				t.Errorf("%q at %d: drawn %v, Ink says %v", text, size, got, want)
			}
			if w, up, down := s.Measure(text, st); advance != w || want.Min.Y < 200-up || want.Max.Y > 200+down {
				t.Errorf("%q at %d: advance %d and ink %v, Measure says %d, %d, %d", text, size,
					advance, want, w, up, down)
			}
		}
	}
}

func TestDrawKeepsWithinBounds(t *testing.T) {
	s := New()
	for _, bilevel := range []bool{false, true} {
		whole := paper(400, 100)
		part := whole.SubImage(image.Rect(50, 20, 150, 60)).(*image.RGBA)
		s.Draw(part, 0, 60, "Clipped on every side", Style{Size: 60, Bilevel: bilevel})
		if box := inkOf(whole); box.Empty() || !box.In(part.Rect) {
			t.Errorf("bilevel %v: drew %v, bounds are %v", bilevel, box, part.Rect)
		}
	}
}

func TestBilevel(t *testing.T) {
	s := New()
	im := paper(400, 100)
	s.Draw(im, 10, 60, "₹250 भुगतान", Style{Size: 40, Bilevel: true})
	ink := 0
	for i := 0; i < len(im.Pix); i += 4 {
		switch im.Pix[i] {
		case 0:
			ink++
		case 255:
		default:
			t.Fatalf("pixel %d is grey: %d", i/4, im.Pix[i])
		}
	}
	if ink < 500 {
		t.Errorf("only %d dots of ink", ink)
	}
}

// TestOtherImages: a Gray image takes the same coverage as an RGBA.
func TestOtherImages(t *testing.T) {
	s := New()
	rgba, gray := paper(200, 60), image.NewGray(image.Rect(0, 0, 200, 60))
	draw.Draw(gray, gray.Rect, image.White, image.Point{}, draw.Src)
	s.Draw(rgba, 5, 40, "gray", Style{Size: 40})
	s.Draw(gray, 5, 40, "gray", Style{Size: 40})
	for i, g := range gray.Pix {
		if d := int(g) - int(rgba.Pix[4*i]); d < -1 || d > 1 {
			t.Fatalf("pixel %d: gray %d, rgba %d", i, g, rgba.Pix[4*i])
		}
	}
}

// TestConcurrentAndSame: goroutines that share a Set, with a cache too small to hold anything, draw what one alone
// draws.
func TestConcurrentAndSame(t *testing.T) {
	texts := []string{"₹1,25,000.00 paid", "भुगतान हो गया", "பணம் கிடைத்தது", "பணம்"}
	want := make([]*image.RGBA, len(texts))
	for i, text := range texts {
		want[i] = paper(500, 80)
		New().Draw(want[i], 5, 50, text, Style{Size: 37, Color: color.RGBA{20, 60, 90, 255}})
	}
	s := New()
	s.masks, s.lines = newCache[maskKey, *mask](100), newCache[shapeKey, *shaped](2)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 5 * len(texts) {
				im := paper(500, 80)
				s.Draw(im, 5, 50, texts[i%len(texts)], Style{Size: 37, Color: color.RGBA{20, 60, 90, 255}})
				if !bytes.Equal(im.Pix, want[i%len(texts)].Pix) {
					t.Errorf("%q drew another picture", texts[i%len(texts)])
				}
			}
		})
	}
	wg.Wait()
}

func TestCacheIsBounded(t *testing.T) {
	s := New()
	im := paper(2000, 400)
	for size := 10; size < 300; size++ {
		s.Draw(im, 0, 300, "₹1,25,000.00 भुगतान", Style{Size: size})
	}
	total := 0
	for _, g := range []map[maskKey]*mask{s.masks.young, s.masks.old} {
		for _, m := range g {
			total += m.cost()
		}
	}
	if total == 0 || total > maskBytes {
		t.Errorf("the glyph cache holds %d bytes, its limit is %d", total, maskBytes)
	}
}

func BenchmarkDraw(b *testing.B) {
	s := New()
	im := paper(1024, 600)
	for b.Loop() {
		s.Draw(im, 10, 200, "₹1,25,000.00 भुगतान", Style{Size: 60, Weight: Bold})
	}
}
