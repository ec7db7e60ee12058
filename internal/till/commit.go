package till

import (
	"context"
	"errors"
	"fmt"

	"galla/internal/till/request"
	"galla/state"
)

// ErrRefused says that a commit wrote nothing, for certain: the disk was full, or a rule of the store spoke against
// it. The same may be tried again.
var ErrRefused = errors.New("the sales file took nothing of it")

// Commit has do take part in the engine's next commit, and returns once that is on disk. It is for events that belong
// to no sale: what is asked of gateways beside sales, and what persons do to the box.
//
// do runs in the engine's goroutine, so it must not block. It may run twice: a commit that the store refused is split,
// and each part is tried alone. What it noted is undone when it returns an error, and Commit returns that error. Other
// errors are ErrRefused; ErrStopped and the context's, after which nobody knows whether it is on disk.
//
// Before Run it is ErrNotReady; while the till reads its sales a call waits, as long as ctx lasts.
func (t *Till) Commit(ctx context.Context, do func(*Txn) error) error {
	err := t.send(ctx, func(u *txn) error { return do(&Txn{u}) })
	if err != nil && t.o.Refused(err) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// Txn is one commit in the making. It is good until the function that was given it returns.
type Txn struct{ u *txn }

// NextID makes an id of the prefix, the number of the next event and four random characters: it rises with the order of
// commits, and no other box makes the same.
func (x *Txn) NextID(prefix string) string {
	return fmt.Sprintf("%s%08X%s", prefix, x.u.t.seq+uint64(len(x.u.events))+1, x.u.t.random.Token(4))
}

// Once notes an idempotency key of a caller with the id of what its request makes, in the same commit. A key that came
// before with the same request answers with the id it made then, and nothing is noted; with another request it is
// ErrKeyReused. An empty key notes nothing.
func (x *Txn) Once(owner, key, id string, asked ...any) (earlier string, err error) {
	print := request.Fingerprint(asked...)
	known := onceKey{owner: owner, key: key}
	if earlier, err = x.u.answered(known, print); err == nil && earlier == "" {
		x.u.remember(known, print, id)
	}
	return earlier, err
}

// Apply lets state decide about one event of an operation, and returns the operation as it is then. It gives the event
// its number and its time.
func (x *Txn) Apply(e state.Event) (state.Operation, error) {
	u := x.u
	o, ok := u.asked[e.Operation.ID]
	if !ok {
		var err error
		if o, _, err = u.t.o.Store.Operation(e.Operation.ID); err != nil {
			return o, err
		}
	}
	e.Seq, e.At = u.t.seq+uint64(len(u.events))+1, u.moment()

	o, err := state.ApplyOperation(o, e)
	if err != nil {
		return o, err
	}
	u.asked[o.ID] = o
	u.events = append(u.events, e)
	return o, nil
}

// After has f run once the commit is on disk, and never if it isn't. f runs in the engine's goroutine: it must not
// block.
func (x *Txn) After(f func()) { x.u.after = append(x.u.after, f) }
