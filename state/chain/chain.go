package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is a place's hash. Zero is none: before the first event, or of a place that a salvage could not find.
type Hash [sha256.Size]byte

// Link is the hash of an event in the chain, over the hash before it (nothing before the first) and the event's bytes.
func Link(prev, event []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(event)
	return h.Sum(nil)
}

// Place is one place of a chain: an event's bytes as they were written, or nil where only the hash is left.
type Place struct {
	Hash  Hash
	Event []byte
}

// Stretch is consecutive places: After+1, After+2 and so on.
type Stretch struct {
	After  uint64
	Before Hash // of place After
	Places []Place
	Root   bool // nothing before place After+1 is there
}

// Last is the number of the last place; After if there is none.
func (s *Stretch) Last() uint64 { return s.After + uint64(len(s.Places)) }

// MarshalText writes 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes, and nothing else.
func (h *Hash) UnmarshalText(text []byte) error {
	var got Hash
	if len(text) == 2*len(got) {
		if _, err := hex.Decode(got[:], text); err == nil && string(hex.AppendEncode(nil, got[:])) == string(text) {
			*h = got
			return nil
		}
	}
	return fmt.Errorf("%.80q is no hash: want %d lower-case hexadecimal digits", text, 2*len(got))
}
