package countertest

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Vault is a counter.Vault in memory.
type Vault struct {
	mu   sync.Mutex
	data map[string][]byte
	fail error
}

// NewVault returns an empty vault.
func NewVault() *Vault { return &Vault{data: map[string][]byte{}} }

// Refuse makes every write fail with err, until it is called with nil.
func (v *Vault) Refuse(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fail = err
}

// Dump returns everything in the vault, for tests that look for secrets.
func (v *Vault) Dump() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(v.data)) {
		b.WriteString(k + "=" + string(v.data[k]) + "\n")
	}
	return b.String()
}

// Get implements counter.Vault.
func (v *Vault) Get(key string) ([]byte, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.data[key]
	return slices.Clone(b), ok, nil
}

// Put implements counter.Vault.
func (v *Vault) Put(key string, value []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	v.data[key] = slices.Clone(value)
	return nil
}

// Delete implements counter.Vault.
func (v *Vault) Delete(key string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	delete(v.data, key)
	return nil
}

// List implements counter.Vault.
func (v *Vault) List(prefix string) ([]string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []string
	for k := range v.data {
		if strings.HasPrefix(k, prefix) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Copy returns another vault with the same things in it.
func (v *Vault) Copy() *Vault {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &Vault{data: maps.Clone(v.data)}
}
