package people

import (
	"fmt"
	"os"
	"time"

	"galla/state"
)

// Options is what a Directory is made of.
type Options struct {
	Vault Vault // required

	// Record writes down what a person does to the box, then does it, and returns what do returns; required. An act that
	// can't be written down must not be done.
	Record func(a state.Act, do func() error) error

	// Users names the people behind Unix user ids and their roles. The super-user and the user that this process runs as
	// are owners unless listed; everyone else whom the socket's permissions let in is a cashier.
	Users map[uint32]Person

	Now  func() time.Time // the wall clock; nil means time.Now
	Cost Cost             // of hashing a PIN; zero means the production cost
}

// Directory is everybody the box knows.
type Directory struct {
	Persons *Persons
	Devices *Devices
	users   map[uint32]Person
}

// Load reads the persons and devices of a vault. Its errors are the vault's.
func Load(o Options) (*Directory, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Cost == (Cost{}) {
		o.Cost = Cost{Passes: pinPasses, Memory: pinMemory}
	}
	persons, err := loadPersons(o)
	if err != nil {
		return nil, err
	}
	devices, err := loadDevices(o)
	if err != nil {
		return nil, err
	}
	return &Directory{Persons: persons, Devices: devices, users: o.Users}, nil
}

// Caller is who makes a request.
type Caller struct {
	Name string // as stored with what they do: "cashier:asha", "uid:1000"
	Role Role
	// Local: it came over the Unix socket, where the kernel vouches for who it is.
	Local bool
	// Device is the id of the paired device it came from; empty for others.
	Device string
	// Service: the device is billing software, which has a role of its own.
	Service bool
}

// as is the caller once p is known to be the one who calls.
func (who Caller) as(p Person) Caller {
	who.Name, who.Role = p.caller(), p.Role
	return who
}

// ByUser is who calls over the Unix socket.
func (d *Directory) ByUser(uid uint32) Caller {
	if p, ok := d.users[uid]; ok {
		return Caller{Local: true}.as(p)
	}
	who := Caller{Name: fmt.Sprintf("uid:%d", uid), Role: Cashier, Local: true}
	if uid == 0 || int(uid) == os.Geteuid() {
		who.Role = Owner
	}
	return who
}

// Trusted is who calls through a door on loopback that asks nobody.
func Trusted(r Role) Caller { return Caller{Name: r.String() + ":loopback", Role: r} }

// ByToken is who calls from the paired device with the token.
func (d *Directory) ByToken(token string) (Caller, error) {
	if token == "" {
		return Caller{}, refuse(Unidentified, "this request has no token of a paired device", "Pair this device: ask the owner for a code.").as("not_paired")
	}
	dev, ok := d.Devices.find(token)
	if !ok {
		return Caller{}, refuse(Unidentified, "this token is not that of a paired device; it may have been revoked", "Pair this device again: ask the owner for a code.").as("revoked")
	}
	return d.callerOn(dev), nil
}

// callerOn is who calls from a paired device.
func (d *Directory) callerOn(dev device) Caller {
	who := Caller{Name: "device:" + dev.ID, Device: dev.ID}
	if role, err := ParseRole(dev.Service); err == nil {
		who.Role, who.Name, who.Service = role, "service:"+dev.Name, true
	} else if p, ok := d.Persons.get(dev.Person); ok && dev.Person != "" && dev.Login == p.login { // whoever was removed is signed in nowhere, nor who comes back under that name
		return who.as(p)
	}
	return who
}

// Still reports whether a caller of a long answer has the role yet: a device may be revoked, and a person sign out or be
// removed, while a feed is open.
func (d *Directory) Still(who Caller, need Role) bool {
	if who.Device == "" {
		return true
	}
	dev, ok := d.Devices.get(who.Device)
	return ok && d.callerOn(dev).Role.May(need)
}

// MayAdd refuses a caller who may not add a person: it takes an owner. But the very first may be added by a device that
// was just paired, because its code came from the box.
func (d *Directory) MayAdd(who Caller) error {
	if !who.Role.May(Owner) && (who.Device == "" || len(d.Persons.List()) > 0) {
		return NotAllowed(who, Owner)
	}
	return nil
}

// SignIn makes the person with the name and PIN the one who works on the caller's device. It returns who calls from there now.
func (d *Directory) SignIn(who Caller, name, pin string) (Caller, error) {
	if who.Device == "" || who.Service {
		return who, refuse(Conflict, "people sign in on a paired console; this caller is known already", "Just call.").as("known_caller")
	}
	p, err := d.Persons.Verify(name, pin)
	if err != nil {
		return who, err
	}
	return who.as(p), d.Devices.sign(who.Device, p, p.caller())
}

// SignOut ends that. It returns who calls from the device now: nobody.
func (d *Directory) SignOut(who Caller) (Caller, error) {
	if who.Device == "" {
		return who, refuse(Conflict, "nobody is signed in here", "Just call.").as("known_caller")
	}
	err := d.Devices.sign(who.Device, Person{}, who.Name)
	who.Role, who.Name = Nobody, "device:"+who.Device
	return who, err
}

// Approve says who answers for what takes a manager. Where the kernel or the configuration vouches for a caller of that
// role, it is the caller. On a paired device it is whoever enters name and PIN now, even when a manager is signed in:
// a phone left on the counter refunds nothing. approver is "" where nobody entered anything.
func (d *Directory) Approve(who Caller, approver, pin string) (string, error) {
	if approver == "" && who.Role.May(Manager) && (who.Device == "" || who.Service) {
		return who.Name, nil
	}
	if approver == "" {
		return "", refuse(Forbidden, "this takes a manager", "Ask a manager to enter their name and PIN.").as("needs_manager")
	}
	p, err := d.Persons.Verify(approver, pin)
	if err != nil {
		return "", err
	}
	if !p.Role.May(Manager) {
		return "", refuse(Forbidden, fmt.Sprintf("%s is a %s, and this takes a manager", p.Name, p.Role), "Ask a manager to enter their name and PIN.").
			as("not_manager").of(p.Name)
	}
	return p.caller(), nil
}

// Unreached reports whether the box was set up from its page and no device and no person has come to it since: where nobody
// can log in, nobody else could ask for a pairing code, so one must be shown. begun says that such a setup has just ended.
// That is on disk before this returns: if the box dies before the code is shown, or nobody used it in its five
// minutes, the next start is told so again.
func (d *Directory) Unreached(begun bool) (bool, error) {
	v := d.Devices.vault
	if begun {
		if err := v.Put(firstKey, []byte("setup page")); err != nil {
			return false, err
		}
	}
	_, waits, err := v.Get(firstKey)
	if err == nil && waits && (len(d.Devices.List()) > 0 || len(d.Persons.List()) > 0) {
		return false, v.Delete(firstKey)
	}
	return waits, err
}
