package people

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"galla/state"
)

// Settings keeps persons, devices and the certificate. Values are small. Put and Delete have reached the disk when they
// return nil. Calls may come from any goroutine; this package sees to it that two writes of one key don't cross.
type Settings interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	Delete(key string) error // of a missing key is no error
	List(prefix string) (keys []string, err error)
}

// The keys that are this package's, beside those of tries.go. The first three are followed by a name.
const (
	personKey = "person/"
	deviceKey = "device/"
	tlsKey    = "tls/key" // outside the settings, see Keys; the whole key
	tlsMoved  = "tls/moved"

	tlsCertificate = "tls/certificate"
	firstKey       = "first/device" // the whole key: a setup from the page, and nobody has a console yet
)

// record writes down what a person does to the box, then does it; it returns what do returns.
type record = func(a state.Act, do func() error) error

// What is kept of an act beside who did what to whom.
type (
	actRole struct {
		Role string `json:"role"`
	}
	actDevice struct {
		Name    string `json:"name,omitempty"`
		Service string `json:"service,omitempty"`
		Person  string `json:"person,omitempty"`
	}
	actNothing struct{}
)

// load reads every record under a prefix.
func load[T any](v Settings, prefix string, each func(*T)) error {
	keys, err := v.List(prefix)
	if err != nil {
		return fmt.Errorf("read the list of %q: %w", prefix, err)
	}
	for _, k := range keys {
		r, err := read[T](v, k)
		if err != nil {
			return err
		}
		if r != nil {
			each(r)
		}
	}
	return nil
}

// read reads one record; nil: there is none.
func read[T any](v Settings, key string) (*T, error) {
	b, found, err := v.Get(key)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", key, err)
	}
	if !found {
		return nil, nil
	}
	r := new(T)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("read %q: %w", key, err)
	}
	return r, nil
}

func store(v Settings, key string, r any) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return v.Put(key, b)
}

// hash needs no salt and no slowness: what is hashed is random, a token or a request's key.
func hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}
