package people

import (
	"crypto/rand"
	"fmt"
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

// Persons are those who work at the counter. They are kept in memory and in the vault; the vault is written first.
type Persons struct {
	vault Vault
	write record
	now   func() time.Time
	cost  Cost

	mu     sync.Mutex
	byName map[string]*personRecord // by folded name
}

type personRecord struct {
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	PIN   string    `json:"pin"` // hash
	Since time.Time `json:"since"`
	By    string    `json:"by"`
	Key   string    `json:"key"`             // hash of the idempotency key of the request that made it
	Login string    `json:"login,omitempty"` // random, new with each PIN: a device that was signed in with another is signed in no more
	guesses
}

func (r *personRecord) person() Person {
	role, _ := ParseRole(r.Role) // a role nobody knows is no role
	return Person{Name: r.Name, Role: role, login: r.Login}
}

func loadPersons(o Options) (*Persons, error) {
	p := &Persons{vault: o.Vault, write: o.Record, now: o.Now, cost: o.Cost, byName: map[string]*personRecord{}}
	err := load(o.Vault, personKey, func(r *personRecord) { p.byName[fold(r.Name)] = r })
	return p, err
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// goodName refuses names that would be unreadable in a log or a report.
func goodName(name string) error {
	ok := name != "" && len([]rune(name)) <= 40 && name == strings.TrimSpace(name) && typed.Printable(name) && strings.Trim(name, ".") != ""
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(" .-_'()\u200c\u200d", r))
	}
	if !ok {
		return unacceptable("name", fmt.Sprintf("the name %.60q can't be used", name), "Use 1 to 40 letters, digits, spaces, points and hyphens.").as("name")
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
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.byName[fold(name)]
	if !ok {
		return Person{}, false
	}
	return r.person(), true
}

// Add makes a person of a name, a role's name and a PIN. The first must be an owner, because only an owner can add the next.
// by is who asks; key is the request's: the same request again answers the person it made.
func (p *Persons) Add(name, role, pin, by, key string) (Person, error) {
	if err := goodName(name); err != nil {
		return Person{}, err
	}
	known, err := ParseRole(role)
	if err != nil {
		return Person{}, unacceptable("role", err.Error(), "Give the role.")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, ok := p.byName[fold(name)]; ok {
		if old.Key == hash(key) { // the same request again: its answer got lost
			return old.person(), nil
		}
		return Person{}, refuse(Conflict, fmt.Sprintf("there is already a person called %q", old.Name), "Choose another name, or set a new PIN for this one.").as("person_exists")
	}
	for _, old := range p.byName {
		if typed.Alike(old.Name, name) {
			return Person{}, refuse(Conflict, fmt.Sprintf("there is already a person called %q, and %q looks the same", old.Name, name),
				"Choose a name that nobody takes for the other's.").as("person_exists")
		}
	}
	if len(p.byName) == 0 && known != Owner {
		return Person{}, refuse(Conflict, "the first person must be the owner", "Add the owner first.").as("first_owner")
	}
	if err := p.usable(pin, ""); err != nil {
		return Person{}, err
	}
	r := &personRecord{Name: name, Role: role, PIN: p.cost.hashPIN(pin), Since: p.now(), By: by, Key: hash(key), Login: rand.Text()}
	err = p.write(state.Act{Kind: state.ActPersonAdd, Target: name, Detail: actRole{role}, By: by}, func() error { return p.put(r) })
	return r.person(), err
}

// usable refuses a PIN that somebody else has: who did what would no longer be known. The caller holds mu.
func (p *Persons) usable(pin, except string) error {
	if err := goodPIN(pin); err != nil {
		return err
	}
	for n, r := range p.byName {
		if n != except && checkPIN(pin, r.PIN) {
			return unacceptable("pin", "this PIN can't be used", "Choose another: every person has a PIN of their own.").as("pin")
		}
	}
	return nil
}

// SetPIN gives a person a new PIN; wherever they are signed in, they are no more.
func (p *Persons) SetPIN(name, pin, by string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.byName[fold(name)]
	if !ok {
		return noSuchPerson(name)
	}
	if err := p.usable(pin, fold(name)); err != nil {
		return err
	}
	n := *r
	n.PIN, n.guesses, n.Login = p.cost.hashPIN(pin), guesses{}, rand.Text()
	return p.write(state.Act{Kind: state.ActPersonPIN, Target: r.Name, Detail: actNothing{}, By: by}, func() error { return p.put(&n) })
}

// put replaces a record; the caller holds mu.
func (p *Persons) put(r *personRecord) error {
	if err := store(p.vault, personKey+fold(r.Name), r); err != nil {
		return err
	}
	p.byName[fold(r.Name)] = r
	return nil
}

// Remove takes a person away; wherever they are signed in, they are no more. One owner always stays.
func (p *Persons) Remove(name, by string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.byName[fold(name)]
	if !ok {
		return noSuchPerson(name)
	}
	owners := 0
	for _, o := range p.byName {
		if o.person().Role == Owner {
			owners++
		}
	}
	if r.person().Role == Owner && owners == 1 {
		return refuse(Conflict, fmt.Sprintf("%s is the only owner", r.Name), "Add another owner first.").as("only_owner").of(r.Name)
	}
	return p.write(state.Act{Kind: state.ActPersonRemove, Target: r.Name, Detail: actRole{r.Role}, By: by}, func() error {
		if err := p.vault.Delete(personKey + fold(name)); err != nil {
			return err
		}
		delete(p.byName, fold(name))
		return nil
	})
}

// Verify checks a name and PIN, and counts wrong ones. A name that doesn't exist looks like a wrong PIN.
func (p *Persons) Verify(name, pin string) (Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wrong := refuse(Forbidden, "the name and the PIN don't belong together", "Try again; after four wrong tries the wait grows.").as("wrong_pin")
	r, ok := p.byName[fold(name)]
	if !ok {
		p.cost.derive(pin, make([]byte, pinSalt)) // takes as long as a real one
		return Person{}, wrong
	}
	if wait := r.wait(p.now()); wait > 0 {
		return Person{}, tooManyGuesses(wait, "Wait, or ask the owner to set a new PIN.")
	}
	n := *r
	if checkPIN(pin, r.PIN) {
		if n.Wrong > 0 {
			n.guesses = guesses{}
			if err := p.put(&n); err != nil {
				return Person{}, err
			}
		}
		return r.person(), nil
	}
	n.guesses.wrong(p.now()) // written down, so that a restart gives no fresh guesses
	if err := p.put(&n); err != nil {
		return Person{}, err
	}
	return Person{}, wrong
}

func noSuchPerson(name string) error {
	return refuse(Missing, fmt.Sprintf("there is no person called %.40q", name), "GET /v1/people lists them.").as("no_person")
}
