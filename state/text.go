package state

import (
	"unicode"
	"unicode/utf8"
)

// Printable says that a text has nothing that is not seen, or that changes how the rest is seen: no control characters, no marks of
// direction, no zero width but the two joiners that scripts of India need, no separators of lines, and nothing that is no UTF-8.
func Printable(s string) bool {
	for _, r := range s {
		switch {
		case r == '\u200c' || r == '\u200d':
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return false
		}
	}
	return true
}
