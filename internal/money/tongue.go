package money

import "strings"

// tongue is how one language counts money, in the Indian system of hundreds, thousands, lakhs and crores.
type tongue struct {
	small                          func(n uint64) string // 0 to 99
	hundred, thousand, lakh, crore string
	and                            string // between the hundreds and what follows; empty: nothing
	rupee, rupees, paisa, paise    string
	between                        string // between rupees and paise
	minus                          string
}

var english = tongue{
	small:    englishSmall,
	hundred:  "hundred",
	thousand: "thousand",
	lakh:     "lakh",
	crore:    "crore",
	and:      "and",
	rupee:    "rupee",
	rupees:   "rupees",
	paisa:    "paisa",
	paise:    "paise",
	between:  "and",
	minus:    "minus",
}

var hindi = tongue{
	small:    func(n uint64) string { return hindiSmall[n] },
	hundred:  "सौ",
	thousand: "हज़ार",
	lakh:     "लाख",
	crore:    "करोड़",
	rupee:    "रुपया",
	rupees:   "रुपये",
	paisa:    "पैसा",
	paise:    "पैसे",
	between:  "और",
	minus:    "ऋण",
}

// spell says an amount in words: "two hundred and fifty rupees and fifty paise".
func (t tongue) spell(rupees, paise uint64) string {
	var w []string
	switch {
	case rupees == 0 && paise == 0:
		w = append(w, t.small(0), t.rupees)
	case rupees > 0:
		w = append(t.number(nil, rupees, false), pick(rupees, t.rupee, t.rupees))
	}
	if rupees > 0 && paise > 0 {
		w = append(w, t.between)
	}
	if paise > 0 {
		w = append(w, t.small(paise), pick(paise, t.paisa, t.paise))
	}
	return strings.Join(w, " ")
}

func pick(n uint64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// number appends the words of n; nothing for zero. following says that larger parts stand before it.
func (t tongue) number(w []string, n uint64, following bool) []string {
	for _, scale := range []struct {
		value uint64
		name  string
	}{{1_00_00_000, t.crore}, {1_00_000, t.lakh}, {1_000, t.thousand}, {100, t.hundred}} {
		if n >= scale.value {
			w = append(t.number(w, n/scale.value, false), scale.name)
			n, following = n%scale.value, true
		}
	}
	if n == 0 {
		return w
	}
	if following && t.and != "" {
		w = append(w, t.and)
	}
	return append(w, t.small(n))
}

var englishOnes = [20]string{
	"zero",
	"one",
	"two",
	"three",
	"four",
	"five",
	"six",
	"seven",
	"eight",
	"nine",
	"ten",
	"eleven",
	"twelve",
	"thirteen",
	"fourteen",
	"fifteen",
	"sixteen",
	"seventeen",
	"eighteen",
	"nineteen",
}
var englishTens = [10]string{2: "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}

func englishSmall(n uint64) string {
	switch {
	case n < 20:
		return englishOnes[n]
	case n%10 == 0:
		return englishTens[n/10]
	}
	return englishTens[n/10] + " " + englishOnes[n%10]
}

// hindiSmall is a list because Hindi has a word of its own for every number below a hundred.
var hindiSmall = [100]string{
	"शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ",
	"दस", "ग्यारह", "बारह", "तेरह", "चौदह", "पंद्रह", "सोलह", "सत्रह", "अठारह", "उन्नीस",
	"बीस", "इक्कीस", "बाईस", "तेईस", "चौबीस", "पच्चीस", "छब्बीस", "सत्ताईस", "अट्ठाईस", "उनतीस",
	"तीस", "इकतीस", "बत्तीस", "तैंतीस", "चौंतीस", "पैंतीस", "छत्तीस", "सैंतीस", "अड़तीस", "उनतालीस",
	"चालीस", "इकतालीस", "बयालीस", "तैंतालीस", "चवालीस", "पैंतालीस", "छियालीस", "सैंतालीस", "अड़तालीस", "उनचास",
	"पचास", "इक्यावन", "बावन", "तिरपन", "चौवन", "पचपन", "छप्पन", "सत्तावन", "अट्ठावन", "उनसठ",
	"साठ", "इकसठ", "बासठ", "तिरसठ", "चौंसठ", "पैंसठ", "छियासठ", "सड़सठ", "अड़सठ", "उनहत्तर",
	"सत्तर", "इकहत्तर", "बहत्तर", "तिहत्तर", "चौहत्तर", "पचहत्तर", "छिहत्तर", "सतहत्तर", "अठहत्तर", "उन्यासी",
	"अस्सी", "इक्यासी", "बयासी", "तिरासी", "चौरासी", "पचासी", "छियासी", "सत्तासी", "अट्ठासी", "नवासी",
	"नब्बे", "इक्यानवे", "बानवे", "तिरानवे", "चौरानवे", "पचानवे", "छियानवे", "सत्तानवे", "अट्ठानवे", "निन्यानवे",
}
