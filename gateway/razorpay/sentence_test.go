package razorpay

import (
	"testing"

	"galla/gateway"
)

// TestRefusalsHaveCodes: whatever a documented refusal tells the cashier can be told in other languages.
func TestRefusalsHaveCodes(t *testing.T) {
	for _, d := range documented {
		if d.cashier != "" && gateway.SentenceCode(d.cashier) == "" {
			t.Errorf("the sentence for %q has no code: %s", d.text, d.cashier)
		}
	}
}
