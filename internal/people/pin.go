package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime/debug"
	"strings"

	"golang.org/x/crypto/argon2"
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

// Cost is what hashing one PIN takes. It is written beside each hash, so that a hash made at another cost is still
// compared.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB
}

// hashing lets two PINs be hashed at a time, so that a storm of guesses can't take the memory of the box. Nobody waits
// for it under a lock that others need.
var hashing = make(chan struct{}, 2)

func (c Cost) hashPIN(pin string) string {
	salt := make([]byte, pinSalt)
	rand.Read(salt)
	b := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%s$%s",
		c.Passes, c.Memory, b.EncodeToString(salt), b.EncodeToString(c.derive(pin, salt)))
}

func (c Cost) derive(pin string, salt []byte) []byte {
	hashing <- struct{}{}
	defer func() {
		if c.Memory >= pinMemory {
			debug.FreeOSMemory() // or each hash of a storm leaves its 19 MiB behind for minutes
		}
		<-hashing
	}()
	return argon2.IDKey([]byte(pin), salt, c.Passes, c.Memory, 1, pinHash)
}

// checkPIN compares a PIN with its hash. A hash that can't be read matches nothing.
func checkPIN(pin, hash string) bool {
	var c Cost
	parts := strings.Split(hash, "$")
	if len(parts) != 5 || parts[0] != "argon2id" {
		return false
	}
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
	if err != nil || len(want) != pinHash {
		return false
	}
	return subtle.ConstantTimeCompare(c.derive(pin, salt), want) == 1
}

// goodPIN refuses PINs that a bystander guesses first.
func goodPIN(pin string) error {
	bad := func(why string) error {
		return unacceptable("pin", why, "Choose 4 to 8 digits that others don't guess.").as("pin")
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
