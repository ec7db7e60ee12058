package countertest

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Settings is a counter.Settings in memory.
type Settings struct {
	mu   sync.Mutex
	data map[string][]byte
	fail error
}

// NewSettings returns empty settings.
func NewSettings() *Settings { return &Settings{data: map[string][]byte{}} }

// Refuse makes every write fail with err, until it is called with nil.
func (v *Settings) Refuse(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fail = err
}

// Dump returns everything in the settings, for tests that look for secrets.
func (v *Settings) Dump() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(v.data)) {
		b.WriteString(k + "=" + string(v.data[k]) + "\n")
	}
	return b.String()
}

// Get implements counter.Settings.
func (v *Settings) Get(key string) ([]byte, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.data[key]
	return slices.Clone(b), ok, nil
}

// Put implements counter.Settings.
func (v *Settings) Put(key string, value []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	v.data[key] = slices.Clone(value)
	return nil
}

// Delete implements counter.Settings.
func (v *Settings) Delete(key string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	delete(v.data, key)
	return nil
}

// List implements counter.Settings.
func (v *Settings) List(prefix string) ([]string, error) {
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

// Copy returns other settings with the same things in it.
func (v *Settings) Copy() *Settings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &Settings{data: maps.Clone(v.data)}
}
