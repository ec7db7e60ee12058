package people

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/internal/typed"
	"galla/state"
)

// Device may call over the network: a phone or PC with a console, or a service (billing software).
type Device struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Service string    `json:"service,omitempty"` // role of a device that works without a person
	Person  string    `json:"person,omitempty"`  // who is signed in
	Paired  time.Time `json:"paired_at"`
	By      string    `json:"by"`
	Seen    time.Time `json:"seen_at"` // to the hour: a write per request would wear the card
}

// device is what is kept of one. Its token is kept as a hash: whoever reads the vault can't use it.
type device struct {
	Device
	Hash  string `json:"hash"`
	Login string `json:"login,omitempty"` // the person's, when they signed in
}

// Devices are those that are paired, and the pairing code that is on offer. They are kept in memory and in the vault; the
// vault is written first.
type Devices struct {
	vault Vault
	write record
	now   func() time.Time

	mu      sync.Mutex
	byHash  map[string]*device
	pairing *pairing
	guesses guesses // at pairing codes, from anyone
}

func loadDevices(o Options) (*Devices, error) {
	d := &Devices{vault: o.Vault, write: o.Record, now: o.Now, byHash: map[string]*device{}}
	err := load(o.Vault, deviceKey, func(r *device) { d.byHash[r.Hash] = r })
	return d, err
}

// find returns the device with the token.
func (d *Devices) find(token string) (device, bool) {
	at := hash(token)
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.byHash[at]
	if !ok {
		return device{}, false
	}
	if now := d.now(); now.Sub(r.Seen) > time.Hour {
		n := *r
		n.Seen = now
		if store(d.vault, deviceKey+n.ID, &n) == nil { // when it fails, it is tried again with the next request
			d.byHash[at] = &n
			r = &n
		}
	}
	return *r, true
}

// byID returns the device with the id, nil where there is none. The caller holds mu.
func (d *Devices) byID(id string) *device {
	for _, r := range d.byHash {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// freeName is the name, with a number behind it where a device other than the one with the id has one that looks the same: who revokes one must
// not take it for the other. The caller holds mu.
func (d *Devices) freeName(name, except string) string {
	free := name
	for n := 2; ; n++ {
		taken := false
		for _, r := range d.byHash {
			taken = taken || r.ID != except && typed.Alike(r.Name, free)
		}
		if !taken {
			return free
		}
		number := fmt.Sprintf(" %d", n)
		short := []rune(name)
		free = strings.TrimSpace(string(short[:min(len(short), 40-len(number))])) + number
	}
}

// sign says which person works on a device; one without a name is nobody.
func (d *Devices) sign(id string, p Person, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.byID(id)
	if r == nil {
		return noSuchDevice(id)
	}
	n := *r
	n.Person, n.Login = p.Name, p.login
	a := state.Act{Kind: state.ActSignIn, Target: id, Detail: actDevice{Name: r.Name, Person: p.Name}, By: by}
	if p.Name == "" {
		a.Kind, a.Detail = state.ActSignOut, actDevice{Name: r.Name, Person: r.Person}
	}
	return d.write(a, func() error {
		if err := store(d.vault, deviceKey+id, &n); err != nil {
			return err
		}
		d.byHash[n.Hash] = &n
		return nil
	})
}

// Revoke takes a device away; its token works no more.
func (d *Devices) Revoke(id, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.byID(id)
	if r == nil {
		return noSuchDevice(id)
	}
	return d.write(state.Act{Kind: state.ActDeviceRevoke, Target: id, Detail: actDevice{Name: r.Name, Service: r.Service}, By: by}, func() error {
		if err := d.vault.Delete(deviceKey + id); err != nil {
			return err
		}
		delete(d.byHash, r.Hash)
		if d.pairing != nil && d.pairing.device == id { // or the same request, sent again, would pair it anew
			d.pairing = nil
		}
		return nil
	})
}

func (d *Devices) get(id string) (device, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.byID(id); r != nil {
		return *r, true
	}
	return device{}, false
}

// Get returns the device with the id.
func (d *Devices) Get(id string) (Device, bool) {
	r, ok := d.get(id)
	return r.Device, ok
}

// List is all of them, in the order they were paired.
func (d *Devices) List() []Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Device
	for _, r := range d.byHash {
		out = append(out, r.Device)
	}
	slices.SortFunc(out, func(a, b Device) int { return a.Paired.Compare(b.Paired) })
	return out
}

func noSuchDevice(id string) error {
	return refuse(Missing, fmt.Sprintf("there is no device %.40q", id), "GET /v1/devices lists them.").as("no_device")
}
