package people

import (
	"context"
	"encoding/json"
	"time"
)

// Store is where an office keeps its people. Office processes share one.
type Store interface {
	// Change runs do in one transaction; no other Change runs beside it, in any office. It may run do again. All that
	// do wrote is there when it returns nil, and nothing when do failed; an error of the commit leaves either.
	Change(ctx context.Context, do func(Tx) error) error
	// View runs do in a transaction that writes nothing and waits for nobody.
	View(ctx context.Context, do func(Tx) error) error
	// Try counts a try at a password, one at a time for each place: count is called with what was counted for the
	// name there and for the place, zero where there is nothing, and what it returns is stored unless ok is false.
	Try(ctx context.Context, place, name string, count func(name, place Tries) (n, p Tries, ok bool)) error
	// Right forgets what was counted for a name at a place, and gives the place its try back.
	Right(ctx context.Context, place, name string) error
	// Seen notes when a session was used last.
	Seen(ctx context.Context, token TokenHash, at time.Time) error
}

// Tx is one transaction. It sees what it wrote. Names are folded.
type Tx interface {
	Person(folded string) (r Record, found bool, err error)
	Persons() ([]Record, error) // by name
	Session(token TokenHash) (s Session, found bool, err error)
	// Acts are the newest ones before an id, 0: of all; the newest first.
	Acts(before int64, limit int) ([]Act, error)

	PutPerson(r Record) error
	// DeletePerson removes a person and the person's sessions.
	DeletePerson(folded string) error
	PutSession(token TokenHash, s Session) error
	// EndSessions ends those of a person.
	EndSessions(folded string) error
	// EndSession ends one; if there is none, nothing happens.
	EndSession(token TokenHash) error
	// ForgetSessions removes those that began, or were used last, before an instant, and tries that ended before.
	ForgetSessions(began, used time.Time) error
	AddAct(a Act) error
}

// Record is what is kept of a person. Folded is the name as it is looked up.
type Record struct {
	Name   string
	Folded string
	Role   Role
	Hash   string // of the password
	Since  time.Time
	By     string
}

// Tries is how many wrong tries there were, and until when there is no other.
type Tries struct {
	Wrong int
	Last  time.Time
	Until time.Time
}

// Session is a person who is signed in.
type Session struct {
	Name  string
	Role  Role // as it is now
	Began time.Time
	Used  time.Time
}

// Act is something a person did at the office.
type Act struct {
	ID     int64 // given by the store, rising
	At     time.Time
	By     string
	Kind   string // person.add, person.password, person.remove, session.begin, export.make, terminal.confirm …
	Target string // what it was done to
	Detail json.RawMessage
}
