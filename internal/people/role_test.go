package people

import (
	"strings"
	"testing"
)

// TestNotAllowedNamesTheRole: the sentence reads well with each role.
func TestNotAllowedNamesTheRole(t *testing.T) {
	for need, want := range map[Role]string{Manager: "it takes a manager", Owner: "it takes an owner"} {
		if r := NotAllowed(Trusted(Cashier), need); !strings.Contains(r.Error(), want) {
			t.Errorf("%s: %q does not say %q", need, r.Error(), want)
		}
	}
}
