package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost is what hashing one password takes. It is written beside each hash, so that a hash made at another cost is still
// compared.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB
}

// Usual is argon2id (RFC 9106) with 19 MiB and two passes, of OWASP's password storage sheet.
var Usual = Cost{Passes: 2, Memory: 19 << 10}

const (
	saltSize = 16
	hashSize = 32

	minPassword = 10 // characters
	maxPassword = 128
)

// hashing bounds how many passwords are hashed at a time: a storm of guesses takes no more than four times Usual.
var hashing = make(chan struct{}, 4)

func (c Cost) hash(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	b := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%s$%s", c.Passes, c.Memory, b.EncodeToString(salt),
		b.EncodeToString(c.derive(password, salt)))
}

func (c Cost) derive(password string, salt []byte) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, 1, hashSize)
}

// matches compares a password with a hash. One that can't be read matches nothing.
func matches(password, hash string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 5 || parts[0] != "argon2id" {
		return false
	}
	var c Cost
	if _, err := fmt.Sscan(parts[1], &c.Passes); err != nil || c.Passes < 1 || c.Passes > 10 {
		return false
	}
	if _, err := fmt.Sscan(parts[2], &c.Memory); err != nil || c.Memory < 8 || c.Memory > 1<<20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(want) != hashSize {
		return false
	}
	return subtle.ConstantTimeCompare(c.derive(password, salt), want) == 1
}

// good refuses passwords that guessers try first. The office may stand on the internet: a PIN of a box is too short.
func good(name, password string) error {
	n := utf8.RuneCountInString(password)
	distinct := map[rune]bool{}
	steps := 0 // how many characters count on from the one before, or are the same
	before := rune(-2)
	for _, r := range password {
		distinct[r] = true
		if r == before || r == before+1 || r == before-1 {
			steps++
		}
		before = r
	}
	switch {
	case !utf8.ValidString(password) || n < minPassword || len(password) > maxPassword:
		return refuse(BadPassword, fmt.Sprintf("a password has %d to %d characters", minPassword, maxPassword),
			"Choose a longer one: four words that have nothing to do with each other are good.")
	case len(distinct) < 5 || steps > n/2 || strings.Contains(strings.ToLower(password), fold(name)) && n < 16:
		return refuse(BadPassword, "this password is too easy: it repeats, counts, or has the name in it",
			"Choose another one: four words that have nothing to do with each other are good.")
	}
	return nil
}
