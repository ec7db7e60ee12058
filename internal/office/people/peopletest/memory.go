package peopletest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/internal/office/people"
)

// Memory is a store of people in memory. Its methods may be called from any goroutine.
type Memory struct {
	mu   sync.Mutex
	d    data
	Fail error // of the next Change: nothing of it is there. With After all of it is.

	After bool
}

type data struct {
	persons  map[string]people.Record
	sessions map[people.TokenHash]session
	acts     []people.Act
	tries    map[[2]string]people.Tries
}

type session struct {
	folded string
	people.Session
}

// NewMemory makes one without anybody.
func NewMemory() *Memory {
	return &Memory{d: data{
		map[string]people.Record{},
		map[people.TokenHash]session{},
		nil,
		map[[2]string]people.Tries{},
	}}
}

func (d data) clone() data {
	return data{maps.Clone(d.persons), maps.Clone(d.sessions), slices.Clone(d.acts), maps.Clone(d.tries)}
}

// Change implements people.Store. It runs do twice, as a store may.
func (m *Memory) Change(ctx context.Context, do func(people.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := m.d.clone()
	if err := do(&tx{d: &first, writes: true}); err != nil {
		return err
	}
	again := m.d.clone()
	if err := do(&tx{d: &again, writes: true}); err != nil {
		return err
	}
	fail := m.Fail
	m.Fail = nil
	if fail == nil || m.After {
		m.d = again
	}
	return fail
}

// View implements people.Store.
func (m *Memory) View(ctx context.Context, do func(people.Tx) error) error {
	m.mu.Lock()
	d := m.d.clone()
	m.mu.Unlock()
	return do(&tx{d: &d})
}

// Try implements people.Store.
func (m *Memory) Try(
	_ context.Context,
	place, name string,
	count func(name, place people.Tries) (n, p people.Tries, ok bool),
) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n, p, ok := count(m.d.tries[[2]string{place, name}], m.d.tries[[2]string{place, ""}]); ok {
		m.d.tries[[2]string{place, name}], m.d.tries[[2]string{place, ""}] = n, p
	}
	return nil
}

// Right implements people.Store.
func (m *Memory) Right(_ context.Context, place, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.d.tries, [2]string{place, name})
	k := [2]string{place, ""}
	m.d.tries[k] = m.d.tries[k].Back()
	return nil
}

// Seen implements people.Store.
func (m *Memory) Seen(_ context.Context, token people.TokenHash, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.d.sessions[token]; ok {
		s.Used = at
		m.d.sessions[token] = s
	}
	return nil
}

// Dump is all that is kept, as text: for a test that looks for what must not be in it.
func (m *Memory) Dump() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprintf("%+v", m.d)
}

type tx struct {
	d      *data
	writes bool
}

func (t *tx) may() {
	if !t.writes {
		panic("peopletest: a View writes")
	}
}

func (t *tx) Person(folded string) (people.Record, bool, error) {
	if folded != strings.ToLower(folded) {
		panic(fmt.Sprintf("peopletest: %q is not folded", folded))
	}
	r, ok := t.d.persons[folded]
	return r, ok, nil
}

func (t *tx) Persons() ([]people.Record, error) {
	return slices.SortedFunc(maps.Values(t.d.persons), func(a, b people.Record) int {
		return cmp.Compare(a.Folded, b.Folded)
	}), nil
}

func (t *tx) Session(token people.TokenHash) (people.Session, bool, error) {
	s, ok := t.d.sessions[token]
	if ok {
		s.Name, s.Role = t.d.persons[s.folded].Name, t.d.persons[s.folded].Role
	}
	return s.Session, ok, nil
}

func (t *tx) Acts(before int64, limit int) (all []people.Act, err error) {
	if limit < 1 || limit > 1000 {
		panic(fmt.Sprintf("peopletest: a page of %d acts", limit))
	}
	for _, a := range slices.Backward(t.d.acts) {
		if (before == 0 || a.ID < before) && len(all) < limit {
			all = append(all, a)
		}
	}
	return all, nil
}

func (t *tx) PutPerson(r people.Record) error {
	t.may()
	if r.Name == "" || r.Folded != strings.ToLower(strings.TrimSpace(r.Name)) || r.Role < people.Viewer ||
		!strings.HasPrefix(r.Hash, "argon2id$") || r.Since.IsZero() || r.By == "" {
		panic(fmt.Sprintf("peopletest: a person lacks something: %+v", r))
	}
	t.d.persons[r.Folded] = r
	return nil
}

func (t *tx) DeletePerson(folded string) error {
	t.may()
	if _, ok := t.d.persons[folded]; !ok {
		panic(fmt.Sprintf("peopletest: nobody is called %q", folded))
	}
	delete(t.d.persons, folded)
	return t.EndSessions(folded)
}

func (t *tx) PutSession(token people.TokenHash, s people.Session) error {
	t.may()
	folded := strings.ToLower(s.Name)
	if _, ok := t.d.persons[folded]; !ok {
		return errors.New("peopletest: a session of nobody")
	}
	t.d.sessions[token] = session{folded, s}
	return nil
}

func (t *tx) EndSessions(folded string) error {
	t.may()
	maps.DeleteFunc(t.d.sessions, func(_ people.TokenHash, s session) bool { return s.folded == folded })
	return nil
}

func (t *tx) EndSession(token people.TokenHash) error {
	t.may()
	delete(t.d.sessions, token)
	return nil
}

func (t *tx) ForgetSessions(began, used time.Time) error {
	t.may()
	maps.DeleteFunc(t.d.sessions, func(_ people.TokenHash, s session) bool {
		return s.Began.Before(began) || s.Used.Before(used)
	})
	maps.DeleteFunc(t.d.tries, func(_ [2]string, s people.Tries) bool { return s.Last.Before(began) })
	return nil
}

func (t *tx) AddAct(a people.Act) error {
	t.may()
	if a.At.IsZero() || a.By == "" || a.Kind == "" || a.ID != 0 {
		panic(fmt.Sprintf("peopletest: an act lacks something: %+v", a))
	}
	a.ID = 1
	if n := len(t.d.acts); n > 0 {
		a.ID = t.d.acts[n-1].ID + 1
	}
	t.d.acts = append(t.d.acts, a)
	return nil
}
