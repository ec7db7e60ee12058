package typeset

import (
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

// glyph is one shaped glyph, in font units, y up.
type glyph struct {
	family  int
	id      font.GID
	dx, dy  int // from the pen
	advance int
}

// shaped is a line of text as glyphs. All embedded fonts have the same units per em, so one line has one unit.
type shaped struct {
	glyphs          []glyph
	advance         int // width in font units
	ascent, descent int // of the fonts used, in font units, both positive
}

type shapeKey struct {
	text     string
	weight   Weight
	language string
}

// shape returns text as glyphs. The caller holds s.mu.
func (s *Set) shape(text string, w Weight, lang string) *shaped {
	key := shapeKey{text, w, lang}
	one := func(l *shaped) int { return 1 + len(l.glyphs) }
	if l, ok := s.lines.get(key, one); ok {
		return l
	}
	l := s.shapeRunes(clean(text), w, lang)
	s.lines.put(key, l, one(l))
	return l
}

func (s *Set) shapeRunes(runes []rune, w Weight, lang string) *shaped {
	l := &shaped{}
	runs := split(runes, w)
	if len(runs) == 0 {
		runs = []run{{family: latin}} // an empty line is as high as a written one
	}
	for _, r := range runs {
		f := load(r.family, w)
		l.ascent, l.descent = max(l.ascent, f.ascent), max(l.descent, f.descent)
		b := s.buffer
		b.Clear()
		b.AddRunes(runes, r.start, r.end-r.start)
		b.Props = harfbuzz.SegmentProperties{
			Language:  language.NewLanguage(lang),
			Script:    families[r.family].script,
			Direction: harfbuzz.LeftToRight,
		}
		b.Shape(s.face(r.family, w).shaper, nil)
		for i, p := range b.Pos {
			l.glyphs = append(
				l.glyphs,
				glyph{r.family, b.Info[i].Glyph, int(p.XOffset), int(p.YOffset), int(p.XAdvance)},
			)
			l.advance += int(p.XAdvance)
		}
	}
	return l
}
