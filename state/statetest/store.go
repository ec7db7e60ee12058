package statetest

import (
	"time"

	"galla/state"
)

// Store is what a store of sales can do, with the promises boltstore writes beside each method.
type Store interface {
	Commit(state.Batch) error
	Seq() (uint64, error)
	Sale(id string) (sale state.Sale, found bool, err error)
	LastNumber(day string) (int, error)
	Watching() ([]state.Sale, error)
	CountAttention() (int, error)
	Events(since uint64, limit int) ([]state.Event, error)
	Key(owner, key string) (rec state.KeyRecord, found bool, err error)
	PruneKeys(before time.Time) (removed int, err error)
	Sales(state.Query) ([]state.Sale, error)
	Find(f state.Field, value, before string, limit int) ([]state.Sale, error)
	Days(from, to string) ([]string, error)
	BoxID() (string, error)
	Operation(id string) (o state.Operation, found bool, err error)
	OpenOperations() ([]state.Operation, error)
	Operations(before string, limit int) ([]state.Operation, error)
	Requests(before string, limit int) ([]state.Operation, error)
	Close() error
}
