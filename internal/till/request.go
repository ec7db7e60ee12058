package till

import (
	"errors"
	"fmt"

	"galla/internal/till/health"
	"galla/internal/till/request"
	"galla/state"
)

// What is asked of the till, and how it is refused: package request says what each field means.
type (
	OpenRequest        = request.Open
	CancelRequest      = request.Cancel
	RefundRequest      = request.Refund
	PrintRequest       = request.Print
	ResolveRequest     = request.Resolve
	SameReferenceError = request.SameReference
	RequestError       = request.Error
)

// Query selects sales.
type Query = state.Query

// What the till knows of itself: see package health.
type (
	Health        = health.Health
	GatewayHealth = health.Gateway
)

var (
	// ErrNoSale says that there is no sale with the id asked for.
	ErrNoSale = state.ErrNoSale
	// ErrKeyReused says that an idempotency key came with a different request than before.
	ErrKeyReused = errors.New("this idempotency key was used for a different request: use a new key")
	// ErrStopped says that the till is stopping, or stopped because its store failed; what was asked may or may not be
	// on disk.
	ErrStopped = errors.New("the till has stopped: ask again with the same key once it is back")
	// ErrNoPrinter says that the box has no printer to print on.
	ErrNoPrinter = errors.New("no printer is set up on this box")
	// errNotRunning is what calls before Run answer.
	errNotRunning = fmt.Errorf("%w: it has not been started; wait for Ready", ErrNotReady)
	// ErrNotReady says that the till can't take a sale now; the error it is wrapped in says why.
	ErrNotReady = errors.New("the till can't take a sale now")
)
