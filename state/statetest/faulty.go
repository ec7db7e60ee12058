package statetest

import (
	"errors"
	"sync"
	"time"

	"galla/state"
)

// ErrBroken is what Faulty answers to every Commit after a failed one, as boltstore does: the outcome of the failed one
// is unknown, and only a store that was opened again may go on.
var ErrBroken = errors.New("an earlier write failed and may or may not be there: open the store again")

// Op is one call of a store's method.
type Op struct {
	Method string      // "Commit", "Sale", …
	N      int         // which call of this method it is, from 1, counted over Reopen
	Batch  state.Batch // of a Commit
}

// Fault decides about a call. A nil error lets it happen. With an error the call answers that error; apply says whether
// a Commit happens all the same, for a disk that fails after the bytes are down.
type Fault func(Op) (apply bool, err error)

// Faulty is a store whose calls fail when Fault says so. It may be used from several goroutines; Fault is called one
// call at a time.
type Faulty struct {
	inner Store
	fault Fault

	mu     *sync.Mutex
	calls  map[string]int
	broken bool
}

// NewFaulty wraps a store.
func NewFaulty(inner Store, fault Fault) *Faulty {
	return &Faulty{inner: inner, fault: fault, mu: &sync.Mutex{}, calls: map[string]int{}}
}

// Reopen is the process starting again on the same disk: a store that isn't broken any more, holding what is there.
func (f *Faulty) Reopen() *Faulty {
	return &Faulty{inner: f.inner, fault: f.fault, mu: f.mu, calls: f.calls}
}

func (f *Faulty) ask(method string, b state.Batch) (apply bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[method]++
	return f.fault(Op{Method: method, N: f.calls[method], Batch: b})
}

// Commit asks Fault first. A Commit that Fault failed breaks the store; one the store inside refused does not.
func (f *Faulty) Commit(b state.Batch) error {
	f.mu.Lock()
	broken := f.broken
	f.mu.Unlock()
	if broken {
		return ErrBroken
	}
	apply, err := f.ask("Commit", b)
	if err == nil || apply {
		if inner := f.inner.Commit(b); inner != nil || err == nil {
			return inner
		}
	}
	f.mu.Lock()
	f.broken = true
	f.mu.Unlock()
	return err
}

// read runs a read unless Fault fails it.
func read[T any](f *Faulty, method string, call func() (T, error)) (T, error) {
	if _, err := f.ask(method, state.Batch{}); err != nil {
		var none T
		return none, err
	}
	return call()
}

// found is an answer that may be missing.
type found[T any] struct {
	it T
	ok bool
}

func find[T any](f *Faulty, method string, call func() (T, bool, error)) (T, bool, error) {
	r, err := read(f, method, func() (r found[T], err error) {
		r.it, r.ok, err = call()
		return r, err
	})
	return r.it, r.ok, err
}

func (f *Faulty) Seq() (uint64, error) { return read(f, "Seq", f.inner.Seq) }

func (f *Faulty) Sale(id string) (state.Sale, bool, error) {
	return find(f, "Sale", func() (state.Sale, bool, error) { return f.inner.Sale(id) })
}

func (f *Faulty) LastNumber(day string) (int, error) {
	return read(f, "LastNumber", func() (int, error) { return f.inner.LastNumber(day) })
}

func (f *Faulty) Watching() ([]state.Sale, error) { return read(f, "Watching", f.inner.Watching) }

func (f *Faulty) CountAttention() (int, error) {
	return read(f, "CountAttention", f.inner.CountAttention)
}

func (f *Faulty) Events(since uint64, limit int) ([]state.Event, error) {
	return read(f, "Events", func() ([]state.Event, error) { return f.inner.Events(since, limit) })
}

func (f *Faulty) Key(owner, key string) (state.KeyRecord, bool, error) {
	return find(f, "Key", func() (state.KeyRecord, bool, error) { return f.inner.Key(owner, key) })
}

func (f *Faulty) PruneKeys(before time.Time) (int, error) {
	return read(f, "PruneKeys", func() (int, error) { return f.inner.PruneKeys(before) })
}

func (f *Faulty) Find(by state.Field, value, before string, limit int) ([]state.Sale, error) {
	return read(f, "Find", func() ([]state.Sale, error) { return f.inner.Find(by, value, before, limit) })
}

func (f *Faulty) Days(from, to string) ([]string, error) {
	return read(f, "Days", func() ([]string, error) { return f.inner.Days(from, to) })
}

func (f *Faulty) BoxID() (string, error) { return read(f, "BoxID", f.inner.BoxID) }

func (f *Faulty) OpenOperations() ([]state.Operation, error) {
	return read(f, "OpenOperations", f.inner.OpenOperations)
}

func (f *Faulty) Sales(q state.Query) ([]state.Sale, error) {
	return read(f, "Sales", func() ([]state.Sale, error) { return f.inner.Sales(q) })
}

func (f *Faulty) Operation(id string) (state.Operation, bool, error) {
	return find(f, "Operation", func() (state.Operation, bool, error) { return f.inner.Operation(id) })
}

func (f *Faulty) Requests(before string, limit int) ([]state.Operation, error) {
	return read(f, "Requests", func() ([]state.Operation, error) { return f.inner.Requests(before, limit) })
}

func (f *Faulty) Operations(before string, limit int) ([]state.Operation, error) {
	return read(f, "Operations", func() ([]state.Operation, error) { return f.inner.Operations(before, limit) })
}

func (f *Faulty) Close() error {
	_, err := read(f, "Close", func() (struct{}, error) { return struct{}{}, f.inner.Close() })
	return err
}
