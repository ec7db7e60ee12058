package operations

import "testing"

// TestShort: a name of spaces alone is none.
func TestShort(t *testing.T) {
	for s, want := range map[string]bool{"": false, "  ": false, "\u00a0": false, "a\nb": false,
		"Counter 1": true, "चाय": true} {
		if err := short("name", s, 1, 80); (err == nil) != want {
			t.Errorf("%q: %v", s, err)
		}
	}
	if err := short("description", "", 0, 80); err != nil {
		t.Error(err)
	}
}
