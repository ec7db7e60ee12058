package catalogue

import "slices"

// Sentence is one entry of the catalogue: a code that programs and translations go by, and the English beside it. A
// value stands in braces: {amount} is the value "amount", or "amount_paise" (paise), "amount_at" (a moment),
// "amount_day" (a date). {amount_clock} is the time of day of "amount_at".
type Sentence struct {
	Code     string
	Text     string // how things stand
	Next     string // what to do now; may be empty
	Evidence string // what must be known before it is said
}

// Area is a part of the catalogue.
type Area struct {
	Name      string
	Sentences []Sentence
}

// Areas is every sentence that the API says with a code, beside those of gateways (gateway.Sentences). It is read
// only.
var Areas = []Area{
	{"Sales", saleSentences},
	{"Items that need a decision", itemSentences},
	{"Refunds", refundSentences},
	{"Mandates", mandateSentences},
	{"Standing QRs", standingSentences},
	{"Head office", officeSentences},
	{"Problems", problemSentences},
	{"Health", healthSentences},
	{"Doctor", slices.Concat(doctorSentences, boxSentences)},
}

var byCode = func() map[string]Sentence {
	all := map[string]Sentence{}
	for _, area := range Areas {
		for _, s := range area.Sentences {
			all[s.Code] = s
		}
	}
	return all
}()

// Of is the sentence of a code; false where there is none.
func Of(code string) (Sentence, bool) {
	s, ok := byCode[code]
	return s, ok
}
