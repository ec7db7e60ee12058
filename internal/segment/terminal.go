package segment

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/big"

	"galla/state/chain"
)

// TerminalID names a terminal: 16 letters a to z of the SHA-256 of its public key, 75 bits, for a telephone too.
func TerminalID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	rest, letters, digit := new(big.Int).SetBytes(sum[:]), big.NewInt(26), new(big.Int)
	id := make([]byte, idSize)
	for i := range id {
		rest.DivMod(rest, letters, digit)
		id[i] = 'a' + byte(digit.Int64())
	}
	return string(id)
}

// Open proves a segment and verifies that the terminal of this key signed it. The error is an ErrRefused.
func (g *Segment) Open(key ed25519.PublicKey) ([]chain.Place, error) {
	if len(key) != ed25519.PublicKeySize || TerminalID(key) != g.Terminal {
		return nil, fmt.Errorf("%w: terminal %q has another key", ErrRefused, g.Terminal)
	}
	places, sum, err := g.Prove()
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(key, g.signed(sum), g.Signature[:]) {
		return nil, fmt.Errorf("%w: its signature is not of terminal %s", ErrRefused, g.Terminal)
	}
	return places, nil
}
