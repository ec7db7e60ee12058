package people

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"galla/internal/typed"
	"galla/state"
)

// Person is somebody the box knows by name.
type Person struct {
	Name string
	Role Role

	login string // see personRecord
}

// caller is the person's name as stored with what they do.
func (p Person) caller() string { return p.Role.String() + ":" + p.Name }

// Persons are those who work at the counter. They are kept in memory and in the settings; the settings are written
// first.
type Persons struct {
	settings Settings
	write    record
	now      func() time.Time
	cost     Cost
	tries    *tries

	change sync.Mutex // one change at a time; PINs are hashed and records written under it, and under no other lock

	mu     sync.Mutex               // held for a look or a replacement only: every caller on a paired device needs it
	byName map[string]*personRecord // by folded name; a record is never changed, but replaced
}

type personRecord struct {
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	PIN   string    `json:"pin"` // hash
	Since time.Time `json:"since"`
	By    string    `json:"by"`
	Key   string    `json:"key"` // hash of the idempotency key of the request that made it
	// random, new with each PIN: a device that was signed in with another is signed in no more
	Login string `json:"login,omitempty"`
}

func (r *personRecord) person() Person {
	role, _ := ParseRole(r.Role) // a role nobody knows is no role
	return Person{Name: r.Name, Role: role, login: r.Login}
}

func loadPersons(o Options) (*Persons, error) {
	tries, err := loadTries(o)
	if err != nil {
		return nil, err
	}
	p := &Persons{
		settings: o.Settings,
		write:    o.Record,
		now:      o.Now,
		cost:     o.Cost,
		tries:    tries,
		byName:   map[string]*personRecord{},
	}
	err = load(o.Settings, personKey, func(r *personRecord) { p.byName[fold(r.Name)] = r })
	return p, err
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// goodName refuses names that would be unreadable in a log or a report.
func goodName(name string) error {
	ok := name != "" && len([]rune(name)) <= 40 && name == strings.TrimSpace(name) && typed.Printable(name) &&
		typed.Written(name) &&
		strings.Trim(name, ".") != ""
	for _, r := range name {
		ok = ok &&
			(unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) ||
				strings.ContainsRune(" .-_'()\u200c\u200d", r))
	}
	if !ok {
		return unacceptable(
			"name",
			fmt.Sprintf("the name %.60q can't be used", name),
			"Use 1 to 40 letters, digits, spaces, points and hyphens, each word in one script.",
		).as("name")
	}
	return nil
}

// List is all of them, by name.
func (p *Persons) List() []Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Person
	for _, r := range p.byName {
		out = append(out, r.person())
	}
	slices.SortFunc(out, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (p *Persons) get(name string) (Person, bool) {
	r := p.record(name)
	if r == nil {
		return Person{}, false
	}
	return r.person(), true
}

// record returns what is kept of a person, nil where there is none.
func (p *Persons) record(name string) *personRecord {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byName[fold(name)]
}

// none reports whether nobody works here yet.
func (p *Persons) none() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.byName) == 0
}

// WrongPINs are the newest runs of wrong PINs, the newest first: at most 20, also of names that nobody has ("?" where
// what was typed is no name).
func (p *Persons) WrongPINs() []Run { return p.tries.newest() }

// Add makes a person of a name, a role's name and a PIN. The first must be an owner, because only an owner can add the
// next. by is who asks; key is the request's: the same request again answers the person it made, and another one with
// that key is ErrKeyReused.
func (p *Persons) Add(name, role, pin, by, key string) (Person, error) {
	return p.add(name, role, pin, key, Caller{Name: by, Root: true})
}

func (p *Persons) add(name, role, pin, key string, by Caller) (Person, error) {
	if err := goodName(name); err != nil {
		return Person{}, err
	}
	known, err := ParseRole(role)
	if err != nil {
		return Person{}, unacceptable("role", err.Error(), "Give the role.")
	}
	p.change.Lock()
	defer p.change.Unlock()
	if err := p.still(by); err != nil {
		return Person{}, err
	}
	old := p.record(name)
	if made := p.madeWith(key, by); made != nil {
		if made != old || made.Role != role || !checkPIN(pin, made.PIN) {
			return Person{}, ErrKeyReused
		}
		return made.person(), nil // the same request again: its answer got lost
	}

	if old != nil {
		return Person{}, refuse(
			Conflict,
			fmt.Sprintf("there is already a person called %q", old.Name),
			"Choose another name, or set a new PIN for this one.",
		).as("person_exists")
	}

	for _, old := range p.List() {
		if typed.Alike(old.Name, name) {
			return Person{}, refuse(
				Conflict,
				fmt.Sprintf("there is already a person called %q, and %q looks the same", old.Name, name),
				"Choose a name that nobody takes for the other's.",
			).as("person_exists")
		}
	}

	if p.none() && known != Owner {
		return Person{}, refuse(
			Conflict,
			"the first person must be the owner",
			"Add the owner first.",
		).as("first_owner")
	}

	if err := p.usable(pin, ""); err != nil {
		return Person{}, err
	}
	r := &personRecord{
		Name:  name,
		Role:  role,
		PIN:   p.cost.hashPIN(pin),
		Since: p.now(),
		By:    by.Name,
		Key:   hash(key),
		Login: rand.Text(),
	}

	err = p.write(
		state.Act{Kind: state.ActPersonAdd, Target: name, Detail: actRole{role}, By: by.Name},
		func() error { return p.put(r) },
	)
	return r.person(), err
}

