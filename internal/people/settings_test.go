package people

import (
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/state"
)

// shop is an address in the shop's network, and counter a device there.
var (
	shop    = netip.MustParseAddr("192.168.1.20")
	counter = From{Place: "d1", Label: "PC", By: "device:d1"}
)

var errDisk = errors.New("the disk is full")

// settings is one in memory whose next writes may fail, applied or not.
type settings struct {
	mu      sync.Mutex
	data    map[string][]byte
	refuse  bool // a write fails and is not applied
	pretend bool // a write fails, but is applied
}

func (v *settings) Get(key string) ([]byte, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.data[key]
	return slices.Clone(b), ok, nil
}

func (v *settings) write(apply func()) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.data == nil {
		v.data = map[string][]byte{}
	}
	if v.refuse {
		return errDisk
	}
	apply()
	if v.pretend {
		return errDisk
	}
	return nil
}

func (v *settings) Put(key string, value []byte) error {
	return v.write(func() { v.data[key] = slices.Clone(value) })
}

func (v *settings) Delete(key string) error { return v.write(func() { delete(v.data, key) }) }

func (v *settings) List(prefix string) (keys []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(v.data)) {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// bench is a directory over settings, with what it wrote down and a clock that is moved by hand.
type bench struct {
	*Directory
	settings *settings
	acts     []string // "person.add ravi by test"
	full     bool     // nothing more can be written down
	now      time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{settings: &settings{}, now: time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)}
	b.restart(t)
	return b
}

// restart loads the directory from the settings, as a start of gallad does.
func (b *bench) restart(t testing.TB) {
	t.Helper()
	d, err := Load(Options{
		Settings: b.settings,
		Record:   b.record,
		Now:      func() time.Time { return b.now },
		Cost:     Cost{Passes: 1, Memory: 64},
		Users:    map[uint32]Person{4242: {Name: "asha", Role: Manager}},
		Login:    func(uid uint32) string { return map[uint32]string{0: "root", 4243: "meena"}[uid] },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Directory = d
}

// record notes an act and does it.
func (b *bench) record(a state.Act, do func() error) error {
	if b.full {
		return errDisk
	}
	if _, err := json.Marshal(a.Detail); err != nil {
		return err
	}
	b.acts = append(b.acts, a.Kind+" "+a.Target+" by "+a.By)
	return do()
}

// dump is all that is kept.
func (b *bench) dump() string {
	var out strings.Builder
	for _, k := range slices.Sorted(maps.Keys(b.settings.data)) {
		out.WriteString(k + "=" + string(b.settings.data[k]) + "\n")
	}
	return out.String()
}

// staff adds an owner, a manager and a cashier.
func (b *bench) staff(t testing.TB) {
	t.Helper()
	for _, p := range []struct {
		name, role, pin string
	}{{"ravi", "owner", "2580"}, {"meena", "manager", "8642"}, {"asha", "cashier", "1379"}} {
		if _, err := b.Persons.Add(p.name, p.role, p.pin, "test", "key of "+p.name); err != nil {
			t.Fatal(err)
		}
	}
}

// phone pairs a device, lets it in, and returns who calls from it.
func (b *bench) phone(t testing.TB, service string) (who Caller, token string) {
	t.Helper()
	d, token, err := b.Pair(Newcomer{
		Code: b.Devices.Offer("test", service, false).Code,
		Name: "phone",
		Key:  "key of the phone",
		From: shop,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.Waiting {
		if err := b.Devices.LetIn(d.ID, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if who, err = b.ByToken(token); err != nil {
		t.Fatal(err)
	}
	return who, token
}

// refusal is the code of an error, 0 where it is none of ours.
func refusal(err error) Code {
	var r *Refusal
	if errors.As(err, &r) && r.Detail != "" && r.Next != "" && r.Error() == r.Detail {
		return r.Code
	}
	return 0
}
