package typed

import "unicode"

// BillKey is what bill numbers have in common that a person takes for the same: whatever their case, width, digits,
// dashes, spaces, accents, and letters of other scripts that look like Latin ones. "BILL-17", "bill‑17" with a
// non-breaking hyphen and "ＢＩＬＬ－１７" have one key.
//
// Rows of the sales file are found by it, so it never changes for a text; what it takes for the same can only be
// widened with a step of the schema.
func BillKey(reference string) string {
	var key []rune
	for _, r := range reference {
		if r >= '\uff01' && r <= '\uff5e' { // full width
			r -= 0xfee0
		}
		switch {
		case unicode.Is(unicode.Nd, r):
			r = '0' + digit(r)
		case unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u2043', r == '\u00b7', r == '\u30fc':
			r = '-'
		case r == '\u2044', r == '\u2215', r == '\u29f8':
			r = '/'
		case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
			r = ' '
		case r == '\u200c', r == '\u200d', r >= '\u0300' && r <= '\u036f': // joiners; accents of their own
			continue
		}
		r = unicode.ToUpper(r)
		if like, ok := lookAlikes[r]; ok {
			r = like
		}

		last := rune(' ')
		if n := len(key); n > 0 {
			last = key[n-1]
		}
		switch {
		case r == ' ' && (last == ' ' || last == '-' || last == '/'):
			continue
		case (r == '-' || r == '/') && last == ' ' && len(key) > 0:
			key = key[:len(key)-1]
		}
		key = append(key, r)
	}
	if n := len(key); n > 0 && key[n-1] == ' ' {
		key = key[:n-1]
	}
	return string(key)
}

// digit is the value of a decimal digit of any script: each script has ten in a row, and the table begins its ranges
// with a zero.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if lo := rune(t.Lo); r >= lo && r <= rune(t.Hi) {
			return (r - lo) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo := rune(t.Lo); r >= lo && r <= rune(t.Hi) {
			return (r - lo) % 10
		}
	}
	return 0
}

// lookAlikes are capital letters that look like a Latin one: Greek and Cyrillic, and Latin ones with an accent.
var lookAlikes = func() map[rune]rune {
	like := map[rune]rune{}
	for latin, others := range map[rune]string{
		'A': "ΑАÀÁÂÃÄÅĀĂĄ", 'B': "ΒВ", 'C': "СϹÇĆĈĊČ", 'D': "ĎĐ", 'E': "ΕЕЀЁÈÉÊËĒĔĖĘĚ", 'F': "Ϝ", 'G': "ĜĞĠĢԌ",
		'H': "ΗНĤĦ", 'I': "ΙІЇӀÌÍÎÏĨĪĬĮİ",
		'J': "ЈĴͿ", 'K': "ΚКĶ", 'L': "ĹĻĽĿŁ", 'M': "ΜМϺ", 'N': "ΝÑŃŅŇ", 'O': "ΟОÒÓÔÕÖØŌŎŐ", 'P': "ΡР", 'Q': "Ԛ",
		'R': "ŔŖŘ", 'S': "ЅŚŜŞŠ", 'T': "ΤТŢŤŦ",
		'U': "ÙÚÛÜŨŪŬŮŰŲ", 'W': "ԜŴ", 'X': "ΧХ", 'Y': "ΥҮÝŶŸ", 'Z': "ΖŹŻŽ",
	} {
		for _, r := range others {
			like[r] = latin
		}
	}
	return like
}()
