package segment

import (
	"strings"
	"testing"
)

// TestDecode: messages are bounded and their hashes are hashes; what a newer side adds is passed over.
func TestDecode(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	place := `{"seq":1,"hash":"` + hash + `"}`
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(place+",", n), ",") }
	for name, c := range map[string]struct {
		text string
		into any
		ok   bool
	}{
		"heads":                {`{"heads":[` + place + `],"newer":{"x":1}}`, &Heads{}, true},
		"no heads":             {`{}`, &Heads{}, true},
		"as many as may be":    {`{"heads":[` + many(MaxHeads) + `]}`, &Heads{}, true},
		"too many heads":       {`{"heads":[` + many(MaxHeads+1) + `]}`, &Heads{}, false},
		"too many of a taking": {`{"verdict":"gap","heads":[` + many(MaxHeads+1) + `]}`, &Taken{}, false},
		"a locator":            {`{"places":[` + many(MaxLocator) + `]}`, &Places{}, true},
		"too long a locator":   {`{"places":[` + many(MaxLocator+1) + `]}`, &Places{}, false},
		"a short hash":         {`{"heads":[{"seq":1,"hash":"ab"}]}`, &Heads{}, false},
		"a negative place":     {`{"heads":[{"seq":-1,"hash":"` + hash + `"}]}`, &Heads{}, false},
		"two values":           {`{} {}`, &Heads{}, false},
		"a page":               {`<html>`, &Heads{}, false},
		"nothing":              {``, &Heads{}, false},
		"too long":             {`{"x":"` + strings.Repeat("x", MaxMessage) + `"}`, &Heads{}, false},
	} {
		if err := Decode([]byte(c.text), c.into); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
