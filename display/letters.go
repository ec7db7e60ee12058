package display

import (
	"strings"
	"unicode"

	"galla/internal/typeset"
)

// LeftOut is the letters of texts that the screen leaves out because no font here has them: emoji, scripts of other
// countries, Urdu's, Ol Chiki and Meitei among them. Each stands once.
func LeftOut(texts ...string) string {
	_, missing := typeset.New().Drawable(strings.Join(texts, " "))
	return string(missing)
}

// drawable is v without the letters that would be boxes. Of a text that has nothing else to be seen (spaces, the
// joiners of emoji) nothing stays.
func drawable(ts *typeset.Set, v View) View {
	seen := func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	keep := func(text string) string {
		kept, missing := ts.Drawable(text)
		switch {
		case !strings.ContainsFunc(kept, seen):
			return ""
		case len(missing) == 0:
			return text
		}
		return strings.Join(strings.Fields(kept), " ")
	}
	v.Shop, v.Payee, v.Entry = keep(v.Shop), keep(v.Payee), keep(v.Entry)
	v.Tape = each(v.Tape, keep)
	v.Notes = each(v.Notes, keep)
	return v
}

// each is texts with do done to each, in a new slice: a View's own are shared.
func each(texts []string, do func(string) string) []string {
	if texts == nil {
		return nil
	}
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = do(t)
	}
	return out
}
