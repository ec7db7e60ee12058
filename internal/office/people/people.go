package people

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"galla/internal/typed"
)

// The kinds of acts that this package writes. Whoever does something else at the office names it (Record).
const (
	ActAdd      = "person.add"
	ActPassword = "person.password"
	ActRemove   = "person.remove"
	ActSignIn   = "session.begin"
	ActWrong    = "password.wrong" // a run of wrong passwords, or the wait that it brings
)

// People knows who may look at an office.
type People struct {
	store Store
	cost  Cost
	wall  func() time.Time
	dummy string // the hash that is compared for a name that nobody has
}

// New makes one. A zero cost is Usual; wall nil means time.Now.
func New(store Store, cost Cost, wall func() time.Time) *People {
	if cost == (Cost{}) {
		cost = Usual
	}
	if wall == nil {
		wall = time.Now
	}
	return &People{store, cost, wall, cost.hash("of nobody")}
}

// Person is somebody who may sign in.
type Person struct {
	Name  string
	Role  Role
	Since time.Time
	By    string
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// goodName refuses names that would be unreadable in a log or a report.
func goodName(name string) error {
	ok := name != "" && utf8.RuneCountInString(name) <= 40 && name == strings.TrimSpace(name) &&
		typed.Printable(name) && typed.Written(name) && strings.Trim(name, ".") != ""
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) ||
			strings.ContainsRune(" .-_'()@\u200c\u200d", r))
	}
	if !ok {
		return refuse(BadName, fmt.Sprintf("the name %.60q can't be used", name),
			"Use 1 to 40 letters, digits, spaces, points and hyphens, each word in one script.")
	}
	return nil
}

// List is everybody, by name.
func (p *People) List(ctx context.Context) (all []Person, err error) {
	err = p.store.View(ctx, func(tx Tx) error {
		all = nil
		records, err := tx.Persons()
		for _, r := range records {
			all = append(all, Person{r.Name, r.Role, r.Since, r.By})
		}
		return err
	})
	return all, err
}

// Add adds a person. by is who does it. The first one must be an owner.
func (p *People) Add(ctx context.Context, by, name string, role Role, password string) error {
	if err := goodName(name); err != nil {
		return err
	}
	if err := good(name, password); err != nil {
		return err
	}
	if role < Viewer || role > Owner {
		return refuse(BadRole, fmt.Sprintf("%d is no role", role), "Give owner, accountant or viewer.")
	}
	hash := p.cost.hash(password)
	return p.store.Change(ctx, func(tx Tx) error {
		all, err := tx.Persons()
		if err != nil {
			return err
		}
		if len(all) == 0 && role != Owner {
			return refuse(OwnerFirst, "the first person must be an owner", "Add an owner first.")
		}
		for _, other := range all {
			if typed.Alike(other.Name, name) {
				return refuse(
					NameTaken,
					fmt.Sprintf("the name %q looks like %q, whom the office knows", name, other.Name),
					"Choose another name.",
				)
			}
		}
		if err := tx.PutPerson(Record{name, fold(name), role, hash, p.wall(), by}); err != nil {
			return err
		}
		return tx.AddAct(p.act(by, ActAdd, name, map[string]any{"role": role.String()}))
	})
}

// SetPassword gives a person a new password, and ends the person's sessions.
func (p *People) SetPassword(ctx context.Context, by, name, password string) error {
	if err := good(name, password); err != nil {
		return err
	}
	hash := p.cost.hash(password)
	return p.store.Change(ctx, func(tx Tx) error {
		r, err := person(tx, name)
		if err != nil {
			return err
		}
		r.Hash = hash
		if err := tx.PutPerson(r); err != nil {
			return err
		}
		if err := tx.EndSessions(r.Folded); err != nil {
			return err
		}
		return tx.AddAct(p.act(by, ActPassword, r.Name, nil))
	})
}

// Remove takes a person away, and ends the person's sessions. The only owner stays.
func (p *People) Remove(ctx context.Context, by, name string) error {
	return p.store.Change(ctx, func(tx Tx) error {
		r, err := person(tx, name)
		if err != nil {
			return err
		}
		all, err := tx.Persons()
		if err != nil {
			return err
		}
		owners := 0
		for _, other := range all {
			if other.Role == Owner {
				owners++
			}
		}
		if r.Role == Owner && owners == 1 {
			return refuse(OnlyOwner, fmt.Sprintf("%s is the only owner, and stays", r.Name), "Add another owner first.")
		}
		if err := tx.DeletePerson(r.Folded); err != nil {
			return err
		}
		return tx.AddAct(p.act(by, ActRemove, r.Name, nil))
	})
}

func person(tx Tx, name string) (Record, error) {
	r, found, err := tx.Person(fold(name))
	if err == nil && !found {
		err = refuse(Missing, fmt.Sprintf("nobody here is called %.60q", name), "Look at the list of people.")
	}
	return r, err
}

// Record writes down what a person did, before it is done or with it.
func (p *People) Record(ctx context.Context, by, kind, target string, detail any) error {
	return p.store.Change(ctx, func(tx Tx) error { return tx.AddAct(p.act(by, kind, target, detail)) })
}

// Acts are what people did, the newest first: before an id, 0 for all, at most limit.
func (p *People) Acts(ctx context.Context, before int64, limit int) (all []Act, err error) {
	err = p.store.View(ctx, func(tx Tx) error {
		all, err = tx.Acts(before, limit)
		return err
	})
	return all, err
}

func (p *People) act(by, kind, target string, detail any) Act {
	a := Act{At: p.wall(), By: by, Kind: kind, Target: target}
	if detail != nil {
		raw, err := json.Marshal(detail)
		if err != nil {
			panic(fmt.Sprintf("people: the detail of %s is no JSON: %v", kind, err)) // of our own types
		}
		a.Detail = raw
	}
	return a
}
