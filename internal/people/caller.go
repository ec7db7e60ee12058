package people

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"galla/state"
)

// Options is what a Directory is made of.
type Options struct {
	Settings Settings // required

	// Record writes down what a person does to the box, then does it, and returns what do returns; required. An act
	// that can't be written down must not be done.
	Record func(a state.Act, do func() error) error

	// Users names the people behind Unix user ids and their roles. The super-user and the user that this process runs
	// as are owners unless listed; everyone else whom the socket's permissions let in is a cashier.
	Users map[uint32]Person

	// Login is the login name of a Unix user id, "" where nobody knows it; nil means the box's own list of users.
	Login func(uid uint32) string

	Idle time.Duration    // after which a manager or owner is signed out; 0 means DefaultIdle
	Now  func() time.Time // the wall clock; nil means time.Now
	Cost Cost             // of hashing a PIN; zero means the production cost
}

// Directory is everybody the box knows.
type Directory struct {
	Persons *Persons
	Devices *Devices
	users   map[uint32]Person
	login   func(uid uint32) string
	idle    time.Duration
}

// Load reads the persons and devices from the settings. Its errors are theirs.
func Load(o Options) (*Directory, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Cost == (Cost{}) {
		o.Cost = Cost{Passes: pinPasses, Memory: pinMemory}
	}
	if o.Login == nil {
		o.Login = loginOf
	}
	persons, err := loadPersons(o)
	if err != nil {
		return nil, err
	}
	devices, err := loadDevices(o)
	if err != nil {
		return nil, err
	}
	devices.forget = func(id string) { persons.tries.forget(id, "") }
	return &Directory{
		Persons: persons,
		Devices: devices,
		users:   o.Users,
		login:   o.Login,
		idle:    cmp.Or(o.Idle, DefaultIdle),
	}, nil
}

// Caller is who makes a request.
type Caller struct {
	Name string // as stored with what they do: "cashier:asha", "login:asha"
	Role Role
	// Local: it came over the Unix socket, where the kernel vouches for who it is.
	Local bool
	// User is the user id of a local caller, "uid:1000": it stays the same when the login gets another name.
	User string
	// Root: a local caller who has the whole box anyway, the super-user or gallad's own user.
	Root bool
	// Device is the id of the paired device it came from; empty for others.
	Device string
	// Service: the device is billing software, which has a role of its own.
	Service bool
	// Person is who is signed in on the device, or whose PIN came with the request; empty for others.
	Person string
	// Proved: name and PIN came with this very request.
	Proved bool
	login  string // the Person's (see personRecord), where they are known
	// Ended says why Person is no longer signed in on the device, "" where they are.
	Ended Ended
}

// as is the caller once p is known to be the one who calls.
func (who Caller) as(p Person) Caller {
	who.Name, who.Role, who.Person, who.login, who.Ended = p.caller(), p.Role, p.Name, p.login, ""
	return who
}

// ByUser is who calls over the Unix socket: the login's name, where the box knows one.
func (d *Directory) ByUser(uid uint32) Caller {
	who := Caller{Name: fmt.Sprintf("uid:%d", uid), Role: Cashier, Local: true, User: fmt.Sprintf("uid:%d", uid)}
	who.Root = uid == 0 || int(uid) == os.Geteuid()
	if p, ok := d.users[uid]; ok {
		who.Name, who.Role = p.caller(), p.Role
		return who
	}
	if name := d.login(uid); goodName(name) == nil {
		who.Name = "login:" + name
	}
	if who.Root {
		who.Role = Owner
	}
	return who
}

// loginOf asks the box's list of users.
func loginOf(uid uint32) string {
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return ""
	}
	return u.Username
}

// As makes a person the caller of one request: several of them share one login, and each has a PIN.
func (d *Directory) As(who Caller, name, pin string) (Caller, error) {
	p, err := d.verify(who, name, pin)
	if err != nil {
		return who, err
	}
	who = who.as(p)
	who.Proved, who.Root = true, false
	return who, nil
}

// verify checks a name and PIN that come from the caller's place.
func (d *Directory) verify(who Caller, name, pin string) (Person, error) {
	from := From{Place: "loopback", By: who.Name}
	switch {
	case who.Device != "":
		from.Place = who.Device
		dev, _ := d.Devices.Get(who.Device)
		from.Label = dev.Name
	case who.Local:
		from.Place = who.User
		_, from.Label, _ = strings.Cut(who.Name, ":")
	}
	p, err := d.Persons.Verify(from, name, pin)
	if err == nil && who.Device != "" && !d.Still(who, Nobody) { // revoked while the PIN was compared
		return Person{}, revoked()
	}
	return p, err
}

// Trusted is who calls over a listener on loopback that asks nobody.
func Trusted(r Role) Caller { return Caller{Name: r.String() + ":loopback", Role: r} }

// ByToken is who calls from the paired device with the token.
func (d *Directory) ByToken(token string) (Caller, error) {
	if token == "" {
		return Caller{}, refuse(
			Unidentified,
			"this request has no token of a paired device",
			"Pair this device: ask the owner for a code.",
		).as("not_paired")
	}
	dev, ok := d.Devices.find(token)
	if !ok {
		return Caller{}, revoked()
	}
	if dev.Waiting {
		r := refuse(
			NotLetIn,
			fmt.Sprintf("this device, %q, waits until the owner or a manager lets it in", dev.Name),
			"Ask the owner or a manager to let it in.",
		).as("not_let_in")
		r.Check = dev.Check()
		return Caller{}, r
	}
	return d.callerOn(dev), nil
}

func revoked() *Refusal {
	return refuse(
		Unidentified,
		"this token is not that of a paired device; it may have been revoked",
		"Pair this device again: ask the owner for a code.",
	).as("revoked")
}

