package gatewaytest

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice is the chance of one request, or of one payment: every draw is a function of the run's seed, of what
// the request is about (its operation, its order, how often that was asked before) and of the draw's name.
// So a run repeats from its seed even when requests of different sales change places, and switching
// one knob does not change what the others do.
type dice struct {
	seed uint64
	key  string
}

func (s *Sim) dice(key string) dice { return dice{s.seed, key} }

// source returns the generator behind one named draw.
func (d dice) source(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(d.key))
	h.Write([]byte{0})
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(d.seed, h.Sum64()))
}

// hit says whether a misbehaviour of p per cent happens.
func (d dice) hit(p Percent, name string) bool {
	return p > 0 && d.source(name).IntN(100) < int(p)
}

// upTo draws a time from 0 up to and including most.
func (d dice) upTo(most time.Duration, name string) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(d.source(name).Int64N(int64(most) + 1))
}

// pick draws one of the given values.
func pick[T any](d dice, name string, of ...T) T { return of[d.source(name).IntN(len(of))] }

const (
	digits  = "0123456789"
	letters = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// text draws n characters of an alphabet.
func (d dice) text(name, alphabet string, n int) string {
	r := d.source(name)
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}
