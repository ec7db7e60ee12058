package till

import (
	crypto "crypto/rand"
	"math/rand/v2"
	"time"
)

// chance draws what must differ from till to till: references, and the jitter of waits. The engine's goroutine alone uses it.
type chance struct{ *rand.Rand }

// newChance draws from src; nil means from what the system gives, by a generator nobody can foresee.
func newChance(src rand.Source) chance {
	if src == nil {
		var seed [32]byte
		crypto.Read(seed[:]) // never fails (crypto/rand, since Go 1.24)
		src = rand.NewChaCha8(seed)
	}
	return chance{rand.New(src)}
}

// token makes n random characters that a person can read out: no vowels, no look-alikes.
func (c chance) token(n int) string {
	const letters = "0123456789BCDFGHJKMNPQRSTVWXYZ"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[c.IntN(len(letters))]
	}
	return string(b)
}

// upTo draws a time from 0 up to d.
func (c chance) upTo(d time.Duration) time.Duration { return time.Duration(c.Int64N(int64(d))) }
