package wire

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"galla/internal/counter/wire/catalogue"
	"galla/internal/money"
)

// Values fill a sentence. Each is a string, or, by the end of its name: _paise an integer of paise, _at a moment as RFC
// 3339, _day a date as 2006-01-02, _count an integer.
type Values map[string]any

// Said is a sentence in an answer: its text, its code and its values.
type Said struct {
	Message       string `json:"message"`
	MessageCode   string `json:"message_code"`
	MessageValues Values `json:"message_values,omitempty"`
}

// Known reports whether the catalogue has the code.
func Known(code string) bool {
	_, ok := catalogue.Of(code)
	return ok
}

// Say gives the English of a code: how things stand, and what to do now. A code that the catalogue lacks is its own
// text.
func Say(code string, v Values) (text, next string) {
	s, ok := catalogue.Of(code)
	if !ok {
		return code, ""
	}
	return fill(s.Text, v), fill(s.Next, v)
}

// whole is Say in one text.
func whole(code string, v Values) string {
	text, next := Say(code, v)
	if next != "" {
		text += " " + next
	}
	return text
}

var place = regexp.MustCompile(`\{(\w+)\}`)

func fill(text string, v Values) string {
	return place.ReplaceAllStringFunc(text, func(braced string) string {
		name := braced[1 : len(braced)-1]
		if x, ok := v[name+"_paise"]; ok {
			return paise(x).String()
		}
		if x, ok := v[name+"_count"]; ok {
			return fmt.Sprint(x)
		}
		if moment, ok := strings.CutSuffix(name, "_clock"); ok {
			if x, ok := v[moment+"_at"].(string); ok {
				return dated(x, time.RFC3339, "15:04")
			}
		}
		if x, ok := v[name+"_at"].(string); ok {
			return dated(x, time.RFC3339, "Monday 2 January 2006, 15:04")
		}
		if x, ok := v[name+"_day"].(string); ok {
			return dated(x, time.DateOnly, "2 January 2006")
		}
		return fmt.Sprint(v[name])
	})
}

// paise reads an amount, also as encoding/json gives it back.
func paise(x any) money.Paise {
	switch n := x.(type) {
	case money.Paise:
		return n
	case float64:
		return money.Paise(n)
	}
	return 0
}

func dated(text, layout, human string) string {
	at, err := time.Parse(layout, text)
	if err != nil {
		return text
	}
	return at.Format(human)
}
