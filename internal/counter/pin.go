package counter

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"galla/internal/counter/wire"
)

// How a PIN is hashed: argon2id (RFC 9106) with 19 MiB and two passes, the smallest setting OWASP's password storage
// sheet recommends, because a Pi does it several times when a PIN is set. A PIN has few values whatever the hash: what
// protects it is that guesses are counted and that the file is the owner's alone.
const (
	pinPasses = 2
	pinMemory = 19 << 10 // KiB
	pinSalt   = 16
	pinHash   = 32
)

// Guesses are free up to freeGuesses; after that each wrong one doubles the wait, from firstWait to longestWait.
const (
	freeGuesses = 4
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// hashing lets one PIN be hashed at a time, so that a storm of guesses can't take the memory of the box.
var hashing sync.Mutex

func hashPIN(pin string) string {
	salt := make([]byte, pinSalt)
	rand.Read(salt)
	b := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%s$%s", pinPasses, pinMemory, b.EncodeToString(salt), b.EncodeToString(derive(pin, salt, pinPasses, pinMemory)))
}

func derive(pin string, salt []byte, passes, memory uint32) []byte {
	hashing.Lock()
	defer hashing.Unlock()
	return argon2.IDKey([]byte(pin), salt, passes, memory, 1, pinHash)
}

// checkPIN compares a PIN with its hash. A hash that can't be read matches nothing.
func checkPIN(pin, hash string) bool {
	var passes, memory uint32
	parts := strings.Split(hash, "$")
	if len(parts) != 5 || parts[0] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscan(parts[1], &passes); err != nil || passes < 1 || passes > 10 {
		return false
	}
	if _, err := fmt.Sscan(parts[2], &memory); err != nil || memory < 8 || memory > 1<<20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(want) != pinHash {
		return false
	}
	return subtle.ConstantTimeCompare(derive(pin, salt, passes, memory), want) == 1
}

// goodPIN refuses PINs that a bystander guesses first.
func goodPIN(pin string) error {
	bad := func(why string) error {
		p := problem(badRequest, why, "Choose 4 to 8 digits that others don't guess.")
		p.Field = "pin"
		return p
	}
	if len(pin) < 4 || len(pin) > 8 {
		return bad("a PIN has 4 to 8 digits")
	}
	same, up, down := true, true, true
	for i := range len(pin) {
		if pin[i] < '0' || pin[i] > '9' {
			return bad("a PIN has digits only")
		}
		if i > 0 {
			step := int(pin[i]) - int(pin[i-1])
			same, up, down = same && step == 0, up && step == 1, down && step == -1
		}
	}
	if same || up || down {
		return bad("this PIN is too easy: all the same digit, or counting")
	}
	return nil
}

// guesses counts wrong tries at one secret.
type guesses struct {
	Wrong int       `json:"wrong,omitempty"`
	Until time.Time `json:"until,omitzero"` // no try before
}

// wait says how long the next try has to wait. A clock that jumped back doesn't lock anyone out for longer than the
// longest wait.
func (g *guesses) wait(now time.Time) time.Duration {
	return min(max(0, g.Until.Sub(now)), longestWait)
}

func (g *guesses) wrong(now time.Time) {
	g.Wrong++
	if n := g.Wrong - freeGuesses; n > 0 {
		g.Until = now.Add(min(firstWait<<min(n-1, 10), longestWait))
	}
}

// tooManyGuesses says how long to wait; next is what to do then.
func tooManyGuesses(wait time.Duration, next string) *wire.Problem {
	p := problem(tooOften, fmt.Sprintf("there were too many wrong tries: the next is possible in %s", wait.Round(time.Second)), next)
	p.Wait = wait
	return p
}
