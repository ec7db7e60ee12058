package printer

import (
	"fmt"
	"io"
	"os"
	"strings"

	"galla/internal/money"
	"galla/printer/escpos"
	"galla/printer/logo"
)

// Load checks the shop's GSTIN and reads its logo for paper of dots width, once, at start. The logo is shrunk to fit,
// never enlarged.
func (s Shop) Load(dots int) (Shop, error) {
	if s.Name == "" {
		return s, fmt.Errorf("the shop has no name: it heads every slip")
	}
	if s.GSTIN != "" {
		if err := money.CheckGSTIN(s.GSTIN); err != nil {
			return s, err
		}
	}
	if s.Logo == "" {
		return s, nil
	}
	f, err := os.Open(s.Logo)
	if err != nil {
		return s, fmt.Errorf("logo: %w: give the path of a PNG, or leave it empty", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, logo.MaxFile+1))
	if err != nil || len(data) > logo.MaxFile {
		return s, fmt.Errorf(
			"logo %s can't be read or is above %d KB (%v): give a smaller PNG", s.Logo, logo.MaxFile>>10, err)
	}
	bits, err := logo.Read(data, dots)
	if err != nil {
		return s, fmt.Errorf("logo %s: %w", s.Logo, err)
	}
	s.Picture = &bits
	return s, nil
}

// LeftOut is the letters of the shop's lines that slips leave out because no font here has them: emoji, scripts of
// other countries, marks stacked on letters. Each stands once.
func (s Shop) LeftOut() string {
	texts := append(
		[]string{s.Name, s.Phone},
		append(append(append([]string{}, s.Address...), s.Header...), s.Footer...)...)
	_, missing := fonts().Drawable(strings.Join(texts, " "))
	return string(missing)
}

// logo prints the shop's picture.
func (s *sheet) logo(p escpos.Bitmap) {
	s.picture(p, escpos.Same, escpos.Center)
	s.gap(8)
}
