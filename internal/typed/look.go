package typed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Alike says whether two names look the same to whoever reads them in a hurry, whatever their case, width and script:
// "Asha" and "Аsha" with a Cyrillic letter; "Ravi" and "Ravi.", too. The pairs are those of Unicode's confusables (UTS
// 39) among Latin, Greek, Cyrillic and Armenian letters, among digits, and between Telugu and Kannada; of India's
// scripts also what fonts draw alike and Unicode tells not to write (The Unicode Standard, chapter 12): "आ" and "अ"
// with its sign.
func Alike(a, b string) bool {
	return strings.EqualFold(a, b) || look(a) == look(b) || look(strings.ToLower(a)) == look(strings.ToLower(b))
}

// dot is a dot above the letter before.
const dot = '\u0307'

// look is what is compared.
func look(name string) string {
	var b strings.Builder
	before := rune(0)
	for _, r := range vowels.Replace(signs.Replace(norm.NFKC.String(name))) {
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
	return strings.Trim(strings.Join(strings.Fields(pairs.Replace(b.String())), " "), " .-_'")
}

// signs are vowel signs in two parts, and Malayalam's letters without a vowel in their earlier spelling. vowels are
// letters with a sign beside the letter that looks the same. pairs are two letters that look like one.
var (
	signs = strings.NewReplacer(
		"\u093e\u0945", "\u0949", "\u093e\u0946", "\u094a", "\u093e\u0947", "\u094b", "\u093e\u0948", "\u094c",
		"\u0abe\u0ac5", "\u0ac9", "\u0abe\u0ac7", "\u0acb", "\u0abe\u0ac8", "\u0acc",
		"ണ്\u200d", "ൺ", "ന്\u200d", "ൻ", "ര്\u200d", "ർ", "ല്\u200d", "ൽ", "ള്\u200d", "ൾ", "ക്\u200d", "ൿ",
	)
	vowels = strings.NewReplacer(
		"अ\u093e", "आ", "अ\u0945", "ॲ", "अ\u0946", "ऄ", "अ\u0949", "ऑ", "अ\u094a", "ऒ", "अ\u094b", "ओ", "अ\u094c", "औ",
		"आ\u0945", "ऑ", "आ\u0946", "ऒ", "आ\u0947", "ओ", "आ\u0948", "औ", "र\u094dइ", "ई", "उ\u0941", "ऊ",
		"ए\u0945", "ऍ", "ए\u0946", "ऎ", "ए\u0947", "ऐ",
		"অ\u09be", "আ", "ঋ\u09c3", "ৠ",
		"ਅ\u0a3e", "ਆ", "ੲ\u0a3f", "ਇ", "ੲ\u0a40", "ਈ", "ੳ\u0a41", "ਉ", "ੳ\u0a42", "ਊ", "ੲ\u0a47", "ਏ",
		"ਅ\u0a48", "ਐ", "ਅ\u0a4c", "ਔ",
		"અ\u0abe", "આ", "અ\u0ac5", "ઍ", "અ\u0ac7", "એ", "અ\u0ac8", "ઐ", "અ\u0ac9", "ઑ", "અ\u0acb", "ઓ", "અ\u0acc", "ઔ",
		"આ\u0ac5", "ઑ", "આ\u0ac7", "ઓ", "આ\u0ac8", "ઔ",
		"ଅ\u0b3e", "ଆ", "ଏ\u0b57", "ଐ", "ଓ\u0b57", "ଔ",
		"அ\u0bc2", "ஆ", "ஒள", "ஔ", "ஒ\u0bd7", "ஔ",
		"ఒ\u0c4c", "ఔ", "ఒ\u0c55", "ఓ", "ಉ\u0cbe", "ಊ", "ಒ\u0ccc", "ಔ",
		"ഇ\u0d57", "ഈ", "ഉ\u0d57", "ഊ", "എ\u0d46", "ഐ", "ഒ\u0d3e", "ഓ", "ഒ\u0d57", "ഔ",
	)
	pairs = strings.NewReplacer("rn", "m", "vv", "w")
)

// written are the scripts that people have names in today (UAX 31, table 5, and three more of India).
var written = []*unicode.RangeTable{
	unicode.Common,
	unicode.Inherited,
	unicode.Arabic,
	unicode.Armenian,
	unicode.Bengali,
	unicode.Bopomofo,
	unicode.Cyrillic,
	unicode.Devanagari,
	unicode.Ethiopic,
	unicode.Georgian,
	unicode.Greek,
	unicode.Gujarati,
	unicode.Gurmukhi,
	unicode.Hangul,
	unicode.Han,
	unicode.Hebrew,
	unicode.Hiragana,
	unicode.Kannada,
	unicode.Katakana,
	unicode.Khmer,
	unicode.Lao,
	unicode.Latin,
	unicode.Malayalam,
	unicode.Myanmar,
	unicode.Oriya,
	unicode.Sinhala,
	unicode.Tamil,
	unicode.Telugu,
	unicode.Thaana,
	unicode.Thai,
	unicode.Tibetan,
	unicode.Meetei_Mayek,
	unicode.Ol_Chiki,
	unicode.Syriac,
}

// eastern are the scripts that stand in one word in China, Japan and Korea.
var eastern = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// Written reports whether all of a name is in scripts in use, and each of its words in one. In others, such as
// Cherokee, Lisu and Coptic, whole names look like Latin ones, and so do the small capitals of phonetics; and many a
// script has a letter that looks like one of another.
func Written(name string) bool {
	var word *unicode.RangeTable
	for _, r := range name {
		if !unicode.In(r, written...) || r >= '\u1d00' && r <= '\u1dbf' {
			return false
		}
		of := scriptOf(r)
		switch {
		case of == nil && !unicode.Is(unicode.M, r) && r != joiner && r != nonJoiner:
			word = nil
		case of != nil && word != nil && of != word:
			return false
		case of != nil:
			word = of
		}
	}
	return true
}

// scriptOf is the script of a letter, nil where it is of several, or no letter.
func scriptOf(r rune) *unicode.RangeTable {
	if !unicode.IsLetter(r) || unicode.In(r, unicode.Common, unicode.Inherited) {
		return nil
	}
	if unicode.In(r, eastern...) {
		return unicode.Han
	}
	for _, script := range written {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}

// alike are the characters that look like another, in small letters where the capital looks the same.
var alike = func() map[rune]rune {
	m := map[rune]rune{}
	for one, others := range map[rune]string{
		'a': "аαɑΑА", 'b': "ЬВΒьʙ", 'c': "сСϲϹ", 'd': "ԁ", 'e': "еЕΕєҽ", 'g': "ɡցɢ", 'h': "һНΗհʜ", 'i': "іιɩıɪ",
		'j': "јϳЈ", 'k': "кκКΚҟ",
		'l': "IІΙ1|ӏӀ", 'm': "мМΜ", 'n': "ոΝɴ", 'o': "оοОΟ0օՕσ०০੦૦୦௦౦೦൦ഠ٠۰๐໐၀ဝ〇", 'p': "рρРΡ", 'r': "ʀ", 'q': "ԛգ",
		's': "ѕЅꜱ", 't': "тТΤτ", 'u': "υսʋ", 'v': "νѵ", 'w': "ԝѡա", 'x': "хХΧ×", 'y': "уγУΥүҮʏɣ", 'z': "ᴢΖ",
		'8': "৪੪", '9': "৭੧", '-': "‐‑‒–—−", '\'': "’‘ʼ`´",
		'అ': "ಅ", 'ఆ': "ಆ", 'ఇ': "ಇ", 'ఒ': "ಒ", 'ఓ': "ಓ", 'ఔ': "ಔ", 'జ': "ಜ", 'ఞ': "ಞ", 'ణ': "ಣ", 'బ': "ಬ", 'ఱ': "ಱ",
		'ల': "ಲ", 'ం': "ಂ", 'ః': "ಃ",
	} {
		for _, r := range others {
			m[r] = one
		}
	}
	return m
}()
