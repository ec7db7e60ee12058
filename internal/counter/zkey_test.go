package counter

import "testing"

// TestZReplayed: a Z is answered once with 201; its repeat says that it is one, and the key is no other day's.
func TestZReplayed(t *testing.T) {
	b := newEither(t)
	b.day(t)
	for i, want := range []struct {
		body   string
		status int
		again  string
	}{
		{"{}", 201, ""},
		{"{}", 200, "true"},
		{`{"reconcile":true}`, 200, "true"},
		{`{"day":"2026-11-20"}`, 422, ""},
	} {
		w := b.call(trusted, "POST", "/v1/reports/z", want.body, "Idempotency-Key", "z-1")
		if w.Code != want.status || w.Header().Get("Idempotency-Replayed") != want.again {
			t.Errorf("request %d: %d, replayed %q: %s", i+1, w.Code, w.Header().Get("Idempotency-Replayed"), w.Body)
		}
	}
}
