package setup

import (
	"strings"

	"galla/gateway"
	"galla/printer"
)

// Language is one the customer's screen speaks.
type Language struct {
	Code string `json:"code"`
	Name string `json:"name"` // in itself
}

// Languages lists them, English and Hindi first.
func Languages() []Language {
	return []Language{{"en", "English"}, {"hi", "हिन्दी"}, {"ta", "தமிழ்"}, {"bn", "বাংলা"}, {"te", "తెలుగు"},
		{"mr", "मराठी"}, {"gu", "ગુજરાતી"},
		{"kn", "ಕನ್ನಡ"}, {"ml", "മലയാളം"}, {"pa", "ਪੰਜਾਬੀ"}, {"or", "ଓଡ଼ିଆ"}}
}

// Printers lists the names of the printers' profiles, the one that fits everything first.
func Printers() (names []string) {
	for _, p := range printer.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// Matter leaves out what an account's examination found about calls that no sale needs.
func Matter(found []gateway.Finding) (out []gateway.Finding) {
	for _, f := range found {
		if f.Check != "path" && f.Check != "mandates" && f.Check != "recovery" {
			out = append(out, f)
		}
	}
	return out
}

// Good says that sales can be taken.
func Good(found []gateway.Finding) bool {
	for _, f := range found {
		if f.Level == gateway.LevelBad {
			return false
		}
	}
	return len(found) > 0
}

// Sentence makes a cause, such as an error's text, the sentence that a person reads.
func Sentence(cause string) string {
	cause = strings.TrimSuffix(cause, ".")
	if cause == "" {
		return ""
	}
	return strings.ToUpper(cause[:1]) + cause[1:] + "."
}
