package kiosk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math/bits"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"
)

// carrier brings pictures into a window and back, some rows at a time: by memory shared with the X server (MIT-SHM)
// where it can, else through its socket. A whole picture's worth of shared memory would be counted twice.
type carrier struct {
	conn   *xgb.Conn
	format pixels
	shared bool
	seg    shm.Seg
	band   []byte        // rows in the X server's form
	unseen xproto.Pixmap // where bands become a whole; it is there meanwhile only
}

// bandBytes is how much is carried at once. Without shared memory a request holds 256 KB.
const bandBytes, socketBytes = 512 << 10, 250 << 10

func newCarrier(d *xserver) (*carrier, error) {
	f, err := pixelsOf(xproto.Setup(d.conn), d.screen)
	if err != nil {
		return nil, err
	}
	c := &carrier{conn: d.conn, format: f}
	if c.unseen, err = xproto.NewPixmapId(d.conn); err != nil {
		return nil, err
	}
	if !d.shm || c.share() != nil {
		c.band = make([]byte, socketBytes)
	}
	return c, nil
}

// share sets up memory that the X server sees too. It ends with the two processes.
func (c *carrier) share() error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, bandBytes, unix.IPC_CREAT|0o600)
	if err != nil {
		return err
	}
	band, err := unix.SysvShmAttach(id, 0, 0)
	if err == nil {
		if c.seg, err = shm.NewSegId(c.conn); err == nil {
			err = shm.AttachChecked(c.conn, c.seg, uint32(id), false).Check()
		}
	}
	unix.SysvShmCtl(id, unix.IPC_RMID, nil) // it goes when the last of the two lets go
	if err != nil {
		if band != nil {
			unix.SysvShmDetach(band)
		}
		return err
	}
	c.band, c.shared = band, true
	return nil
}

// put brings the part r of img to where img stands at a point of the drawable, and returns when it is there. What takes
// more than one band is put together where nobody sees it, and comes at once: nobody sees a picture of which a part is
// the last customer's. Keeping other clients out meanwhile wouldn't do: Xwayland hands each band to its compositor.
func (c *carrier) put(
	to xproto.Drawable,
	gc xproto.Gcontext,
	img *image.RGBA,
	r image.Rectangle,
	at image.Point,
) error {
	if r.Empty() {
		return nil
	}
	if len(c.band)/c.format.stride(r.Dx()) < r.Dy() {
		w, h := uint16(r.Dx()), uint16(r.Dy())
		if xproto.CreatePixmapChecked(c.conn, c.format.depth, c.unseen, to, w, h).Check() == nil {
			defer xproto.FreePixmap(c.conn, c.unseen)
			if err := c.bands(xproto.Drawable(c.unseen), gc, img, r, r.Min.Mul(-1)); err != nil {
				return err
			}
			x, y := int16(at.X+r.Min.X), int16(at.Y+r.Min.Y)
			xproto.CopyArea(c.conn, xproto.Drawable(c.unseen), to, gc, 0, 0, x, y, w, h)
			_, err := xproto.GetInputFocus(c.conn).Reply() // it is there
			return err
		} // else the X server is short of memory
	}
	return c.bands(to, gc, img, r, at)
}

// bands is put, band by band.
func (c *carrier) bands(
	to xproto.Drawable,
	gc xproto.Gcontext,
	img *image.RGBA,
	r image.Rectangle,
	at image.Point,
) error {
	stride := c.format.stride(r.Dx())
	rows := max(1, len(c.band)/stride)
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		n := min(rows, r.Max.Y-y)
		for i := range n {
			from := img.PixOffset(r.Min.X, y+i)
			c.format.pack(c.band[i*stride:], img.Pix[from:from+4*r.Dx()])
		}
		x, dy := int16(at.X+r.Min.X), int16(at.Y+y)
		if c.shared {
			shm.PutImage(
				c.conn,
				to,
				gc,
				uint16(r.Dx()),
				uint16(n),
				0,
				0,
				uint16(r.Dx()),
				uint16(n),
				x,
				dy,
				c.format.depth,
				xproto.ImageFormatZPixmap,
				0,
				c.seg,
				0,
			)
			// The band may be written to again when the X server has read it.
			if _, err := xproto.GetInputFocus(c.conn).Reply(); err != nil {
				return err
			}
			continue
		}
		err := xproto.PutImageChecked(c.conn, xproto.ImageFormatZPixmap, to, gc, uint16(r.Dx()), uint16(n), x, dy, 0,
			c.format.depth, c.band[:n*stride]).Check()
		if err != nil {
			return err
		}
	}

	return nil
}

// get fetches the part r of the drawable, and has row called with each of its rows, in the X server's form, from y = 0.
func (c *carrier) get(from xproto.Drawable, r image.Rectangle, row func(y int, row []byte)) error {
	stride := c.format.stride(r.Dx())
	rows := max(1, len(c.band)/stride)
	for y := 0; y < r.Dy(); y += rows {
		n := min(rows, r.Dy()-y)
		x, dy, w, h := int16(r.Min.X), int16(r.Min.Y+y), uint16(r.Dx()), uint16(n)
		band := c.band
		if c.shared {
			_, err := shm.GetImage(c.conn, from, x, dy, w, h, ^uint32(0), xproto.ImageFormatZPixmap, c.seg, 0).Reply()
			if err != nil {
				return err
			}
		} else {
			reply, err := xproto.GetImage(c.conn, xproto.ImageFormatZPixmap, from, x, dy, w, h, ^uint32(0)).Reply()
			if err != nil {
				return err
			}
			band = reply.Data
		}
		if len(band) < n*stride {
			return fmt.Errorf("%d bytes for %d rows of %d", len(band), n, stride)
		}
		for i := range n {
			row(y+i, band[i*stride:][:stride])
		}
	}
	return nil
}

