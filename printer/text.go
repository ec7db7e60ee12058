package printer

import (
	"strings"
	"unicode"
)

// rupeeCode is the character that a profile with Rupee = "glyph" redraws as ₹; backquotes of the text become
// apostrophes.
const rupeeCode = '`'

// plain rewrites text in the printer's own characters, which are ASCII only: upper halves differ between makers, and
// none has ₹. When that can't be done without loss it returns false: the text must be drawn. Controls are dropped.
func (s *sheet) plain(text string) (string, bool) {
	if s.has(text) {
		return text, true
	}
	var ascii strings.Builder
	ascii.Grow(len(text))
	lossless := true
	for _, r := range text {
		if r == '\n' || r == '\t' {
			r = ' '
		}
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			continue
		}
		switch {
		case r == '₹' && s.profile.Rupee == "glyph":
			ascii.WriteByte(rupeeCode)
		case r == rupeeCode && s.profile.Rupee == "glyph":
			ascii.WriteByte('\'')
		case r < 0x7F:
			ascii.WriteRune(r)
		default:
			a, known := folded[r]
			ascii.WriteString(a)
			lossless = lossless && known
		}
	}
	return ascii.String(), lossless
}

// has tells whether every character of text is one of the printer's own and stands for itself.
func (s *sheet) has(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == rupeeCode {
			return false
		}
	}
	return true
}

// folded are characters that lose nothing in ASCII.
var folded = map[rune]string{
	'₹': "Rs.",
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "-", '−': "-", '…': "...", '•': "*", '\u00a0': " ",
	'\u2009': " ", '\u202f': " ", '×': "x",
	'\u200b': "", '\ufeff': "",
}

// wrap breaks plain text into lines of at most columns characters, between words where it can, and appends them to
// lines. Leading spaces stay.
func wrap(lines []string, text string, columns int) []string {
	for len(text) > columns {
		cut := strings.LastIndexByte(text[:columns+1], ' ')
		if cut <= 0 || strings.TrimSpace(text[:cut]) == "" {
			cut = columns // one long word, such as a 35-character transaction id
		}
		lines = append(lines, strings.TrimRight(text[:cut], " "))
		text = strings.TrimLeft(text[cut:], " ")
	}
	return append(lines, text)
}
