package counter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Vault keeps what the counter owns beside the sales; the names of what package people keeps in it are that package's. Values are small.
// Put and Delete have reached the disk when they return nil. Calls may come from any goroutine; the counter itself sees to
// it that two writes of one key don't cross.
type Vault interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	Delete(key string) error // of a missing key is no error
	List(prefix string) (keys []string, err error)
}

// The keys, each followed by a name.
const (
	zKey    = "z/"
	hookKey = "hook/"
)

// load reads every record under a prefix.
func load[T any](v Vault, prefix string, each func(*T)) error {
	keys, err := v.List(prefix)
	if err != nil {
		return fmt.Errorf("read the list of %q: %w", prefix, err)
	}
	for _, k := range keys {
		b, found, err := v.Get(k)
		if err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		if !found {
			continue
		}
		r := new(T)
		if err := json.Unmarshal(b, r); err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		each(r)
	}
	return nil
}

func store(v Vault, key string, r any) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return v.Put(key, b)
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// hashToken needs no salt and no slowness: the token is random.
func hashToken(t string) string {
	h := sha256.Sum256([]byte(t))
	return hex.EncodeToString(h[:])
}
