package voice

import "galla/internal/money"

// Languages are those in which amounts can be spoken, by the codes of View.Languages and of espeak-ng's voices.
var Languages = []string{"en", "hi"}

// Received is the sentence that says that p has come, in one of Languages.
func Received(p money.Paise, language string, demo bool) string {
	if language == "hi" {
		s := p.Spoken("hi") + " प्राप्त हुए"
		if p == 1 || p == money.Rupee { // the verb agrees in number
			s = p.Spoken("hi") + " प्राप्त हुआ"
		}
		if demo {
			s = "डेमो। " + s
		}
		return s
	}
	s := p.Spoken("en") + " received"
	if demo {
		s = "demo. " + s
	}
	return s
}
