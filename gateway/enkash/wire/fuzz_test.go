package wire

import (
	"encoding/json"
	"testing"

	"galla/internal/money"
)

func FuzzRupees(f *testing.F) {
	for _, s := range []string{`250.50`, `"250.50"`, `{"value":1,"currency":"INR"}`, `1e-2`, `null`, `""`, `-1`,
		`{"value":{}}`, `[]`, `1.0E7`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var r Rupees
		if json.Unmarshal([]byte(s), &r) != nil || !r.Set {
			return
		}
		b, err := json.Marshal(r)
		var back Rupees
		if err != nil || json.Unmarshal(b, &back) != nil || back != r || r.Paise < 0 || r.Paise > money.Max {
			t.Errorf("%s -> %v -> %s -> %v", s, r, b, back)
		}
	})
}
