package kiosk

import (
	"image"
)

// turned returns the size of a picture of size p turned by degrees.
func turned(p image.Point, degrees int) image.Point {
	if degrees%180 == 90 {
		return image.Pt(p.Y, p.X)
	}
	return p
}

// transfer copies the part r of src, turned clockwise by degrees, into dst and returns what of dst has really changed.
// The size of dst is that of src, turned. Pixels that are the same on both sides cost no more than a look.
func transfer(dst, src *image.RGBA, degrees int, r image.Rectangle) image.Rectangle {
	r = r.Intersect(src.Rect)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	var changed image.Rectangle
	for y := r.Min.Y; y < r.Max.Y; y++ {
		s := src.PixOffset(r.Min.X, y)
		// Where the row begins in dst, and how far apart its pixels lie there.
		var at, step int
		switch degrees {
		case 0:
			at, step = dst.PixOffset(r.Min.X, y), 4
		case 90:
			at, step = dst.PixOffset(h-1-y, r.Min.X), dst.Stride
		case 180:
			at, step = dst.PixOffset(w-1-r.Min.X, h-1-y), -4
		case 270:
			at, step = dst.PixOffset(y, w-1-r.Min.X), -dst.Stride
		}
		first, last := -1, 0
		for x := r.Min.X; x < r.Max.X; x++ {
			a, b := (*[4]byte)(dst.Pix[at:]), (*[4]byte)(src.Pix[s:])
			if *a != *b {
				*a = *b
				if first < 0 {
					first = x
				}
				last = x
			}
			at, s = at+step, s+4
		}
		if first >= 0 {
			changed = changed.Union(turnRect(image.Rect(first, y, last+1, y+1), w, h, degrees))
		}
	}
	return changed
}

// turnGrey returns part, of a picture of size, turned clockwise by degrees with the picture.
func turnGrey(part *image.Gray, size image.Point, degrees int) *image.Gray {
	if degrees%360 == 0 {
		return part
	}
	r := part.Rect
	out := image.NewGray(turnRect(r, size.X, size.Y, degrees))
	w, h := out.Rect.Dx(), out.Rect.Dy()
	for y := range r.Dy() {
		row := part.Pix[y*part.Stride:][:r.Dx()]
		var at, step int
		switch degrees {
		case 90:
			at, step = w-1-y, out.Stride
		case 180:
			at, step = (h-1-y)*out.Stride+w-1, -1
		case 270:
			at, step = (h-1)*out.Stride+y, -out.Stride
		}
		for _, v := range row {
			out.Pix[at] = v
			at += step
		}
	}
	return out
}

// turnRect says where r of a picture of w x h lies once the picture is turned clockwise by degrees.
func turnRect(r image.Rectangle, w, h, degrees int) image.Rectangle {
	switch degrees {
	case 90:
		return image.Rect(h-r.Max.Y, r.Min.X, h-r.Min.Y, r.Max.X)
	case 180:
		return image.Rect(w-r.Max.X, h-r.Max.Y, w-r.Min.X, h-r.Min.Y)
	case 270:
		return image.Rect(r.Min.Y, w-r.Max.X, r.Max.Y, w-r.Min.X)
	}
	return r
}
