package interview

import (
	"cmp"
	"strconv"
	"strings"

	"galla/internal/setup"
)

func askScreen(t *Terminal, x *setup.Answers) error {
	var names, codes []string
	for _, l := range setup.Languages() {
		names, codes = append(names, l.Code+" "+l.Name), append(codes, l.Code)
	}
	was := append(append([]string{}, x.Languages...), "", "")
	first, err := t.one("Its language ("+strings.Join(names, ", ")+")", cmp.Or(was[0], "en"), codes...)
	if err != nil {
		return err
	}

	second := cmp.Or(was[1], "hi")
	if second == first {
		second = "en"
	}
	second, err = t.one("A second language under the first, or none", second, append(codes, "none", "")...)
	if err != nil {
		return err
	}
	x.Languages = []string{first}
	if second != "none" && second != "" && second != first {
		x.Languages = append(x.Languages, second)
	}

	turn, err := t.one("Turned clockwise by 0, 90, 180 or 270 degrees", strconv.Itoa(x.Rotate), "0", "90", "180", "270")
	if err != nil {
		return err
	}
	x.Rotate, err = strconv.Atoi(turn)
	return err
}
