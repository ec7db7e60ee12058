package money

import (
	"strings"
	"testing"
)

// Every number below a hundred has words of its own, in both languages.
func TestSmallNumbersDiffer(t *testing.T) {
	for name, tg := range map[string]tongue{"en": english, "hi": hindi} {
		seen := map[string]uint64{}
		for n := range uint64(100) {
			w := tg.small(n)
			if other, twice := seen[w]; twice || w == "" {
				t.Errorf("%s: %d and %d are both %q", name, other, n, w)
			}
			seen[w] = n
		}
	}
}

// The words mean the amount: what is spelled is read back by a reader that knows only the words' values.
func TestEnglishMeansTheAmount(t *testing.T) {
	value := map[string]uint64{}
	for n := range uint64(20) {
		value[englishOnes[n]] = n
	}
	for i, w := range englishTens {
		value[w] = uint64(10 * i)
	}
	scale := map[string]uint64{"thousand": 1000, "lakh": 100_000, "crore": 10_000_000}
	read := func(words []string) (sum uint64) {
		var part uint64
		for _, w := range words {
			switch s, isScale := scale[w]; {
			case w == "and":
			case w == "hundred":
				part *= 100
			case isScale:
				sum, part = sum+part*s, 0
			default:
				part += value[w]
			}
		}
		return sum + part
	}
	for n := uint64(1); n < 100_00_00_000; n += n/7 + 1 {
		if got := read(strings.Fields(strings.Join(english.number(nil, n, false), " "))); got != n {
			t.Fatalf("%d is spelled %q, which means %d", n, english.number(nil, n, false), got)
		}
	}
}
