package money

import "strings"

// Spoken spells the amount as it is said at a counter: "two hundred and fifty rupees and fifty paise", "दो सौ पचास
// रुपये और पचास पैसे". Hindi is "hi"; every other language gets English.
func (p Paise) Spoken(language string) string {
	t := english
	if language == "hi" {
		t = hindi
	}
	sign, rupees, paise := p.parts()
	if sign != "" {
		return t.minus + " " + t.spell(rupees, paise)
	}
	return t.spell(rupees, paise)
}

// Words spells the amount as it is written on an Indian receipt: "Rupees One Lakh Twenty Five Thousand and Fifty Paise
// Only", "एक लाख पच्चीस हज़ार रुपये और पचास पैसे मात्र". Hindi is "hi"; every other language gets English.
func (p Paise) Words(language string) string {
	if language == "hi" {
		return p.Spoken("hi") + " मात्र"
	}
	sign, rupees, paise := p.parts()
	written := english
	written.and = "" // before the paise alone
	var w []string
	if sign != "" {
		w = append(w, written.minus)
	}
	switch {
	case rupees > 0:
		w = written.number(append(w, written.rupees), rupees, false)
	case paise == 0:
		w = append(w, written.rupees, written.small(0))
	}
	if paise > 0 {
		if rupees > 0 {
			w = append(w, written.between)
		}
		w = append(written.number(w, paise, false), written.paise)
	}
	w = strings.Fields(strings.Join(append(w, "only"), " "))
	for i, s := range w {
		if s != written.between {
			w[i] = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return strings.Join(w, " ")
}
