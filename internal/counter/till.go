package counter

import (
	"context"

	"galla/internal/books"
	"galla/internal/history"
	"galla/internal/till"
	"galla/state"
)

// Till is the engine as the counter needs it. Every call may be made from any goroutine. Refusals are
// *state.RefusedError,
// *till.RequestError, *till.SameReferenceError, till.ErrNoSale, till.ErrNoPrinter, till.ErrKeyReused, till.ErrNotReady
// and till.ErrStopped; anything else is a bug and is answered as one. A write has been committed when it returns
// without error, and may have been when it returns ErrStopped.
type Till interface {
	Open(ctx context.Context, r till.OpenRequest) (state.Sale, error)
	Cancel(ctx context.Context, r till.CancelRequest) (state.Sale, error)
	Refund(ctx context.Context, r till.RefundRequest) (state.Sale, error)
	Print(ctx context.Context, r till.PrintRequest) (state.Sale, error)
	Resolve(ctx context.Context, r till.ResolveRequest) (state.Sale, error)
	books.Till   // what is read of sales and events,
	history.Till // and of what is older
	// Changed returns a channel that is closed at the next commit.
	Changed() <-chan struct{}
	Health() till.Health
	// Type shows the customer what is being typed, and notes such as why a key was refused; nothing takes it away. It
	// is not stored.
	Type(entry string, tape []string, notes ...string)
}
