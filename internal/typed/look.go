package typed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Alike says whether two names look the same to whoever reads them in a hurry, whatever their case, width and script:
// "Asha" and "Аsha" with a Cyrillic letter; "Ravi" and "Ravi.", too. The pairs are those of Unicode's confusables (UTS 39) among Latin, Greek,
// Cyrillic and Armenian letters, among digits, and between Telugu and Kannada.
func Alike(a, b string) bool {
	return strings.EqualFold(a, b) || look(a) == look(b) || look(strings.ToLower(a)) == look(strings.ToLower(b))
}

// dot is a dot above the letter before.
const dot = '\u0307'

// look is what is compared.
func look(name string) string {
	var b strings.Builder
	before := rune(0)
	for _, r := range norm.NFKC.String(name) {
		if r == dot && unicode.Is(unicode.Soft_Dotted, before) { // an i has one already
			continue
		}
		before = r
		if unicode.IsSpace(r) {
			r = ' '
		}
		if like, ok := alike[r]; ok {
			r = like
		}
		r = unicode.ToLower(r)
		if like, ok := alike[r]; ok { // a capital whose small letter looks like another
			r = like
		}
		if r == joiner || r == nonJoiner {
			continue
		}
		b.WriteRune(r)
	}
	return strings.Trim(strings.Join(strings.Fields(b.String()), " "), " .-_'")
}

// written are the scripts that people have names in today (UAX 31, table 5, and three more of India).
var written = []*unicode.RangeTable{
	unicode.Common, unicode.Inherited, unicode.Arabic, unicode.Armenian, unicode.Bengali, unicode.Bopomofo, unicode.Cyrillic,
	unicode.Devanagari, unicode.Ethiopic, unicode.Georgian, unicode.Greek, unicode.Gujarati, unicode.Gurmukhi, unicode.Hangul,
	unicode.Han, unicode.Hebrew, unicode.Hiragana, unicode.Kannada, unicode.Katakana, unicode.Khmer, unicode.Lao, unicode.Latin,
	unicode.Malayalam, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Tamil, unicode.Telugu, unicode.Thaana, unicode.Thai,
	unicode.Tibetan, unicode.Meetei_Mayek, unicode.Ol_Chiki, unicode.Syriac,
}

// Written reports whether all of a name is in scripts in use. In others, such as Cherokee, Lisu and Coptic, whole names
// look like Latin ones.
func Written(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return !unicode.In(r, written...) })
}

// alike are the characters that look like another, in small letters where the capital looks the same.
var alike = func() map[rune]rune {
	m := map[rune]rune{}
	for one, others := range map[rune]string{
		'a': "аαɑΑА", 'b': "ЬВΒь", 'c': "сСϲϹ", 'd': "ԁ", 'e': "еЕΕєҽ", 'g': "ɡց", 'h': "һНΗհ", 'i': "іιɩı", 'j': "јϳЈ", 'k': "кκКΚҟ",
		'l': "IІΙ1|ӏӀ", 'm': "мМΜ", 'n': "ոΝ", 'o': "оοОΟ0օՕσ०০੦૦୦௦౦೦൦ഠ٠۰", 'p': "рρРΡ", 'q': "ԛգ", 's': "ѕЅꜱ",
		't': "тТΤτ", 'u': "υսʋ", 'v': "νѵ", 'w': "ԝѡա", 'x': "хХΧ×", 'y': "уγУΥүҮ", 'z': "ᴢΖ",
		'8': "৪੪", '9': "৭੧", '-': "‐‑‒–—−", '\'': "’‘ʼ`´",
		'అ': "ಅ", 'ఆ': "ಆ", 'ఇ': "ಇ", 'ఒ': "ಒ", 'ఓ': "ಓ", 'ఔ': "ಔ", 'జ': "ಜ", 'ఞ': "ಞ", 'ణ': "ಣ", 'బ': "ಬ", 'ఱ': "ಱ", 'ల': "ಲ",
		'ం': "ಂ", 'ః': "ಃ",
	} {
		for _, r := range others {
			m[r] = one
		}
	}
	return m
}()
