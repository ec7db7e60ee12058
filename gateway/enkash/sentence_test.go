package enkash

import (
	"testing"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// TestRefusalsHaveCodes: whatever a known refusal tells the cashier can be told in other languages.
func TestRefusalsHaveCodes(t *testing.T) {
	for _, f := range wire.Failures {
		if f.Cashier != "" && gateway.SentenceCode(f.Cashier) == "" {
			t.Errorf("the sentence for %q has no code: %s", f.Words, f.Cashier)
		}
	}
}
