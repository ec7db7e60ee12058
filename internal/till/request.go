package till

import (
	"errors"
	"fmt"
	"time"

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

// Health is what the till knows of itself.
type Health struct {
	Ready     bool            `json:"ready"`     // sales are taken
	Problem   string          `json:"problem"`   // why not; a sentence for people
	Code      string          `json:"code"`      // of Problem: health_starting, health_stopped or health_store
	Open      int             `json:"open"`      // sales that are not final
	Attention int             `json:"attention"` // sales with open items
	Gateways  []GatewayHealth `json:"gateways"`  // in the order they are asked
	Printer   string          `json:"printer"`   // "none", "ready", or what is wrong with it
	Display   string          `json:"display"`   // "none", "connected", or what is wrong with it
	LastTurn  time.Time       `json:"last_turn"` // when the engine last turned over
}

// GatewayHealth is what the last calls to a gateway showed.
type GatewayHealth struct {
	Name    string    `json:"name"`
	OK      bool      `json:"ok"`
	Problem string    `json:"problem,omitempty"`
	Gone    bool      `json:"gone,omitempty"` // it is no longer configured, and orders there are under watch
	At      time.Time `json:"at,omitzero"`

	// ClockBehind: the gateway can't be proven to be itself because this box's time lies before its certificate's.
	ClockBehind bool `json:"clock_behind,omitempty"`
}

var (
	// ErrNoSale says that there is no sale with the id asked for.
	ErrNoSale = state.ErrNoSale
	// ErrKeyReused says that an idempotency key came with a different request than before.
	ErrKeyReused = errors.New("this idempotency key was used for a different request: use a new key")
	// ErrStopped says that the till is stopping, or stopped because its store failed; what was asked may or may not be on disk.
	ErrStopped = errors.New("the till has stopped: ask again with the same key once it is back")
	// ErrNoPrinter says that the box has no printer to print on.
	ErrNoPrinter = errors.New("no printer is set up on this box")
	// errNotRunning is what calls before Run answer.
	errNotRunning = fmt.Errorf("%w: it has not been started; wait for Ready", ErrNotReady)
	// ErrNotReady says that the till can't take a sale now; the error it is wrapped in says why.
	ErrNotReady = errors.New("the till can't take a sale now")
)
