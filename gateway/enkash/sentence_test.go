package enkash

import (
	"testing"

	"galla/gateway"
)

// TestRefusalsHaveCodes: whatever a known refusal tells the cashier can be told in other languages.
func TestRefusalsHaveCodes(t *testing.T) {
	for _, f := range failures {
		if f.cashier != "" && gateway.SentenceCode(f.cashier) == "" {
			t.Errorf("the sentence for %q has no code: %s", f.words, f.cashier)
		}
	}
}
