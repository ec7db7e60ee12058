package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/language"
)

// run is a stretch of text in one font: runes[start:end].
type run struct {
	family     int
	start, end int
}

const (
	zwnj         = '\u200c'
	zwj          = '\u200d'
	dottedCircle = '\u25cc'
)

// clean makes text drawable: white space of any kind is a space, joiners stay (Indic spelling needs them), every other
// control or format character goes, the direction overrides among them.
func clean(text string) []rune {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			out = append(out, ' ')
		case r == zwj || r == zwnj:
			out = append(out, r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
		default:
			out = append(out, r)
		}
	}
	return out
}

// split cuts runes into runs of one font each.
func split(runes []rune, w Weight) []run {
	var runs []run
	family := latin
	for i, r := range runes {
		family = familyOf(r, family, w)
		if n := len(runs); n > 0 && runs[n-1].family == family {
			runs[n-1].end = i + 1
		} else {
			runs = append(runs, run{family, i, i + 1})
		}
	}
	return runs
}

// familyOf chooses the font of r, which follows a rune drawn in the font before.
func familyOf(r rune, before int, w Weight) int {
	if r == zwj || r == zwnj || r == dottedCircle ||
		unicode.Is(unicode.Mn, r) && language.LookupScript(r) == language.Inherited {
		return before
	}
	script := language.LookupScript(r)
	for i := 1; i < len(families); i++ {
		if families[i].script == script {
			return i
		}
	}
	if has(latin, w, r) {
		return latin
	}
	// A danda belongs to no script: it is drawn by the font of the words before it.
	if has(before, w, r) {
		return before
	}
	for i := 1; i < len(families); i++ {
		if has(i, w, r) {
			return i
		}
	}
	return latin // its box for a missing letter
}

func has(family int, w Weight, r rune) bool {
	_, ok := load(family, w).font.NominalGlyph(r)
	return ok
}
