package letters

import "strings"

// SaleCells are the cells of a sale's line, parted by tabs, for a terminal of so many columns; 0: no terminal. What a
// narrow one has no room for is left out: galla show has it. The last of rest is a mark, which stays.
func SaleCells(columns int, name, opened, amount, phase string, rest ...string) string {
	cells := append([]string{name, opened, amount, phase}, rest...)

	if mark := rest[len(rest)-1]; columns > 0 && columns < 60 {
		cells = []string{name, amount, phase, mark}
	} else if columns > 0 && columns < 110 {
		cells = []string{name, opened, amount, phase, mark}
	}

	return strings.Join(cells, "\t")
}
