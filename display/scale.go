package display

import (
	"image"

	"golang.org/x/image/draw"
)

// fit is the largest rectangle of size's shape in the middle of box. A smaller picture isn't enlarged: it would blur.
func fit(size image.Point, box image.Rectangle) image.Rectangle {
	w, h := size.X, size.Y
	if w > box.Dx() || h > box.Dy() {
		if w*box.Dy() > h*box.Dx() {
			w, h = box.Dx(), max(1, h*box.Dx()/w)
		} else {
			w, h = max(1, w*box.Dy()/h), box.Dy()
		}
	}
	at := box.Min.Add(image.Pt((box.Dx()-w)/2, (box.Dy()-h)/2))
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}

// scale draws img into r, over what is there.
func scale(dst *image.RGBA, r image.Rectangle, img *image.RGBA) {
	if r.Size() == img.Rect.Size() {
		draw.Draw(dst, r, img, img.Rect.Min, draw.Over)
		return
	}
	draw.ApproxBiLinear.Scale(dst, r, img, img.Rect, draw.Over, nil)
}

// shrink makes img a picture of size, which is no larger: each pixel is the mean of what of img falls into it. Beside
// the two pictures it takes little memory, however large img is.
func shrink(img image.Image, size image.Point) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: size})
	from := img.Bounds()
	if from.Size() == size {
		draw.Draw(out, out.Rect, img, from.Min, draw.Src)
		return out
	}

	// A pixel of img is as wide as size.X and one of out as from.Dx(), so that all borders are whole numbers; likewise
	// down.
	wide, high := from.Dx(), from.Dy()
	row := image.NewRGBA(image.Rect(0, 0, wide, 1))
	narrow := make([]uint64, 4*size.X) // a row of img, shrunk across
	sum := make([]uint64, 4*size.X)    // what of such rows falls into one of out
	all := uint64(wide) * uint64(high)
	for y := range high {
		draw.Draw(row, row.Rect, img, from.Min.Add(image.Pt(0, y)), draw.Src)
		across(narrow, row.Pix, wide, size.X)

		for top, bottom := y*size.Y, (y+1)*size.Y; top < bottom; {
			into := top / high
			end := min(bottom, (into+1)*high)
			for i, v := range narrow {
				sum[i] += v * uint64(end-top)
			}
			if top = end; end < (into+1)*high {
				continue
			}
			pix := out.Pix[out.PixOffset(0, into):][:len(sum)]
			for i, v := range sum {
				pix[i] = uint8((v + all/2) / all)
			}
			clear(sum)
		}
	}
	return out
}

// across shrinks a row of wide pixels to one of narrow: each value is the sum of wide parts.
func across(to []uint64, row []uint8, wide, narrow int) {
	clear(to)
	at, into := 0, 0
	for x := range wide {
		for left := narrow; left > 0; {
			part := min(left, (into+1)*wide-at)
			for c := range 4 {
				to[4*into+c] += uint64(row[4*x+c]) * uint64(part)
			}
			at, left = at+part, left-part
			if at == (into+1)*wide {
				into++
			}
		}
	}
}
