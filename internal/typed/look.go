package typed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Alike says whether two names look the same to whoever reads them in a hurry, whatever their case, width and script:
// "Asha" and "Аsha" with a Cyrillic letter. The pairs are those of Unicode's confusables (UTS 39) among Latin, Greek,
// Cyrillic and Armenian letters, among digits, and between Telugu and Kannada.
func Alike(a, b string) bool {
	return strings.EqualFold(a, b) || look(a) == look(b) || look(strings.ToLower(a)) == look(strings.ToLower(b))
}

// look is what is compared.
func look(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
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
	return strings.Join(strings.Fields(b.String()), " ")
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
