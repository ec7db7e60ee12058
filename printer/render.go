package printer

import (
	"fmt"
	"time"

	"galla/internal/day"
	"galla/printer/escpos"
)

// Document is an OrderSlip, a Stand, a Receipt, a DayReport, a Reconciliation or a SelfTest.
type Document interface {
	kind() string
	compose(*sheet) error
}

// Render lays a document out for a printer. It is pure: the same document and profile give the same bytes. It fails
// when the profile is impossible, the document is not what it claims to be, or its QR can't be printed legibly.
func Render(d Document, p Profile) (Job, error) {
	if err := p.Check(); err != nil {
		return Job{}, err
	}
	s := newSheet(p)
	if err := d.compose(s); err != nil {
		return Job{}, fmt.Errorf("print %s: %w", d.kind(), err)
	}
	s.end()
	return Job{Kind: d.kind(), Segments: s.segments}, s.err
}

func clock(t time.Time) string { return t.In(day.IST).Format("02 Jan 2006 15:04 MST") }

// begin resets the printer. It goes in one piece with what the profile sets up, so that no job starts half set up.
func (s *sheet) begin() {
	b := escpos.Init()
	if h := s.profile.Heat; h != nil {
		b = append(b, escpos.Heat(byte(h.Dots), byte(h.Time), byte(h.Interval))...)
		b = append(b, escpos.Density(byte(h.Density), byte(h.Break))...)
	}
	if s.profile.Rupee == "glyph" {
		g, err := escpos.DefineGlyph(rupeeCode, rupeeGlyph())
		s.fail(err)
		b = append(b, g...)
	}
	if s.profile.Units > 0 {
		b = append(b, escpos.MotionUnits(byte(s.profile.Units))...)
	}
	b = append(b, escpos.LineSpacing(byte(s.pitch()))...)
	if s.profile.Font == "b" {
		b = append(b, escpos.SetFont(escpos.FontB)...)
	}
	s.put(Segment{Bytes: b})
}

// end brings the last line past the tear bar or the cutter and cuts.
func (s *sheet) end() {
	tail := s.profile.TailDots
	mode := escpos.CutFeedPartial
	switch s.profile.Cut {
	case "gsv66":
		s.put(Segment{Bytes: escpos.Cut(mode), Dots: tail, Blank: tail}) // feeds by itself
		return
	case "none":
		s.gap(tail)
		return
	case "gsv1":
		mode = escpos.CutPartial
	case "gsv0":
		mode = escpos.CutFull
	case "esci":
		mode = escpos.CutESCi
	case "escm":
		mode = escpos.CutESCm
	}
	s.gap(tail)
	s.put(Segment{Bytes: escpos.Cut(mode)})
}
