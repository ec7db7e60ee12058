package gateway

import "testing"

// TestSentencesHaveOneCodeEach: a code names one text and a text one code, and an Error finds its own.
func TestSentencesHaveOneCodeEach(t *testing.T) {
	codes, texts := map[string]bool{}, map[string]bool{}
	for _, s := range Sentences {
		if s.Code == "" || s.Text == "" || codes[s.Code] || texts[s.Text] {
			t.Errorf("code %q or its text is empty or there twice", s.Code)
		}
		codes[s.Code], texts[s.Text] = true, true
		if got := (&Error{Cashier: s.Text}).CashierCode(); got != s.Code {
			t.Errorf("the text of %q has the code %q", s.Code, got)
		}
	}
}
