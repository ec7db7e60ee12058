package people

import (
	"crypto/sha256"
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
	Person  string    `json:"person,omitempty"`  // who is signed in, or was when the sign-in ended by its age
	Paired  time.Time `json:"paired_at"`
	By      string    `json:"by"`
	Seen    time.Time `json:"seen_at"` // to the hour: a write per request would wear the card

	// it knew the code; nobody has let it in yet, and its token does nothing
	Waiting bool   `json:"waiting,omitempty"`
	From    string `json:"from,omitempty"`      // the address it was paired from
	LetInBy string `json:"let_in_by,omitempty"` // who let it in, where somebody had to
}

// device is what is kept of one. Its token is kept as a hash: whoever reads the settings can't use it.
type device struct {
	Device
	Hash   string    `json:"hash"`
	Login  string    `json:"login,omitempty"`    // the person's, when they signed in
	Since  time.Time `json:"since,omitzero"`     // when they signed in
	Active time.Time `json:"active_at,omitzero"` // when they last did something

	stored time.Time // when it was stored
}

// Check is four digits that a new device shows and the list of devices says, so that the owner lets in the one he sees.
func (d Device) Check() string {
	h := sha256.Sum256([]byte("check " + d.ID))
	return fmt.Sprintf("%04d", (int(h[0])<<16|int(h[1])<<8|int(h[2]))%10000)
}

// Refunds reports whether software of this device sends money back without a PIN: nobody stands beside it to enter one.
func (d Device) Refunds() bool { return RefundPower(d.Service) }

// RefundPower reports whether a service of the role sends money back without a PIN.
func RefundPower(service string) bool {
	role, err := ParseRole(service)
	return err == nil && role.May(Manager)
}

// Devices are those that are paired, and the pairing code that is on offer. They are kept in memory and in the
// settings; the settings are written first.
type Devices struct {
	settings Settings
	write    record
	now      func() time.Time
	forget   func(id string) // what was counted of a device that is gone

	change sync.Mutex // one change at a time; records are written under it, and under no other lock

	mu      sync.Mutex // held for a look or a replacement only: every caller on a paired device needs it
	byHash  map[string]*device
	pairing *pairing // replaced, never changed

	sources Sources // of wrong pairing codes
}

func loadDevices(o Options) (*Devices, error) {
	d := &Devices{settings: o.Settings, write: o.Record, now: o.Now, byHash: map[string]*device{}}
	err := load(o.Settings, deviceKey, func(r *device) {
		r.stored = r.Seen
		d.byHash[r.Hash] = r
	})
	return d, err
}

// find returns the device with the token.
func (d *Devices) find(token string) (device, bool) {
	at := hash(token)
	d.mu.Lock()
	r, ok := d.byHash[at]
	if !ok {
		d.mu.Unlock()
		return device{}, false
	}
	n := *r
	now := d.now()
	due := now.Sub(n.stored) > time.Hour // when it could not be stored, the next request tries again
	if due {
		n.Seen = now
		d.byHash[at] = &n
	}
	d.mu.Unlock()
	if due {
		d.note(n.ID)
	}
	return n, true
}

// Earlier reports whether the token is of a device that was paired by a version before the one that writes down where a
// device comes from.
func (d *Devices) Earlier(token string) bool {
	r, ok := d.find(token)
	return ok && r.From == ""
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

// freeName is the name, with a number behind it where a device other than the one with the id has one that looks the
// same: who revokes one must not take it for the other. The caller holds change.
func (d *Devices) freeName(name, except string) string {
	free := name
	for n := 2; ; n++ {
		taken := false
		for _, r := range d.List() {
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

// replace puts a record in the place of that of the same device; both may be nil.
func (d *Devices) replace(old, now *device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old != nil {
		delete(d.byHash, old.Hash)
	}
	if now != nil {
		now.stored = now.Seen
		d.byHash[now.Hash] = now
	}
}

// sign says which person works on a device; one without a name is nobody.
func (d *Devices) sign(id string, p Person, by string) error {
	d.change.Lock()
	defer d.change.Unlock()
	r, ok := d.get(id)
	if !ok {
		return noSuchDevice(id)
	}
	n := r
	n.Person, n.Login, n.Since, n.Active = p.Name, p.login, d.now(), d.now()
	a := state.Act{Kind: state.ActSignIn, Target: id, Detail: actDevice{Name: r.Name, Person: p.Name}, By: by}
	if p.Name == "" {
		a.Kind, a.Detail = state.ActSignOut, actDevice{Name: r.Name, Person: r.Person}
	}
	return d.write(a, func() error {
		if err := store(d.settings, deviceKey+id, &n); err != nil {
			return err
		}
		d.replace(&r, &n)
		return nil
	})
}

// LetIn makes the token of a device that waits work.
func (d *Devices) LetIn(id, by string) error {
	d.change.Lock()
	defer d.change.Unlock()
	r, ok := d.get(id)
	if !ok {
		return noSuchDevice(id)
	}
	if !r.Waiting {
		return nil // the same request again
	}
	n := r
	n.Waiting, n.LetInBy = false, by
	act := state.Act{
		Kind:   state.ActDeviceLetIn,
		Target: id,
		Detail: actDevice{Name: r.Name, Service: r.Service},
		By:     by,
	}
	return d.write(act, func() error {
		if err := store(d.settings, deviceKey+id, &n); err != nil { // if we die before it, the device still waits
			return err
		}
		d.replace(&r, &n)
		return nil
	})
}

// Revoke takes a device away; its token works no more.
func (d *Devices) Revoke(id, by string) error {
	d.change.Lock()
	defer d.change.Unlock()
	return d.revoke(id, by)
}

func (d *Devices) revoke(id, by string) error {
	r, ok := d.get(id)
	if !ok {
		return noSuchDevice(id)
	}
	return d.write(
		state.Act{Kind: state.ActDeviceRevoke, Target: id, Detail: actDevice{Name: r.Name, Service: r.Service}, By: by},
		func() error {
			if err := d.settings.Delete(deviceKey + id); err != nil {
				return err
			}
			d.replace(&r, nil)
			d.mu.Lock()
			if d.pairing != nil && d.pairing.device == id { // or the same request, sent again, would pair it anew
				d.pairing = nil
			}
			d.mu.Unlock()
			d.forget(id)
			return nil
		},
	)
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