// ErrKeyReused says that a caller sent another request with the same idempotency key before.
var ErrKeyReused = errors.New("this idempotency key was used for a different request: use a new key")

// madeWith finds the person that a caller's request with a key made.
func (p *Persons) madeWith(key string, by Caller) *personRecord {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.byName {
		if r.Key == hash(key) && r.By == by.Name {
			return r
		}
	}
	return nil
}

// usable refuses a PIN that somebody else has: who did what would no longer be known. The caller holds change.
func (p *Persons) usable(pin, except string) error {
	if err := goodPIN(pin); err != nil {
		return err
	}
	p.mu.Lock()
	all := maps.Clone(p.byName)
	p.mu.Unlock()
	for n, r := range all {
		if n != except && checkPIN(pin, r.PIN) {
			return unacceptable(
				"pin",
				"this PIN can't be used",
				"Choose another: every person has a PIN of their own.",
			).as("pin")
		}
	}
	return nil
}

// SetPIN gives a person a new PIN; wherever they are signed in, they are no more, and no wait of theirs is left.
func (p *Persons) SetPIN(name, pin, by string) error {
	return p.setPIN(name, pin, Caller{Name: by, Root: true})
}

func (p *Persons) setPIN(name, pin string, by Caller) error {
	p.change.Lock()
	defer p.change.Unlock()
	if err := p.still(by); err != nil {
		return err
	}
	r := p.record(name)
	if r == nil {
		return noSuchPerson(name)
	}
	if err := p.usable(pin, fold(name)); err != nil {
		return err
	}
	n := *r
	n.PIN, n.Login = p.cost.hashPIN(pin), rand.Text()
	act := state.Act{Kind: state.ActPersonPIN, Target: r.Name, Detail: actNothing{}, By: by.Name}
	return p.write(act, func() error {
		if err := p.put(&n); err != nil { // dying after it leaves the waits of the old PIN, which end by themselves
			return err
		}
		p.tries.forget("", fold(name))
		return nil
	})
}

// still refuses a caller who lost the power for a change while it waited for its turn: who was removed meanwhile, or
// got a new PIN, and who had it because nobody worked here yet. The caller holds change.
func (p *Persons) still(by Caller) error {
	if by.Proved {
		now, ok := p.get(by.Person)
		if !ok || now.login != by.login || !now.Role.May(Owner) {
			return NotAllowed(Caller{Name: by.Name}, Owner)
		}
		return nil
	}
	if by.Root || p.none() {
		return nil
	}
	return needsPIN(Owner, by.Person)
}

// put replaces a record; the caller holds change.
func (p *Persons) put(r *personRecord) error {
	if err := store(p.settings, personKey+fold(r.Name), r); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byName[fold(r.Name)] = r
	return nil
}

// Remove takes a person away; wherever they are signed in, they are no more. One owner always stays.
func (p *Persons) Remove(name, by string) error {
	return p.remove(name, Caller{Name: by, Root: true})
}

func (p *Persons) remove(name string, by Caller) error {
	p.change.Lock()
	defer p.change.Unlock()
	if err := p.still(by); err != nil {
		return err
	}
	r := p.record(name)
	if r == nil {
		return noSuchPerson(name)
	}
	owners := 0
	for _, o := range p.List() {
		if o.Role == Owner {
			owners++
		}
	}
	if r.person().Role == Owner && owners == 1 {
		return refuse(
			Conflict,
			fmt.Sprintf("%s is the only owner", r.Name),
			"Add another owner first.",
		).as("only_owner").
			of(r.Name)
	}
	return p.write(
		state.Act{Kind: state.ActPersonRemove, Target: r.Name, Detail: actRole{r.Role}, By: by.Name},
		func() error {
			if err := p.settings.Delete(personKey + fold(name)); err != nil {
				return err
			}
			p.mu.Lock()
			delete(p.byName, fold(name))
			p.mu.Unlock()
			p.tries.forget("", fold(name))
			return nil
		},
	)
}

// Verify checks a name and PIN from a place, and counts wrong ones for that place and that person. A name that doesn't
// exist looks like a wrong PIN, takes as long, and is slowed down alike.
func (p *Persons) Verify(from From, name, pin string) (Person, error) {
	end, err := p.tries.begin(from, fold(name))
	defer end()
	if err != nil {
		return Person{}, err
	}

	wrong := refuse(
		Forbidden,
		"the name and the PIN don't belong together",
		"Try again; after four wrong tries the wait grows.",
	).as("wrong_pin")
	r := p.record(name)
	if r == nil {
		p.cost.derive(pin, make([]byte, pinSalt)) // takes as long as a real one
		if err := p.tries.wrong(from, name, ""); err != nil {
			return Person{}, err
		}
		return Person{}, wrong
	}
	if !checkPIN(pin, r.PIN) {
		if err := p.tries.wrong(from, name, r.Name); err != nil {
			return Person{}, err
		}
		return Person{}, wrong
	}
	if p.record(name) != r { // removed, or a new PIN, while this one was compared
		return Person{}, wrong
	}
	if err := p.tries.right(from, fold(name)); err != nil {
		return Person{}, err
	}
	return r.person(), nil
}

func noSuchPerson(name string) error {
	return refuse(
		Missing,
		fmt.Sprintf("there is no person called %.40q", name),
		"GET /v1/people lists them.",
	).as("no_person")
}
