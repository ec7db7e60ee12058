package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is how a hook stands.
type Status struct {
	Name    string
	Host    string    // of its address, whose path may be a secret
	At      uint64    // the newest event that it was told, or didn't want
	Failing time.Time // since when the receiver takes nothing; zero: the last call was taken, or none was needed
	Tries   int       // since then
	Problem string    // what the last of them ended with
	Next    time.Time // when it is tried again
}

// Status may be asked at any time.
func (h *Hook) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *Hook) told(at uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = Status{Name: cmp.Or(h.name, "main"), Host: h.host, At: at}
}

func (h *Hook) failed(err error, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if h.at.Failing.IsZero() {
		h.at.Failing = now
	}
	h.at.Tries++
	h.at.Problem, h.at.Next = err.Error(), now.Add(pause)
}

// ErrProbing says that a test is under way already.
var ErrProbing = errors.New("a test of this webhook is under way")

// Test sends a message without events to the receiver, now, and returns how long it took. It changes nothing of what is
// delivered; where it is taken, what waits is sent now too. An error is the receiver's answer, ErrProbing, or what kept
// the message from it.
func (h *Hook) Test(ctx context.Context) (time.Duration, error) {
	select {
	case h.probing <- struct{}{}:
	default:
		return 0, ErrProbing
	}
	defer func() { <-h.probing }()

	began := h.now()
	err := h.line.Send(ctx, h.probe)
	if err == nil {
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
	return h.now().Sub(began), err
}

// Again has everything after an event delivered once more, beginning now, also when the receiver is being waited for.
// An event that is still to come is refused. Dying before the first delivery forgets the wish.
func (h *Hook) Again(since uint64) error {
	if at := h.Status().At; since > at {
		return fmt.Errorf("event %d was not delivered yet; the newest that was is %d", since, at)
	}
	for {
		select {
		case h.again <- since:
			return nil
		default:
		}
		select { // a wish that was not looked at yet gives way to this one
		case <-h.again:
		default:
		}
	}
}