// pixels is the form in which an X server's screen holds its pixels.
type pixels struct {
	depth       byte
	bytes       int // a pixel
	pad         int // rows begin at a multiple of it, in bytes
	big         bool
	red, gr, bl channel
}

// channel is where a colour lies in a pixel.
type channel struct{ shift, width int }

func channelOf(mask uint32) channel {
	return channel{bits.TrailingZeros32(mask), bits.OnesCount32(mask)}
}

// put makes v a colour of width bits.
func (c channel) put(v byte) uint32 { return uint32(v) * (1<<c.width - 1) / 255 << c.shift }

// get makes a colour of width bits one of eight.
func (c channel) get(p uint32) byte {
	most := uint32(1)<<c.width - 1
	return byte((p>>c.shift&most*255 + most/2) / most)
}

func pixelsOf(setup *xproto.SetupInfo, screen *xproto.ScreenInfo) (pixels, error) {
	p := pixels{depth: screen.RootDepth, big: setup.ImageByteOrder == xproto.ImageOrderMSBFirst}
	for _, f := range setup.PixmapFormats {
		if f.Depth == p.depth {
			p.bytes, p.pad = int(f.BitsPerPixel)/8, max(1, int(f.ScanlinePad)/8)
		}
	}
	for _, d := range screen.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == screen.RootVisual {
				p.red, p.gr, p.bl = channelOf(v.RedMask), channelOf(v.GreenMask), channelOf(v.BlueMask)
			}
		}
	}
	if p.bytes < 2 || p.bytes > 4 || p.red.width == 0 || p.gr.width == 0 || p.bl.width == 0 {
		return p, errors.New("the X server's screen has no true colours: start it with a depth of 16 or 24")
	}
	return p, nil
}

// stride is how many bytes a row of w pixels takes.
func (p *pixels) stride(w int) int { return (w*p.bytes + p.pad - 1) / p.pad * p.pad }

// usual says whether pixels are blue, green, red and a byte for nothing: nearly always.
func (p *pixels) usual() bool {
	return p.bytes == 4 && !p.big && p.red == channel{16, 8} && p.gr == channel{8, 8} && p.bl == channel{0, 8}
}

// pack makes a row of the X server's pixels.
func (p *pixels) pack(to, rgba []byte) {
	if p.usual() {
		swap(to, rgba)
		return
	}
	for i := 0; i < len(rgba)/4; i++ {
		v := p.red.put(rgba[4*i]) | p.gr.put(rgba[4*i+1]) | p.bl.put(rgba[4*i+2])
		for n := range p.bytes {
			to[i*p.bytes+n] = byte(v >> (8 * p.place(n)))
		}
	}
}

// unpack makes a row of ours.
func (p *pixels) unpack(rgba, from []byte) {
	if p.usual() {
		swap(rgba, from[:len(rgba)])
		return
	}
	for i := 0; i < len(rgba)/4; i++ {
		var v uint32
		for n := range p.bytes {
			v |= uint32(from[i*p.bytes+n]) << (8 * p.place(n))
		}
		rgba[4*i], rgba[4*i+1], rgba[4*i+2], rgba[4*i+3] = p.red.get(v), p.gr.get(v), p.bl.get(v), 255
	}
}

// grey is the brightness of a row of the X server's pixels.
func (p *pixels) grey(to, from []byte) {
	if p.usual() {
		for i := range to {
			v := binary.LittleEndian.Uint32(from)
			from = from[4:]
			if v &= 0xffffff; v == 0 || v == 0xffffff { // of a code there is nothing else
				to[i] = byte(v)
				continue
			}
			to[i] = luminance(byte(v>>16), byte(v>>8), byte(v))
		}
		return
	}
	rgba := make([]byte, 4*len(to))
	p.unpack(rgba, from)
	for i := range to {
		to[i] = luminance(rgba[4*i], rgba[4*i+1], rgba[4*i+2])
	}
}

// swap copies pixels of four bytes, red and blue exchanged, and nothing of what was behind them. Two at a time: at
// 1920x1080 this is a third of what a new screen costs.
func swap(to, from []byte) {
	const low, green, last = 0x000000ff_000000ff, 0x0000ff00_0000ff00, 0xff000000_ff000000
	for len(from) >= 8 && len(to) >= 8 {
		v := binary.LittleEndian.Uint64(from)
		binary.LittleEndian.PutUint64(to, v&green|v&low<<16|v>>16&low|last)
		from, to = from[8:], to[8:]
	}
	if len(from) >= 4 && len(to) >= 4 {
		to[0], to[1], to[2], to[3] = from[2], from[1], from[0], 255
	}
}

// luminance is how bright a pixel is; 0 is nothing but black's, 255 white's.
func luminance(r, g, b byte) byte {
	return byte((299*uint32(r) + 587*uint32(g) + 114*uint32(b)) / 1000)
}

// place is which of a pixel's bytes stands at n.
func (p *pixels) place(n int) int {
	if p.big {
		return p.bytes - 1 - n
	}
	return n
}
