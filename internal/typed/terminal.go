package typed

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// colour is what our own programs send to a terminal beside text: a colour of the foreground, and back.
var colour = regexp.MustCompile(`^\x1b\[3[0-79]m`)

// Escape writes what a terminal would obey, or not show, as JSON writes it: "\u202e". Lines, tabs and colours stay, so
// a text of JSON stays one.
func Escape(s string) string {
	if Printable(s) {
		return s
	}
	var b strings.Builder
	before, marks := rune(0), 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		marks = counted(r, marks)
		switch {
		case r == '\n' || r == '\t' || fits(r, before, marks):
			b.WriteString(s[i : i+n])
		case r == '\x1b' && colour.MatchString(s[i:]):
			n = len(colour.FindString(s[i:]))
			b.WriteString(s[i : i+n])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		before = r
		i += n
	}
	return b.String()
}

// Terminal is a writer to a terminal, which gets every text by Escape. A character must not be split between two
// writes.
func Terminal(w io.Writer) io.Writer { return terminal{w} }

type terminal struct{ w io.Writer }

func (t terminal) Write(p []byte) (int, error) {
	if _, err := io.WriteString(t.w, Escape(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
