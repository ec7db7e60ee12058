package joining

import (
	"context"
	"time"

	"galla/internal/segment"
)

// Store is where an office keeps who belongs to it. Office processes share one.
type Store interface {
	// Change runs do in one transaction; no other Change runs beside it, in any office. It may run do again. All that
	// do wrote is there when it returns nil, and nothing when do failed; an error of the commit leaves either.
	Change(ctx context.Context, do func(Tx) error) error
	// View runs do in a transaction that writes nothing and waits for nobody.
	View(ctx context.Context, do func(Tx) error) error
}

// Tx is one transaction. It sees what it wrote.
type Tx interface {
	Office() (Office, error) // zero: it has no name yet
	Shop(id string) (s Shop, found bool, err error)
	Shops() ([]Shop, error)       // by their ids
	Counters() ([]Counter, error) // by their shops and numbers
	Code(hash CodeHash) (c Code, found bool, err error)
	// Tries is how many wrong codes an address gave since an instant, and all addresses together.
	Tries(address string, since time.Time) (its, all int, err error)
	Terminal(id string) (t Terminal, found bool, err error)
	Terminals() ([]Terminal, error) // by AskedAt, then by id
	// Newest is the newest branch that the office has of a terminal, and where it ends; found is false for none.
	Newest(terminal string) (branch int, head uint64, found bool, err error)
	// Holds reports whether the office has a place of a terminal's chain, in any branch and whatever the terminal's
	// state.
	Holds(terminal string, p segment.Place) (bool, error)
	Assignments() ([]Assignment, error) // by terminal, branch and number

	PutOffice(o Office) error
	PutShop(s Shop) error
	PutCounter(c Counter) error
	PutCode(c Code) error
	// ForgetCodes removes codes whose time was over at an instant, and wrong tries before it.
	ForgetCodes(before time.Time) error
	AddTry(address string, at time.Time) error
	PutTerminal(t Terminal) error
	// PutAssignments are all of a terminal's from now on, by branch and number.
	PutAssignments(terminal string, all []Assignment) error
}

// Assignment says that places of a terminal's chain from (Branch, From) on were earned at a counter.
type Assignment struct {
	Terminal string
	Branch   int
	From     uint64
	Counter  string
	At       time.Time
	By       string
}
