package typed

import (
	"strings"
	"unicode"
)

// formula begin a cell that a spreadsheet takes for a formula, in the widths that it reads alike (OWASP, "CSV
// injection").
const formula = "=+-@＝＋－＠﹦﹢﹣﹫"

// Inert keeps a spreadsheet from taking a text, or what stands in it behind a semicolon, which some countries'
// spreadsheets take for the end of a cell, for a formula: a quote goes before it.
func Inert(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, ";") {
		if i > 0 {
			b.WriteByte(';')
		}
		if first := strings.TrimLeftFunc(part, blank); first != "" && strings.ContainsRune(formula, []rune(first)[0]) {
			b.WriteByte('\'')
		}
		b.WriteString(part)
	}
	return b.String()
}

// blank is what a spreadsheet cuts off a cell's beginning, or doesn't show. A quotation mark behind a semicolon is the
// end of an empty text in quotes to those that cells end at, and what follows it the cell.
func blank(r rune) bool { return unicode.IsSpace(r) || !Visible(r) || r == '"' }
