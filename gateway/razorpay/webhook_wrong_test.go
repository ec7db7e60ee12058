package razorpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
)

// TestCorners_17: a wrong webhook secret is told at once, not once for each event that anybody may send, and the doctor
// names it; an event that fits ends it.
func TestCorners_17(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := NewHooks([]string{"the right one"}, make(chan Hint, 8))
		if err != nil {
			t.Fatal(err)
		}
		var told []int
		h.Warn(func(n int) { told = append(told, n) })
		post := func(secret string) int {
			body := `{"event":"qr_code.credited"}`
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(body))
			r := httptest.NewRequest("POST", "/hints/razorpay", strings.NewReader(body))
			r.Header.Set("X-Razorpay-Signature", fmt.Sprintf("%x", mac.Sum(nil)))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code
		}
		for range 5 {
			if code := post("another"); code != http.StatusUnauthorized {
				t.Fatalf("a wrong signature: %d", code)
			}
		}
		if f := h.finding(); fmt.Sprint(told) != "[1]" || f.Level != gateway.LevelNote ||
			!strings.Contains(f.Says, "5 had a signature") ||
			f.Next == "" {
			t.Errorf("told %v, finding %+v", told, f)
		}
		time.Sleep(warnEvery)
		post("another")
		if fmt.Sprint(told) != "[1 6]" {
			t.Errorf("ten minutes later: told %v", told)
		}
		if code := post("the right one"); code != http.StatusNoContent {
			t.Fatalf("a right signature: %d", code)
		}
		if f := h.finding(); f.Level != gateway.LevelOK || h.Wrong() != 0 {
			t.Errorf("after one that fits: %+v", f)
		}
		post("another")
		if fmt.Sprint(told) != "[1 6 1]" {
			t.Errorf("wrong again: told %v", told)
		}
	})
}