// callerOn is who calls from a paired device.
func (d *Directory) callerOn(dev device) Caller {
	who := Caller{Name: "device:" + dev.ID, Device: dev.ID}
	if role, err := ParseRole(dev.Service); err == nil {
		who.Role, who.Name, who.Service = role, "service:"+dev.Name, true
		return who
	}
	p, ok := d.Persons.get(dev.Person)
	if !ok || dev.Person == "" ||
		dev.Login != p.login { // whoever was removed is signed in nowhere, nor who comes back under that name
		return who
	}
	if who.Ended = d.ended(dev, p.Role); who.Ended != "" {
		who.Person = p.Name
		return who
	}
	return who.as(p)
}

// On is who is signed in on a device, or was when the sign-in ended by its age; "" where that person was removed or has
// a new PIN.
func (d *Directory) On(id string) string {
	dev, ok := d.Devices.get(id)
	if !ok {
		return ""
	}
	return d.callerOn(dev).Person
}

// Still reports whether a caller of a long answer has the role yet: a device may be revoked, and a person sign out or
// be removed, while a feed is open.
func (d *Directory) Still(who Caller, need Role) bool {
	if who.Device == "" {
		return true
	}
	dev, ok := d.Devices.get(who.Device)
	return ok && !dev.Waiting && d.callerOn(dev).Role.May(need)
}

// MayAdd refuses a caller who may not add a person: it takes an owner. But the very first may be added by a device that
// was just paired, because its code came from the box.
func (d *Directory) MayAdd(who Caller) error {
	if !who.Role.May(Owner) && (who.Device == "" || !d.Persons.none()) {
		return NotAllowed(who, Owner)
	}
	return nil
}

// SignIn makes the person with the name and PIN the one who works on the caller's device. It returns who calls from
// there now.
func (d *Directory) SignIn(who Caller, name, pin string) (Caller, error) {
	if who.Device == "" || who.Service {
		return who, refuse(
			Conflict,
			"people sign in on a paired console; this caller is known already",
			"Just call.",
		).as("known_caller")
	}
	p, err := d.verify(who, name, pin)
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
	nobody := Caller{Name: "device:" + who.Device, Device: who.Device}
	if dev, ok := d.Devices.Get(who.Device); ok && dev.Person == "" { // it is no act, and the audit has none
		return nobody, nil
	}
	err := d.Devices.sign(who.Device, Person{}, who.Name)
	return nobody, err
}

// Approve says who answers for what takes a manager. Where the kernel or the configuration vouches for a caller of that
// role, it is the caller. On a paired device it is whoever enters name and PIN now, even when a manager is signed in:
// a phone left on the counter refunds nothing. approver is "" where nobody entered anything.
func (d *Directory) Approve(who Caller, approver, pin string) (string, error) {
	if approver == "" && who.Role.May(Manager) &&
		(who.Device == "" || who.Service) { // also whose PIN came with the request
		return who.Name, nil
	}
	if approver == "" {
		return "", refuse(
			Forbidden,
			"this takes a manager",
			"Ask a manager to enter their name and PIN.",
		).as("needs_manager")
	}
	p, err := d.verify(who, approver, pin)
	if err != nil {
		return "", err
	}
	if !p.Role.May(Manager) {
		return "", refuse(
			Forbidden,
			fmt.Sprintf("%s is a %s, and this takes a manager", p.Name, p.Role),
			"Ask a manager to enter their name and PIN.",
		).
			as("not_manager").
			of(p.Name)
	}
	return p.caller(), nil
}

// Prove says who answers for what gives or changes power: a person, a PIN, a device, a service. need is the role it
// takes. Their PIN comes with the request, also where they are signed in. On a paired device they are the one who is
// signed in; elsewhere name says who. Where the kernel says that the caller has the whole box anyway its word is
// enough, and where nobody has a PIN yet the caller's.
func (d *Directory) Prove(who Caller, need Role, name, pin string) (Caller, error) {
	if who.Proved && who.Role.May(need) || who.Root && name == "" || d.Persons.none() {
		return who, nil
	}
	if who.Device != "" {
		name = who.Person
	}
	if name == "" || pin == "" {
		return who, needsPIN(need, name)
	}
	p, err := d.verify(who, name, pin)
	if err != nil {
		return who, err
	}
	now := who.as(p)
	now.Proved = true
	if !p.Role.May(need) {
		return who, NotAllowed(now, need)
	}
	return now, nil
}

func needsPIN(need Role, name string) *Refusal {
	return refuse(
		NeedsPIN,
		"this gives or changes power, so it takes the PIN of "+need.one(),
		"Enter your own PIN with it.",
	).as("pin_needed").of(name)
}

// AddPerson, SetPIN and RemovePerson are those of Persons, by a caller who proved to be an owner (Prove): who is so no
// longer when the change has its turn is refused.
func (d *Directory) AddPerson(by Caller, name, role, pin, key string) (Person, error) {
	return d.Persons.add(name, role, pin, key, by)
}

// SetPIN gives a person a new PIN (see AddPerson).
func (d *Directory) SetPIN(by Caller, name, pin string) error { return d.Persons.setPIN(name, pin, by) }

// RemovePerson takes a person away (see AddPerson).
func (d *Directory) RemovePerson(by Caller, name string) error { return d.Persons.remove(name, by) }

// Unreached reports whether the box was set up from its page and no device and no person has come to it since: where
// nobody can log in, nobody else could ask for a pairing code, so one must be shown. begun says that such a setup has
// just ended. That is on disk before this returns: if the box dies before the code is shown, or nobody used it in its
// five minutes, the next start is told so again.
func (d *Directory) Unreached(begun bool) (bool, error) {
	v := d.Devices.settings
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
