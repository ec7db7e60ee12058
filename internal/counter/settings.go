package counter

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Settings keeps what the counter owns beside the sales; each package names what it keeps in it. Values are small.
// Put and Delete have reached the disk when they return nil. Calls may come from any goroutine; the counter itself sees
// to it that two writes of one key don't cross.
type Settings interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	Delete(key string) error // of a missing key is no error
	List(prefix string) (keys []string, err error)
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// hashToken needs no salt and no slowness: the token is random.
func hashToken(t string) string {
	h := sha256.Sum256([]byte(t))
	return hex.EncodeToString(h[:])
}
