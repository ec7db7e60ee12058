package chain

import (
	"encoding/hex"
	"strings"
	"testing"
)

// TestLink: two hashes made by sha256sum, which no code of ours may change.
func TestLink(t *testing.T) {
	first := Link(nil, []byte("abc"))
	if got := hex.EncodeToString(first); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("the first event's hash is %s", got)
	}
	second := Link(first, []byte("abc"))
	if got := hex.EncodeToString(second); got != "3043d048d0d28ecf94e6eb021f76e69b76a1ead7d7a0d1392696bb2c09c261f1" {
		t.Errorf("the second event's hash is %s", got)
	}
}

// TestHashText: a hash has one text, and no other text is a hash.
func TestHashText(t *testing.T) {
	h := Hash(Link(nil, []byte("abc")))
	text, err := h.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back Hash
	if err := back.UnmarshalText(text); err != nil || back != h {
		t.Errorf("%s reads as %x: %v", text, back, err)
	}
	upper := strings.ToUpper(string(text))
	for _, bad := range []string{"", "ba", string(text) + "00", upper, "zz" + string(text[2:])} {
		if err := back.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}
