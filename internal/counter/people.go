package counter

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"galla/state"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// people are the persons who work at the counter. They are kept in memory and in the vault; the vault is written first.
type people struct {
	vault Vault
	write journal
	now   func() time.Time

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

func (p *personRecord) role() Role {
	r, _ := ParseRole(p.Role) // a role nobody knows is no role
	return r
}

func loadPeople(v Vault, write journal, now func() time.Time) (*people, error) {
	p := &people{vault: v, write: write, now: now, byName: map[string]*personRecord{}}
	err := load(v, personKey, func(r *personRecord) { p.byName[fold(r.Name)] = r })
	return p, err
}

// load reads every record under a prefix.
func load[T any](v Vault, prefix string, each func(*T)) error {
	keys, err := v.List(prefix)
	if err != nil {
		return fmt.Errorf("read the list of %q: %w", prefix, err)
	}
	for _, k := range keys {
		b, found, err := v.Get(k)
		if err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		if !found {
			continue
		}
		r := new(T)
		if err := json.Unmarshal(b, r); err != nil {
			return fmt.Errorf("read %q: %w", k, err)
		}
		each(r)
	}
	return nil
}

func store(v Vault, key string, r any) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return v.Put(key, b)
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// goodName refuses names that would be unreadable in a log or a report.
func goodName(name, field string) error {
	ok := name != "" && len([]rune(name)) <= 40 && name == strings.TrimSpace(name) && !strings.ContainsAny(name, ":/\\\"<>")
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(" .-_'()", r))
	}
	if !ok {
		p := problem(badRequest, fmt.Sprintf("the name %.60q can't be used", name), "Use 1 to 40 letters, digits, spaces, points and hyphens.")
		p.Field = field
		return p
	}
	return nil
}

func (p *people) list() []Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Person
	for _, r := range p.byName {
		out = append(out, Person{Name: r.Name, Role: r.role()})
	}
	slices.SortFunc(out, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (p *people) get(name string) (Person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.byName[fold(name)]
	if !ok {
		return Person{}, false
	}
	return Person{Name: r.Name, Role: r.role(), login: r.Login}, true
}

// add makes a person. The first must be an owner, because only an owner can add the next.
func (p *people) add(name string, role Role, pin, by, key string) (Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, ok := p.byName[fold(name)]; ok {
		if old.Key == hashToken(key) { // the same request again: its answer got lost
			return Person{Name: old.Name, Role: old.role()}, nil
		}
		return Person{}, problem(refusedNow, fmt.Sprintf("there is already a person called %q", old.Name), "Choose another name, or set a new PIN for this one.")
	}
	if len(p.byName) == 0 && role != Owner {
		return Person{}, problem(refusedNow, "the first person must be the owner", "Add the owner first.")
	}
	if err := p.usable(pin, ""); err != nil {
		return Person{}, err
	}
	r := &personRecord{Name: name, Role: role.String(), PIN: hashPIN(pin), Since: p.now(), By: by, Key: hashToken(key), Login: rand.Text()}
	err := p.write(state.Act{Kind: state.ActPersonAdd, Target: name, Detail: actRole{role.String()}, By: by}, func() error { return p.put(r) })
	return Person{Name: name, Role: role}, err
}

// usable refuses a PIN that somebody else has: who did what would no longer be known. The caller holds mu.
func (p *people) usable(pin, except string) error {
	if err := goodPIN(pin); err != nil {
		return err
	}
	for n, r := range p.byName {
		if n != except && checkPIN(pin, r.PIN) {
			q := problem(badRequest, "this PIN can't be used", "Choose another: every person has a PIN of their own.")
			q.Field = "pin"
			return q
		}
	}
	return nil
}

func (p *people) setPIN(name, pin, by string) error {
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
	n.PIN, n.guesses, n.Login = hashPIN(pin), guesses{}, rand.Text()
	return p.write(state.Act{Kind: state.ActPersonPIN, Target: r.Name, Detail: actNothing{}, By: by}, func() error { return p.put(&n) })
}

// put replaces a record; the caller holds mu.
func (p *people) put(r *personRecord) error {
	if err := store(p.vault, personKey+fold(r.Name), r); err != nil {
		return err
	}
	p.byName[fold(r.Name)] = r
	return nil
}

func (p *people) remove(name, by string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.byName[fold(name)]
	if !ok {
		return noSuchPerson(name)
	}
	owners := 0
	for _, o := range p.byName {
		if o.role() == Owner {
			owners++
		}
	}
	if r.role() == Owner && owners == 1 {
		return problem(refusedNow, fmt.Sprintf("%s is the only owner", r.Name), "Add another owner first.")
	}
	return p.write(state.Act{Kind: state.ActPersonRemove, Target: r.Name, Detail: actRole{r.Role}, By: by}, func() error {
		if err := p.vault.Delete(personKey + fold(name)); err != nil {
			return err
		}
		delete(p.byName, fold(name))
		return nil
	})
}

// verify checks a name and PIN, and counts wrong ones. A name that doesn't exist looks like a wrong PIN.
func (p *people) verify(name, pin string) (Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wrong := problem(forbidden, "the name and the PIN don't belong together", "Try again; after four wrong tries the wait grows.")
	r, ok := p.byName[fold(name)]
	if !ok {
		derive(pin, make([]byte, pinSalt), pinPasses, pinMemory) // takes as long as a real one
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
		return Person{Name: r.Name, Role: r.role(), login: r.Login}, nil
	}
	n.guesses.wrong(p.now()) // written down, so that a restart gives no fresh guesses
	if err := p.put(&n); err != nil {
		return Person{}, err
	}
	return Person{}, wrong
}

func noSuchPerson(name string) error {
	return problem(noThing, fmt.Sprintf("there is no person called %.40q", name), "GET /v1/people lists them.")
}
