package typed

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
	emoji     = '\ufe0f' // variation selector: the sign before it is drawn as a picture
)

// marksMost is how many marks may stand on one letter: Indian, Burmese and Tibetan spelling needs fewer.
const marksMost = 8

// Printable says what a text that was typed or received may hold, before it is kept or shown: letters, marks, digits
// and signs of any script, and spaces. It has nothing that is not seen, or that changes how the rest is seen: no
// control characters (C0 and C1), no marks of direction, no separators of lines, no characters that a font leaves out,
// none that Unicode does not know, no heaps of marks, and nothing that is no UTF-8. A joiner may stand where a script
// needs one: within or behind a word of a script that joins, and within an emoji.
func Printable(s string) bool {
	before, marks := rune(0), 0
	for _, r := range s {
		if marks = counted(r, marks); !fits(r, before, marks) {
			return false
		}
		before = r
	}
	return true
}

// counted is how many marks stand on one letter with r.
func counted(r rune, marks int) int {
	if unicode.Is(unicode.M, r) {
		return marks + 1
	}
	return 0
}

// fits says whether r may follow a character; 0 is the beginning.
func fits(r, before rune, marks int) bool {
	switch {
	case r == nonJoiner || r == joiner:
		return joins(before)
	case r == emoji:
		return unicode.Is(unicode.So, before) || before != 0 && strings.ContainsRune("0123456789#*", before)
	case marks > marksMost || marks > 0 && before == 0:
		return false
	}
	return Visible(r)
}

// Visible says whether a character is seen by itself, or on the letter before it. Joiners and variation selectors are
// not.
func Visible(r rune) bool {
	if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) ||
		// grapheme joiner, blank braille, place of an object
		r == utf8.RuneError || r == '\u034f' || r == '\u2800' || r == '\ufffc' {
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs)
}

// joining are the scripts whose letters change beside their neighbours, so that people need joiners to spell.
var joining = []*unicode.RangeTable{
	unicode.Devanagari,
	unicode.Bengali,
	unicode.Gurmukhi,
	unicode.Gujarati,
	unicode.Oriya,
	unicode.Tamil,
	unicode.Telugu,
	unicode.Kannada,
	unicode.Malayalam,
	unicode.Sinhala,
	unicode.Arabic,
	unicode.Syriac,
	unicode.Mongolian,
	unicode.Khmer,
	unicode.Myanmar,
	unicode.Tibetan,
	unicode.Meetei_Mayek,
	unicode.Ol_Chiki,
	unicode.Newa,
	unicode.Chakma,
	unicode.Inherited,
}

// joins says whether a joiner may stand behind a character: a letter or mark of such a script, or an emoji.
func joins(r rune) bool {
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.In(r, unicode.L, unicode.M) && unicode.In(r, joining...) || unicode.Is(unicode.So, r) ||
		r == emoji ||
		r >= '\U0001f3fb' && r <= '\U0001f3ff' // tones of skin
}

// Clean makes a text from outside printable, in one line of at most most characters: what may not stand in it becomes a
// space, and spaces that follow each other one.
func Clean(s string, most int) string {
	if len(s) > 8*most {
		s = s[:8*most]
	}
	var out []rune
	before, marks := rune(0), 0
	for _, r := range strings.ToValidUTF8(s, " ") {
		marks = counted(r, marks)
		switch fit := fits(r, before, marks) && !unicode.IsSpace(r); {
		case !fit && (before == 0 || before == ' ' || r == joiner || r == nonJoiner || marks > 0):
			continue
		case !fit:
			r = ' '
		}
		out = append(out, r)
		before = r
	}
	for len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	if len(out) > most {
		return string(out[:most-1]) + "…"
	}
	return string(out)
}
