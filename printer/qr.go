package printer

import (
	"fmt"

	"github.com/skip2/go-qrcode"

	"galla/printer/escpos"
)

// Modules smaller than three dots smear on thermal paper; a printer that doubles can only make even ones.
const (
	leastModule       = 3
	leastDoubleModule = 4
	quietModules      = 4 // white on each side, part of the paper, never of the picture
)

// qr prints payload as a QR symbol, centred, as large as the profile allows, with error correction M. Its width is
// computed first: a printer leaves a symbol that is too wide out, or prints half of it. What can't be printed with
// modules of three dots is refused.
func (s *sheet) qr(payload string) {
	p := s.profile
	code, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		s.fail(fmt.Errorf("its QR string of %d bytes: %w", len(payload), err))
		return
	}
	code.DisableBorder = true
	size := 17 + 4*code.VersionNumber
	if p.QR == "native" {
		// The printer chooses the version by itself, and may do so less cleverly than our encoder: byte mode is the
		// worst.
		if worst := escpos.QRVersion(len(payload)); worst > 0 {
			size = max(size, 17+4*worst)
			module := moduleFor(size, p, 1)
			if native, err := escpos.QR(max(1, module), escpos.ECM, payload); err == nil && module >= leastModule {
				b := append(s.style(look{align: escpos.Center}, len(native)), native...)
				s.put(Segment{Bytes: b, Dots: size * module})
				return
			}
		}
		size = 17 + 4*code.VersionNumber
	}
	bits := code.Bitmap()
	if module := moduleFor(size, p, 2); p.QR != "raster" && module >= leastDoubleModule {
		s.picture(escpos.Modules(bits, module/2), escpos.Quadruple, escpos.Center)
		return
	}
	module := moduleFor(size, p, 1)
	if module < leastModule {
		s.fail(fmt.Errorf("its QR string of %d bytes makes a symbol of %d modules, and %d dots of paper leave it %d "+
			"dots each: "+
			"at least %d are needed; use 80 mm paper or a shorter string", len(payload), size, p.Dots, module,
			leastModule))
		return
	}
	s.picture(escpos.Modules(bits, module), escpos.Same, escpos.Center)
}

// moduleFor is the largest module in dots, a multiple of step, at which a symbol of size modules fits with its quiet
// zone.
func moduleFor(size int, p Profile, step int) int {
	return min(p.MaxModule, p.Dots/(size+2*quietModules)) / step * step
}
